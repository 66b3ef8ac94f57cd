import type { Timeline, VpgSnapshot } from '../../src/engine/api.ts';

const minute = 60_000;

export function vpgSnapshot(changes: Partial<VpgSnapshot> = {}): VpgSnapshot {
  return {
    name: 'file-server',
    from: 'Prod_Site',
    to: 'DR_Site',
    vms: ['FS01'],
    status: 'MeetingSLA',
    subStatus: 'None',
    health: 'ok',
    replicating: true,
    rpo: 3000,
    lastCheckpointAge: 3000,
    history: 150 * minute,
    configuredHistory: 240 * minute,
    coveredHistory: 90 * minute,
    checkpoints: {
      count: 721 + 361,
      oldest: 0,
      newest: 160 * minute,
      runs: [
        { from: 0, to: 60 * minute, interval: 5000, count: 721, firstId: 1 },
        { from: 130 * minute, to: 160 * minute, interval: 5000, count: 361, firstId: 722 },
      ],
      tagged: [{ id: 800, time: 136.5 * minute, tag: 'before patch' }],
    },
    gaps: [{ from: 60 * minute, to: 130 * minute, cause: 'zvm-down' }],
    testing: false,
    journalBytes: 1e9,
    journals: [{ vm: 'FS01', bytes: 1e9, atLimit: false }],
    ...changes,
  };
}

/** An outage of 70 minutes, as the seed's experiment leaves it. */
export function timelineFixture(vpg = vpgSnapshot()): Timeline {
  return {
    from: 0,
    to: 160 * minute,
    rates: [],
    snapshot: {
      now: 160 * minute,
      sites: [],
      vpgs: [vpg],
      alerts: [
        {
          id: 'ZVM0003',
          level: 'error',
          site: 'DR_Site',
          message: 'The Zerto Virtual Manager is not connected to site Prod_Site',
          vpgs: [],
          raised: 60 * minute + 5000,
          cleared: 130 * minute,
        },
      ],
      operations: [
        {
          id: '1',
          verb: 'failover-test',
          vpg: 'file-server',
          site: 'DR_Site',
          at: 85 * minute,
          result: 'success',
          checkpoint: { id: 721, time: 60 * minute },
          steps: [],
        },
        {
          id: '2',
          verb: 'failover-test',
          vpg: 'file-server',
          at: 90 * minute,
          result: 'refused',
          reason: 'At least one ZVM is needed.',
          steps: [],
        },
      ],
      tasks: [],
      outages: [
        { component: 'Prod_Site/zvm', kind: 'power-off', from: 60 * minute, to: 130 * minute },
        { component: 'mpls', kind: 'cut', from: 150 * minute },
      ],
    },
  };
}
