/** Statuses and sub-statuses of a VPG that a drill can expect, in Zerto's words. */

export const statuses: readonly string[] = [
  'MeetingSLA',
  'NotMeetingSLA',
  'RpoNotMeetingSLA',
  'HistoryNotMeetingSLA',
  'Initializing',
  'FailingOver',
  'Moving',
  'Recovered',
];

export const subStatuses: readonly string[] = [
  'None',
  'InitialSync',
  'Sync',
  'RecoveryPossible',
  'DeltaSync',
  'BitmapSync',
  'NeedsConfiguration',
  'Error',
  'DisconnectedFromPeer',
  'DisconnectedFromPeerNoRecoveryPoints',
  'ReplicationPausedUserInitiated',
  'ReplicationPausedSystemInitiated',
  'JournalStorageError',
];
