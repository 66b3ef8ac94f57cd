import assert from 'node:assert/strict';
import { freshLife } from '../../../src/engine/zvm/life.ts';
import { coveredHistory, judge } from '../../../src/engine/zvm/sla.ts';
import type { VpgFigures } from '../../../src/engine/zvm/sla.ts';

const fine: VpgFigures = {
  peerConnected: true,
  recoverySide: true,
  anyCheckpoint: true,
  life: freshLife,
  paused: false,
  sync: undefined,
  storage: 'fine',
  rpo: 5000,
  rpoTarget: 300_000,
  covered: 1,
};

describe('The SLA of a VPG', () => {
  const cases: [string, Partial<VpgFigures>, ReturnType<typeof judge>][] = [
    ['all is well', {}, { status: 'MeetingSLA', subStatus: 'None', health: 'ok' }],
    [
      'the RPO is above its target',
      { rpo: 301_000 },
      { status: 'RpoNotMeetingSLA', subStatus: 'None', health: 'warning' },
    ],
    [
      'the RPO is above twice its target',
      { rpo: 601_000 },
      { status: 'RpoNotMeetingSLA', subStatus: 'None', health: 'error' },
    ],
    [
      'the history is below 85 %',
      { covered: 0.84 },
      { status: 'HistoryNotMeetingSLA', subStatus: 'None', health: 'warning' },
    ],
    [
      'the history is below 75 %',
      { covered: 0.74 },
      { status: 'HistoryNotMeetingSLA', subStatus: 'None', health: 'error' },
    ],
    [
      'the history still fills for the first time',
      { covered: undefined },
      { status: 'MeetingSLA', subStatus: 'None', health: 'ok' },
    ],
    [
      'the protected ZVM is gone',
      { peerConnected: false, rpo: undefined },
      { status: 'RpoNotMeetingSLA', subStatus: 'RecoveryPossible', health: 'error' },
    ],
    [
      'the recovery ZVM is gone',
      { peerConnected: false, rpo: undefined, recoverySide: false },
      { status: 'RpoNotMeetingSLA', subStatus: 'DisconnectedFromPeer', health: 'error' },
    ],
    [
      'the peer is gone before the first checkpoint',
      { peerConnected: false, rpo: undefined, anyCheckpoint: false },
      {
        status: 'RpoNotMeetingSLA',
        subStatus: 'DisconnectedFromPeerNoRecoveryPoints',
        health: 'error',
      },
    ],
    [
      'the first synchronisation runs',
      { sync: 'initial', anyCheckpoint: false, rpo: undefined, covered: undefined },
      { status: 'Initializing', subStatus: 'InitialSync', health: 'warning' },
    ],
    [
      'a bitmap sync runs',
      { sync: 'bitmap' },
      { status: 'MeetingSLA', subStatus: 'BitmapSync', health: 'warning' },
    ],
    [
      'the datastore of a journal is below its floor',
      { storage: 'low-space' },
      { status: 'MeetingSLA', subStatus: 'ReplicationPausedSystemInitiated', health: 'error' },
    ],
    [
      'the journal failed',
      { storage: 'failed' },
      { status: 'MeetingSLA', subStatus: 'JournalStorageError', health: 'error' },
    ],
    [
      'a person paused it',
      { paused: true },
      { status: 'MeetingSLA', subStatus: 'ReplicationPausedUserInitiated', health: 'warning' },
    ],
  ];
  for (const [when, figures, verdict] of cases) {
    it(when, () => {
      assert.deepEqual(judge({ ...fine, ...figures }), verdict);
    });
  }

  it('takes holes off the covered history, and only as far as they lie in it', () => {
    const hour = 3_600_000;
    const now = 10 * hour;
    assert.equal(coveredHistory(hour, undefined, [], now), 0);
    assert.equal(coveredHistory(hour, now - 2 * hour, [], now), hour);
    assert.equal(coveredHistory(hour, now - hour / 4, [], now), hour / 4);
    const old = { from: 0, to: hour, cause: 'zvm-down' } as const;
    const half = { from: now - 1.5 * hour, to: now - hour / 2, cause: 'zvm-down' } as const;
    const open = { from: now - hour / 4, cause: 'link-down' } as const;
    assert.equal(coveredHistory(hour, 0, [old], now), hour);
    assert.equal(coveredHistory(hour, 0, [old, half], now), hour / 2);
    assert.equal(coveredHistory(hour, 0, [old, half, open], now), hour / 4);
  });
});
