/**
 * The statuses and sub-statuses of a VPG, under Zerto's names: which go together, and which may follow which.
 *
 * A VPG shows what its figures and its life amount to (`sla.ts`), so nothing here decides anything. It is
 * what is held against it: a step that stands in no row is a mistake of the engine.
 */
import type { VpgStatus, VpgSubStatus } from '../api.ts';

export interface ShownStatus {
  readonly status: VpgStatus;
  readonly subStatus: VpgSubStatus;
}

/** What replication, or the lack of it, can add to any status of a VPG with checkpoints. */
const ofReplication = [
  'None',
  'InitialSync',
  'DeltaSync',
  'BitmapSync',
  'ReplicationPausedUserInitiated',
  'ReplicationPausedSystemInitiated',
  'JournalStorageError',
] as const satisfies readonly VpgSubStatus[];

/** Without the peer no RPO can be measured, so these never stand beside a status that meets it. */
const ofSilence = [
  'RecoveryPossible',
  'DisconnectedFromPeer',
  'DisconnectedFromPeerNoRecoveryPoints',
] as const satisfies readonly VpgSubStatus[];

/** Which sub-statuses a status may have. */
export const subStatusesOf: Readonly<Record<VpgStatus, readonly VpgSubStatus[]>> = {
  Initializing: [...ofReplication, 'DisconnectedFromPeerNoRecoveryPoints'],
  MeetingSLA: ofReplication,
  HistoryNotMeetingSLA: ofReplication,
  RpoNotMeetingSLA: [...ofReplication, ...ofSilence],
  NotMeetingSLA: [...ofReplication, ...ofSilence],
  FailingOver: ['FailingOverBeforeCommit', 'FailingOverCommitting', 'FailingOverRollingBack'],
  Moving: ['MovingBeforeCommit', 'MovingCommitting', 'MovingRollingBack'],
  Recovered: ['NeedsConfiguration'],
  Deleting: [],
};

/** What of Zerto's a VPG of this engine is never in, and why. */
export const unmetStatuses: Readonly<Record<string, string>> = {
  Deleting: 'a VPG is deleted by taking it out of the topology',
};

export const unmetSubStatuses: Readonly<Record<string, string>> = {
  Creating: 'a VPG exists as soon as both ZVMs have agreed on it',
  VolumeInitialSync: 'a synchronization is of all disks of a VM: they are one stream',
  VolumeDeltaSync: 'the same',
  VolumeFullSync: 'the same',
  FullSync: 'what has no baseline shows InitialSync, and what cannot be trusted DeltaSync',
  Sync: 'a synchronization always has a kind',
  Promoting: 'a part of FailingOverCommitting and MovingCommitting',
  RollingBack: 'FailingOverRollingBack or MovingRollingBack',
  Error: 'an error has a name of its own',
  EmptyProtectionGroup: 'a VPG without a VM is refused',
  VmNotProtectedError: 'a VM leaves a VPG only in the topology',
  Deleting: 'a VPG is deleted by taking it out of the topology',
  PendingRemove: 'the same',
  RecoveryStorageError: 'a replica disk that fails shows JournalStorageError',
  RecoveryStorageProfileError: 'there are no storage profiles',
  Backup: 'there is no long-term retention',
};

const beingProtected: readonly VpgStatus[] = [
  'Initializing',
  'MeetingSLA',
  'HistoryNotMeetingSLA',
  'RpoNotMeetingSLA',
  'NotMeetingSLA',
];

/** A recovery needs a checkpoint. */
const recoverable = (shown: ShownStatus): boolean =>
  beingProtected.includes(shown.status) &&
  shown.status !== 'Initializing' &&
  shown.subStatus !== 'DisconnectedFromPeerNoRecoveryPoints';

/** A VPG that has just been turned round has no checkpoint yet. */
const begun = (shown: ShownStatus): boolean =>
  shown.status === 'Initializing' || shown.status === 'RpoNotMeetingSLA';

const isBeforeCommit = ({ subStatus }: ShownStatus): boolean =>
  subStatus === 'FailingOverBeforeCommit' || subStatus === 'MovingBeforeCommit';

/** Whether a VPG that a ZVM looks after may show `next` when it has shown `last`. */
export function mayFollow(last: ShownStatus, next: ShownStatus): boolean {
  if (!subStatusesOf[next.status].includes(next.subStatus)) return false;
  const isProtected = beingProtected.includes(next.status);
  switch (last.subStatus) {
    case 'FailingOverBeforeCommit':
    case 'MovingBeforeCommit':
      // A failover or a move that is refused on its way ends where it began.
      return isProtected || last.status === next.status;
    case 'FailingOverRollingBack':
    case 'MovingRollingBack':
      return isProtected || last.subStatus === next.subStatus;
    case 'FailingOverCommitting':
    case 'MovingCommitting':
      // Before it has come to a VRA it may be refused, or be rolled back by the other ZVM.
      return begun(next) || next.status === 'Recovered' || last.status === next.status;
    case 'NeedsConfiguration':
      return begun(next) || next.status === 'Recovered';
    default: {
      if (isProtected) return true;
      return isBeforeCommit(next) && recoverable(last);
    }
  }
}

export function describeStatus({ status, subStatus }: ShownStatus): string {
  return `${status} (${subStatus})`;
}

/** What each VPG showed last. */
export class StatusWatch {
  readonly #last = new Map<string, ShownStatus>();

  /** What is wrong with the step to this status; undefined where nothing is. */
  observe(vpg: string, next: ShownStatus): string | undefined {
    const last = this.#last.get(vpg);
    if (last?.status === next.status && last.subStatus === next.subStatus) return undefined;
    this.#last.set(vpg, { status: next.status, subStatus: next.subStatus });
    if (
      last === undefined
        ? subStatusesOf[next.status].includes(next.subStatus)
        : mayFollow(last, next)
    ) {
      return undefined;
    }
    const from = last === undefined ? '' : `from ${describeStatus(last)} `;
    return `VPG ${vpg} went ${from}to ${describeStatus(next)}, which no VPG does`;
  }

  /** Whatever it shows next was learned from somebody else, who may have gone several steps meanwhile. */
  forget(vpg: string): void {
    this.#last.delete(vpg);
  }
}
