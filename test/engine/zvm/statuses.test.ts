import assert from 'node:assert/strict';
import type { VpgStatus } from '../../../src/engine/api.ts';
import { freshLife } from '../../../src/engine/zvm/life.ts';
import type { RecoveryPhase, RecoveryVerb, VpgLife } from '../../../src/engine/zvm/life.ts';
import { judge } from '../../../src/engine/zvm/sla.ts';
import type { VpgFigures } from '../../../src/engine/zvm/sla.ts';
import {
  describeStatus,
  mayFollow,
  StatusWatch,
  subStatusesOf,
  unmetStatuses,
  unmetSubStatuses,
} from '../../../src/engine/zvm/statuses.ts';
import type { ShownStatus } from '../../../src/engine/zvm/statuses.ts';

/** Zerto's sub-statuses 0 to 32, as its SDK names them. */
const published = [
  'None',
  'InitialSync',
  'Creating',
  'VolumeInitialSync',
  'Sync',
  'RecoveryPossible',
  'DeltaSync',
  'NeedsConfiguration',
  'Error',
  'EmptyProtectionGroup',
  'DisconnectedFromPeerNoRecoveryPoints',
  'FullSync',
  'VolumeDeltaSync',
  'VolumeFullSync',
  'FailingOverCommitting',
  'FailingOverBeforeCommit',
  'FailingOverRollingBack',
  'Promoting',
  'MovingCommitting',
  'MovingBeforeCommit',
  'MovingRollingBack',
  'Deleting',
  'PendingRemove',
  'BitmapSync',
  'DisconnectedFromPeer',
  'ReplicationPausedUserInitiated',
  'ReplicationPausedSystemInitiated',
  'RecoveryStorageProfileError',
  'Backup',
  'RollingBack',
  'RecoveryStorageError',
  'JournalStorageError',
  'VmNotProtectedError',
];

function inRecovery(verb: RecoveryVerb, phase: RecoveryPhase): VpgLife {
  return {
    generation: 0,
    version: 1,
    phase,
    verb,
    operation: 'failover 1',
    site: 'DR_Site',
    checkpoint: undefined,
    shutDown: [],
    reverseProtection: false,
    policy: 'none',
    wait: 0,
    deadline: undefined,
  };
}

const verbs = ['failover', 'move'] as const;
const phases = ['starting', 'before-commit', 'committing', 'rolling-back'] as const;
const lives: readonly VpgLife[] = [
  freshLife,
  { generation: 1, version: 0, phase: 'recovered' },
  ...verbs.flatMap((verb) => phases.map((phase) => inRecovery(verb, phase))),
];

/** Everything that a VPG's figures can be, as far as it makes a difference. */
function* figures(): Generator<VpgFigures> {
  for (const life of lives)
    for (const peerConnected of [true, false])
      for (const recoverySide of [true, false])
        for (const anyCheckpoint of [true, false])
          for (const paused of [true, false])
            for (const sync of ['initial', 'delta', 'bitmap', undefined] as const)
              for (const storage of ['fine', 'low-space', 'failed'] as const)
                for (const covered of [undefined, 1, 0.8, 0.5])
                  // Without a checkpoint or the peer there is nothing to measure.
                  for (const rpo of peerConnected && anyCheckpoint ? [5, 150, 500] : [undefined])
                    yield {
                      life,
                      peerConnected,
                      recoverySide,
                      anyCheckpoint,
                      paused,
                      sync,
                      storage,
                      covered,
                      rpo,
                      rpoTarget: 100,
                    };
}

const shown = new Map<string, ShownStatus>();
for (const each of figures()) {
  const { status, subStatus } = judge(each);
  shown.set(describeStatus({ status, subStatus }), { status, subStatus });
}
const of = (status: VpgStatus, subStatus: ShownStatus['subStatus']): ShownStatus => ({
  status,
  subStatus,
});

describe('the statuses of a VPG', () => {
  it('are those of the table: each row is reached, and nothing else is', () => {
    const rows = Object.entries(subStatusesOf).flatMap(([status, subStatuses]) =>
      subStatuses.map((subStatus) => describeStatus(of(status as VpgStatus, subStatus))),
    );
    assert.deepEqual([...shown.keys()].sort(), rows.sort());
  });

  it('are all that are published, or it is said why not', () => {
    const met = new Set<string>(Object.values(subStatusesOf).flat());
    assert.deepEqual([...met, ...Object.keys(unmetSubStatuses)].sort(), [...published].sort());
    for (const [status, subStatuses] of Object.entries(subStatusesOf)) {
      assert.equal(subStatuses.length === 0, Object.hasOwn(unmetStatuses, status), status);
    }
  });

  it('follow each other freely while a VPG is protected: its figures change independently', () => {
    const group = [...shown.values()].filter(({ status }) => /SLA|Initializing/.test(status));
    for (const last of group) for (const next of group) assert.ok(mayFollow(last, next));
  });

  it('go the way of a recovery, and no other', () => {
    const well = of('MeetingSLA', 'None');
    const waits = of('FailingOver', 'FailingOverBeforeCommit');
    const commits = of('FailingOver', 'FailingOverCommitting');
    const rolls = of('FailingOver', 'FailingOverRollingBack');
    const done = of('Recovered', 'NeedsConfiguration');
    const anew = of('Initializing', 'DeltaSync');
    const steps: [ShownStatus, ShownStatus, boolean][] = [
      [well, waits, true],
      [of('RpoNotMeetingSLA', 'RecoveryPossible'), waits, true],
      [waits, commits, true],
      [waits, rolls, true],
      [rolls, of('RpoNotMeetingSLA', 'BitmapSync'), true],
      [commits, done, true],
      [commits, anew, true],
      [done, anew, true],
      // The VRAs have been told of a rollback first, by the other ZVM.
      [commits, rolls, true],
      // What it needs turned out to be damaged, before it had begun.
      [commits, waits, true],
      // There is no other way back from a commit, nor into one but by a person or a policy.
      [commits, well, false],
      [rolls, commits, false],
      [rolls, waits, false],
      [well, commits, false],
      [well, rolls, false],
      [well, done, false],
      [done, well, false],
      [done, waits, false],
      [waits, of('Moving', 'MovingBeforeCommit'), false],
      [waits, of('Moving', 'MovingCommitting'), false],
      // What cannot be recovered is not failed over.
      [of('Initializing', 'InitialSync'), waits, false],
      [of('RpoNotMeetingSLA', 'DisconnectedFromPeerNoRecoveryPoints'), waits, false],
      // No RPO is met that cannot be measured.
      [well, of('MeetingSLA', 'DisconnectedFromPeer'), false],
    ];
    for (const [last, next, may] of steps) {
      assert.equal(
        mayFollow(last, next),
        may,
        `${describeStatus(last)} to ${describeStatus(next)}`,
      );
    }
  });

  it('are watched: a step that is in no row is reported once, with both ends', () => {
    const watch = new StatusWatch();
    assert.equal(watch.observe('shop', of('MeetingSLA', 'None')), undefined);
    assert.equal(
      watch.observe('shop', of('Recovered', 'NeedsConfiguration')),
      'VPG shop went from MeetingSLA (None) to Recovered (NeedsConfiguration), which no VPG does',
    );
    assert.equal(watch.observe('shop', of('Recovered', 'NeedsConfiguration')), undefined);
    assert.match(watch.observe('other', of('Deleting', 'None')) ?? '', /went to Deleting/);
    watch.forget('shop');
    assert.equal(watch.observe('shop', of('MeetingSLA', 'None')), undefined);
  });
});
