/** Words of the API as schemas, each held to its type by the compiler. */
import { z } from 'zod';
import type { GapCause, Health, Outage, VpgStatus, VpgSubStatus } from '../../api.ts';

/** A schema of exactly the words of a type: one that is missing or too much does not compile. */
function words<Word extends string>(all: Readonly<Record<Word, true>>): z.ZodType<Word> {
  return z.enum(Object.keys(all) as Word[]);
}

export const health = words<Health>({ ok: true, warning: true, error: true });

export const gapCause = words<GapCause>({
  'zvm-down': true,
  'zvms-disconnected': true,
  'vra-down': true,
  'link-down': true,
  'bitmap-sync': true,
  'delta-sync': true,
  'initial-sync': true,
  paused: true,
  'journal-storage': true,
});

export const vpgStatus = words<VpgStatus>({
  Initializing: true,
  MeetingSLA: true,
  NotMeetingSLA: true,
  RpoNotMeetingSLA: true,
  HistoryNotMeetingSLA: true,
  FailingOver: true,
  Moving: true,
  Deleting: true,
  Recovered: true,
});

export const vpgSubStatus = words<VpgSubStatus>({
  None: true,
  InitialSync: true,
  Sync: true,
  RecoveryPossible: true,
  DeltaSync: true,
  BitmapSync: true,
  NeedsConfiguration: true,
  FailingOverBeforeCommit: true,
  FailingOverCommitting: true,
  FailingOverRollingBack: true,
  MovingBeforeCommit: true,
  MovingCommitting: true,
  MovingRollingBack: true,
  Error: true,
  DisconnectedFromPeer: true,
  DisconnectedFromPeerNoRecoveryPoints: true,
  ReplicationPausedUserInitiated: true,
  ReplicationPausedSystemInitiated: true,
  JournalStorageError: true,
});

export const outageKind = words<Outage['kind']>({
  'power-off': true,
  crash: true,
  cut: true,
  degraded: true,
  snapshot: true,
});
