/**
 * What can be said to a running engine, and what it answers. The only file that the window and the
 * webview share with the engine, so it imports nothing. All times are in milliseconds; in a drill
 * they count from its start, and what happened in the warm-up has negative ones.
 */

export type Health = 'ok' | 'warning' | 'error';

export type GapCause =
  | 'zvm-down'
  | 'zvms-disconnected'
  | 'vra-down'
  | 'link-down'
  | 'bitmap-sync'
  | 'delta-sync'
  | 'initial-sync'
  | 'paused'
  | 'journal-storage';

/** VPG statuses under Zerto's names. */
export type VpgStatus =
  | 'Initializing'
  | 'MeetingSLA'
  | 'NotMeetingSLA'
  | 'RpoNotMeetingSLA'
  | 'HistoryNotMeetingSLA'
  | 'FailingOver'
  | 'Moving'
  | 'Deleting'
  | 'Recovered';

/** VPG sub-statuses under Zerto's names, as far as the engine meets them. */
export type VpgSubStatus =
  | 'None'
  | 'InitialSync'
  | 'Sync'
  | 'RecoveryPossible'
  | 'DeltaSync'
  | 'BitmapSync'
  | 'NeedsConfiguration'
  | 'FailingOverBeforeCommit'
  | 'FailingOverCommitting'
  | 'FailingOverRollingBack'
  | 'MovingBeforeCommit'
  | 'MovingCommitting'
  | 'MovingRollingBack'
  | 'Error'
  | 'DisconnectedFromPeer'
  | 'DisconnectedFromPeerNoRecoveryPoints'
  | 'ReplicationPausedUserInitiated'
  | 'ReplicationPausedSystemInitiated'
  | 'JournalStorageError';

/**
 * Checkpoints at a steady interval, as one entry: `count` of them, at `from`, `from + interval`, ...
 * up to `to`. Thirty days at 5 s are half a million checkpoints and a handful of runs.
 */
export interface CheckpointRun {
  readonly from: number;
  readonly to: number;
  readonly interval: number;
  readonly count: number;
  /** Id of the first; they grow by one along the run. */
  readonly firstId: number;
}

export interface TaggedCheckpoint {
  readonly id: number;
  readonly time: number;
  readonly tag: string;
  /** Made while the applications stood still, by the VPG's freeze script. */
  readonly application?: true | undefined;
}

/** A stretch without checkpoints: from the last one before it to the first one after it. */
export interface Gap {
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to?: number | undefined;
  readonly cause: GapCause;
}

/** A stretch in which something was not as it should be, for the timeline. */
export interface Outage {
  /** `Prod_Site/zvm`, `DR_Site/esx-d1/vra`, a link's name. */
  readonly component: string;
  readonly kind: 'power-off' | 'crash' | 'cut' | 'degraded' | 'snapshot';
  readonly from: number;
  readonly to?: number | undefined;
}

export interface Alert {
  /** Zerto's identifier, such as `ZVM0003`. */
  readonly id: string;
  readonly level: 'warning' | 'error';
  /** The site whose ZVM raised it. */
  readonly site: string;
  readonly message: string;
  /** VPGs that it concerns; empty for all of the site. */
  readonly vpgs: readonly string[];
  readonly raised: number;
  readonly cleared?: number | undefined;
}

export interface OperationStep {
  readonly what: string;
  readonly at: number;
  readonly result: 'success' | 'failed';
}

/** Something that a person asked for, such as a failover test. */
export interface Operation {
  readonly id: string;
  readonly verb: string;
  readonly vpg: string;
  /** The VMs of the VPG that it concerns; all of them where it is absent. */
  readonly vms?: readonly string[] | undefined;
  /** The site whose ZVM was asked. */
  readonly site?: string | undefined;
  readonly at: number;
  readonly ended?: number | undefined;
  readonly result: 'success' | 'refused' | 'running';
  readonly reason?: string | undefined;
  /** Everything that is missing, where it was refused. */
  readonly missing?: readonly string[] | undefined;
  readonly checkpoint?: { readonly id: number; readonly time: number } | undefined;
  readonly steps: readonly OperationStep[];
  /** What became of it in the end: how a test was judged, whether a failover was committed. */
  readonly outcome?: OperationOutcome | undefined;
  /** What was wanted and did not come off, such as a new address. With one it is no plain success. */
  readonly shortfalls?: readonly string[] | undefined;
  /** Milliseconds from the request until the last recovered VM was started. */
  readonly rto?: number | undefined;
  /** What a person noted. */
  readonly notes?: string | undefined;
}

/** How far something has come, in bytes. What is still to do may grow while it is done. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Something that takes its time and goes on now. */
export interface Task {
  /** The verb of an operation, or the kind of a synchronisation. */
  readonly what: string;
  readonly vpg: string;
  /** Of what a person asked for. */
  readonly operation?: string | undefined;
  /** Undefined where nobody can tell: scripts, and VMs that are being started. */
  readonly progress?: Progress | undefined;
}

/** How a failover or a move goes on; the VPG's own settings unless given. */
export interface RecoveryOptions {
  readonly commitPolicy?: 'none' | 'commit' | 'rollback' | undefined;
  /** Milliseconds. */
  readonly commitTimeout?: number | undefined;
  readonly reverseProtection?: boolean | undefined;
  /** Whether it goes on where the pre-recovery script fails; false unless given. */
  readonly continueOnScriptFailure?: boolean | undefined;
}

export type OperationOutcome = 'passed' | 'failed' | 'committed' | 'rolled-back';

export interface VpgSnapshot {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly vms: readonly string[];
  readonly status: VpgStatus;
  readonly subStatus: VpgSubStatus;
  readonly health: Health;
  /** Whether writes reach the recovery site's journal: the data plane's own word. */
  readonly replicating: boolean;
  /** Undefined: not measured, because a ZVM is missing. */
  readonly rpo?: number | undefined;
  /** Age of the last checkpoint; undefined where there is none. */
  readonly lastCheckpointAge?: number | undefined;
  /** Now minus the time of the oldest recoverable checkpoint. */
  readonly history: number;
  /**
   * How much of the last `configuredHistory` the checkpoints cover: a journal that reaches back far
   * enough but has a hole in it keeps less than was promised. What the history SLA is judged by.
   */
  readonly coveredHistory: number;
  readonly configuredHistory: number;
  readonly checkpoints: {
    readonly count: number;
    readonly oldest?: number | undefined;
    readonly newest?: number | undefined;
    /** Oldest first; never overlapping. */
    readonly runs: readonly CheckpointRun[];
    readonly tagged: readonly TaggedCheckpoint[];
  };
  /** Oldest first. */
  readonly gaps: readonly Gap[];
  readonly testing: boolean;
  /** Bytes of all its journals. */
  readonly journalBytes: number;
  /** A journal for each VM that is heard of. */
  readonly journals: readonly JournalSnapshot[];
}

/** The journal of one VM in one VPG. Sizes are in bytes. */
export interface JournalSnapshot {
  readonly vm: string;
  readonly bytes: number;
  /** Undefined for unlimited. */
  readonly hardLimit?: number | undefined;
  readonly warning?: number | undefined;
  /** It has reached the limit, and gives history up for it. */
  readonly atLimit: boolean;
}

export interface DatastoreSnapshot {
  readonly name: string;
  /** Bytes. */
  readonly capacity: number;
  readonly free: number;
}

export interface VraSnapshot {
  /** `Site/host`. */
  readonly name: string;
  readonly up: boolean;
  /** Bytes per second over the last few seconds. */
  readonly transmit: number;
  readonly receive: number;
  readonly diskWrite: number;
  readonly sendBuffer: number;
  readonly receiveBuffer: number;
}

export interface SiteSnapshot {
  readonly name: string;
  readonly zvmUp: boolean;
  /** Paired sites whose ZVM this site's ZVM talks with. */
  readonly connectedTo: readonly string[];
  readonly vras: readonly VraSnapshot[];
  readonly datastores: readonly DatastoreSnapshot[];
}

export interface LabSnapshot {
  readonly now: number;
  readonly sites: readonly SiteSnapshot[];
  readonly vpgs: readonly VpgSnapshot[];
  /** All since the start, in the order in which they were raised. */
  readonly alerts: readonly Alert[];
  readonly operations: readonly Operation[];
  /** Operations and synchronisations that go on. */
  readonly tasks: readonly Task[];
  readonly outages: readonly Outage[];
}

/** Which checkpoint an operation takes. */
export type CheckpointSelector =
  | { readonly kind: 'latest' }
  | { readonly kind: 'oldest' }
  | { readonly kind: 'id'; readonly id: number }
  | { readonly kind: 'tag'; readonly tag: string }
  /** The newest one before (or, with `inclusive`, not after) this time. */
  | { readonly kind: 'time'; readonly time: number; readonly inclusive: boolean };

/** What a person or a drill asks of a ZVM. */
export type Request =
  | { readonly kind: 'enter-license' }
  | { readonly kind: 'install-vra'; readonly host: string }
  | { readonly kind: 'pair'; readonly site: string }
  | { readonly kind: 'create-vpg'; readonly vpg: string }
  | {
      readonly kind: 'checkpoint';
      readonly vpg: string;
      readonly tag: string;
      /** Whether the VPG's freeze script keeps the applications still meanwhile; false unless given. */
      readonly application?: boolean | undefined;
    }
  | {
      readonly kind: 'failover-test';
      readonly vpg: string;
      readonly checkpoint: CheckpointSelector;
      /** Only these VMs of the VPG; all unless given. */
      readonly vms?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'stop-test';
      readonly vpg: string;
      /** Whether those who tested call it a success; true unless given. */
      readonly success?: boolean | undefined;
      readonly notes?: string | undefined;
    }
  /** All of both sides is compared, and what differs sent. */
  | { readonly kind: 'force-sync'; readonly vpg: string }
  | ({
      readonly kind: 'failover';
      readonly vpg: string;
      readonly checkpoint: CheckpointSelector;
      /** What becomes of the protected VMs where they can be reached; `none` unless given. */
      readonly shutdown?: 'none' | 'shutdown' | 'force' | undefined;
    } & RecoveryOptions)
  | {
      readonly kind: 'commit';
      readonly vpg: string;
      readonly reverseProtection?: boolean | undefined;
    }
  | { readonly kind: 'rollback'; readonly vpg: string }
  | ({
      readonly kind: 'move';
      readonly vpg: string;
      /** Whether VMs that do not shut down are switched off; false unless given. */
      readonly force?: boolean | undefined;
    } & RecoveryOptions)
  | {
      readonly kind: 'clone';
      readonly vpg: string;
      readonly checkpoint: CheckpointSelector;
      /** Of the recovery site; that of each VM's replica unless given. */
      readonly datastore?: string | undefined;
      /** Only these VMs of the VPG; all unless given. */
      readonly vms?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'restore-file';
      readonly vpg: string;
      readonly checkpoint: CheckpointSelector;
      readonly file: RestoredFile;
    }
  /** Opens disks at a checkpoint to be read only; whoever asked closes them. */
  | {
      readonly kind: 'mount';
      readonly vpg: string;
      readonly checkpoint: CheckpointSelector;
      /** All VMs of the VPG unless given. */
      readonly vm?: string | undefined;
      /** All disks of the VM unless given. */
      readonly disk?: string | undefined;
      /** What for, for the report. */
      readonly notes?: string | undefined;
    }
  | { readonly kind: 'reverse-protect'; readonly vpg: string }
  | { readonly kind: 'pause'; readonly vpg: string }
  | { readonly kind: 'resume'; readonly vpg: string };

/** A file, as long as the engine does not read file systems: an extent of a disk. */
export interface RestoredFile {
  readonly path: string;
  readonly vm: string;
  readonly disk: string;
  /** Bytes. */
  readonly offset: number;
  readonly length: number;
}

export type Reply =
  | {
      readonly result: 'success';
      /** Of what goes on after the reply, such as a failover test. */
      readonly operation?: string | undefined;
      readonly checkpoint?: { readonly id: number; readonly time: number } | undefined;
      /** Images to read the recovered disks by: `vm/disk` to image id. */
      readonly images?: Readonly<Record<string, string>> | undefined;
      readonly shortfalls?: readonly string[] | undefined;
    }
  | { readonly result: 'refused'; readonly reason: string; readonly missing: readonly string[] };

/** One VRA's traffic over time, in bytes per second: the three curves of an outage (OUT-1). */
export interface VraRates {
  /** `Site/host`. */
  readonly name: string;
  readonly samples: readonly {
    readonly at: number;
    readonly transmit: number;
    readonly receive: number;
    readonly diskWrite: number;
  }[];
}

/** What a timeline shows: all that happened between two times. */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly snapshot: LabSnapshot;
  /** At most a few hundred samples a VRA, whatever the length. */
  readonly rates: readonly VraRates[];
}
