/**
 * What VRAs say to each other and to their site's ZVM. All of these cross the World's network.
 *
 * Ports (topology/limits.ts has the numbers and their source):
 * - 4006, ZVM to its own VRAs: what to protect and recover; reports back; images
 * - 4009, ZVM to its own VRAs: checkpoints
 * - 4007, sending to receiving VRA: control (attach, heartbeats)
 * - 4008, sending to receiving VRA: data (frames, acknowledgements)
 */
import type { CheckpointRun } from '../journal/contract.ts';
import type { CheckpointId, Frame, StreamName, SyncKind } from '../journal/frame.ts';
import type { Payload } from '../world/payload.ts';
import type { Instant } from '../world/world.ts';

// --- What a stream is ------------------------------------------------------------------------

export interface StreamDisk {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * The recovery side has a volume with content of the disk already (preseed, or a former protected
   * disk): even the first synchronisation compares, and sends what differs.
   */
  readonly preseed?: boolean;
  /**
   * For the recovery VRA: `datastore/...` of a replica that was a protected disk before. Others lie in
   * the replica folder.
   */
  readonly path?: string | undefined;
}

interface StreamSettings {
  readonly stream: StreamName;
  readonly vpg: string;
  readonly vm: string;
  readonly disks: readonly StreamDisk[];
}

/** For the VRA on the protected VM's host. */
export interface ProtectedStream extends StreamSettings {
  readonly peer: VraAddress;
  readonly compression: boolean;
  readonly priority: 'low' | 'medium' | 'high';
  readonly paused: boolean;
}

/** For the VRA on the recovery host. */
export interface RecoveryStream extends StreamSettings {
  readonly peer: VraAddress;
  /** Milliseconds. */
  readonly history: number;
  /** Bytes; undefined for unlimited. */
  readonly hardLimit?: number | undefined;
  readonly warning?: number | undefined;
  /** Folder of the replica disks and of the journal in the VRA's storage, each `datastore/...`. */
  readonly replicaFolder: string;
  readonly journalFolder: string;
  readonly scratchFolder: string;
  readonly scratchLimit?: number | undefined;
  readonly scratchWarning?: number | undefined;
  /** A commit is under way: it takes nothing any more, whatever the VRA remembers of it. */
  readonly fenced?: boolean | undefined;
  /** The replica disks held an older state of this VM before the stream began: they are not empty. */
  readonly seeded?: boolean | undefined;
}

export interface VraAddress {
  /** The host that the VRA runs on, which names it. */
  readonly vra: string;
  readonly address: string;
  /** When and how far the way to it is throttled; this VRA's share of it. Absent: never. */
  readonly throttle?: readonly ThrottleWindow[];
}

/** A time of day at which less data may be sent, by the clock of the site. Control is never held up. */
export interface ThrottleWindow {
  /** Milliseconds since midnight; before `from` where it runs over midnight. */
  readonly from: number;
  readonly to: number;
  /** Bytes per second. */
  readonly rate: number;
}

// --- ZVM to VRA, port 4006 -------------------------------------------------------------------

export type VraCommand =
  /** The first message on a connection. `site` is the ZVM's. */
  | { readonly kind: 'hello'; readonly site: string }
  /** Everything that this VRA has to do. The VRA keeps it on its storage and lives by it alone. */
  | {
      readonly kind: 'configure';
      readonly protect: readonly ProtectedStream[];
      readonly recover: readonly RecoveryStream[];
    }
  /** Also keeps the connection known as alive. */
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'report-now' }
  /** A writable image of a VM at a checkpoint, beside the running replication. */
  | {
      readonly kind: 'open-image';
      readonly image: ImageId;
      readonly stream: StreamName;
      readonly checkpoint: CheckpointId;
      /** It is only to be read, and whoever asked takes it over; see {@link Mounts}. */
      readonly mount?: boolean | undefined;
    }
  | { readonly kind: 'close-image'; readonly image: ImageId }
  /**
   * The newest checkpoint of a VPG that stands in the ZVM's catalogue. Markers tell the same of the one
   * before them; this is for when none follow.
   */
  | { readonly kind: 'catalogued'; readonly vpg: string; readonly checkpoint: CheckpointId }
  /**
   * The other side is not to be trusted: a delta sync compares all of it. It begins as soon as it can,
   * and is answered at once by `sync-forced`.
   */
  | { readonly kind: 'force-sync'; readonly streams: readonly StreamName[] }
  | VraTask;

/** Why a VRA does not check what it would promote: it has begun to. */
export const committingAlready = 'it is being committed';

/** Why a VRA does not promote: another ZVM has had the recovered VM discarded before. */
export const rolledBackAlready = 'it has been rolled back';

/**
 * What takes its time on the VRA's host. Answered by `task-done` or `task-failed` with the same task id;
 * one that is asked for again is done once more, which changes nothing.
 */
export type VraTask = { readonly task: string } & (
  | {
      /** Shuts a VM of this host down, or pulls its plug, or starts it. */
      readonly kind: 'power';
      readonly vm: string;
      readonly to: 'shut-down' | 'off' | 'on';
    }
  /** Starts a recovered VM with the disks of an image. */
  | { readonly kind: 'run-recovered'; readonly vm: string; readonly image: ImageId }
  /** Ends a recovered VM; its image stays. */
  | {
      readonly kind: 'discard-recovered';
      readonly vm: string;
      readonly stream: StreamName;
      readonly image: ImageId;
    }
  /**
   * Whether `promote` would find all that it needs: reads it, and changes nothing. What is damaged is known
   * before there is no way back.
   */
  | {
      readonly kind: 'check-promotion';
      readonly stream: StreamName;
      readonly image: ImageId;
      readonly checkpoint: CheckpointId;
    }
  /**
   * Makes a recovered VM's disks its own: from now on, whatever happens, the stream takes no frame any
   * more; the journal up to the image's checkpoint and what the VM has written since become the disks.
   */
  | {
      readonly kind: 'promote';
      readonly vm: string;
      readonly stream: StreamName;
      readonly image: ImageId;
      readonly checkpoint: CheckpointId;
    }
  /** Copies an image, or a part of one disk, to files of its own below a folder. */
  | {
      readonly kind: 'copy';
      readonly image: ImageId;
      /** `datastore/...`. */
      readonly folder: string;
      readonly part?:
        { readonly disk: string; readonly offset: number; readonly length: number } | undefined;
    }
);

/** Unique per operation and VM: `operation/vm`. */
export type ImageId = string;

export type VraReply =
  /** Each second: what keeps the connection known as alive between two reports. */
  | { readonly kind: 'heartbeat' }
  /** Every 5 s, and soon after the state of a stream has changed. */
  | {
      readonly kind: 'report';
      /** When this VRA process started, by its own clock. */
      readonly startedAt: Instant;
      readonly protect: readonly ProtectedStreamReport[];
      readonly recover: readonly RecoveryStreamReport[];
      /** Bytes of the buffer in use, by role. */
      readonly sendBuffer: number;
      readonly receiveBuffer: number;
      /** Counters since the start, in bytes. */
      readonly transmitted: number;
      readonly received: number;
      readonly written: number;
      /** Level of compression that the host's CPU allows; 0: it is off (VRA-4). */
      readonly compression: number;
      /** Those that its recovery streams use. */
      readonly datastores?: readonly DatastoreReport[] | undefined;
      /** Images that are open, whoever opened them; absent where there are none. */
      readonly images?: readonly ImageId[] | undefined;
      /** What this VRA cannot do and why, such as a stored configuration that is damaged. */
      readonly failures?: readonly string[] | undefined;
    }
  /** `known`: it was open already. */
  | { readonly kind: 'image-opened'; readonly image: ImageId; readonly known?: boolean }
  | { readonly kind: 'image-refused'; readonly image: ImageId; readonly reason: ImageRefusal }
  | { readonly kind: 'image-closed'; readonly image: ImageId }
  /** Of the streams of a `force-sync`, in their order: those that synchronise and those that cannot. */
  | {
      readonly kind: 'sync-forced';
      readonly streams: readonly StreamName[];
      /** Not protected here, or without a driver. */
      readonly unknown: readonly StreamName[];
    }
  /** Said now and then while a task is under way; bytes. */
  | {
      readonly kind: 'task-progress';
      readonly task: string;
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'task-done'; readonly task: string }
  /** `lasting`: it is of no use to ask for it again. */
  | {
      readonly kind: 'task-failed';
      readonly task: string;
      readonly reason: string;
      readonly lasting?: boolean;
    };

export type ImageRefusal =
  /** The journal has promoted past it: the catalogue that offered it was stale. */
  | 'checkpoint-aged-out'
  | 'checkpoint-unknown'
  | 'stream-unknown'
  /** A delta or initial sync is filling the replica: no image would be consistent. */
  | 'replica-incomplete'
  | 'scratch-full'
  | 'storage-failed';

export type StreamState =
  | 'disconnected'
  | 'attaching'
  | 'replicating'
  | 'syncing'
  | 'paused'
  /** The receiving side has no room for its journal. */
  | 'suspended';

export interface ProtectedStreamReport {
  readonly stream: StreamName;
  readonly state: StreamState;
  readonly sync?: { readonly kind: SyncKind; readonly done: number; readonly total: number };
  /** Whether the peer VRA says that it hears its own ZVM; undefined while disconnected. */
  readonly peerHearsItsZvm?: boolean | undefined;
  /** Age of the oldest write that the other side has not acknowledged, in milliseconds. */
  readonly lag: number;
  /** Why nothing can be sent, where it is not the other side's doing. */
  readonly failure?: string | undefined;
}

export interface DatastoreReport {
  readonly name: string;
  /** Bytes. */
  readonly capacity: number;
  readonly free: number;
  /** Below its floor: nothing is journaled in it. */
  readonly paused: boolean;
  /** Bytes; undefined: the usual one. */
  readonly floor?: number | undefined;
}

export interface RecoveryStreamReport {
  readonly stream: StreamName;
  readonly state: StreamState;
  readonly sync?: SyncKind | undefined;
  readonly peerHearsItsZvm?: boolean | undefined;
  /** The oldest and newest checkpoint markers that the journal can still serve. */
  readonly oldest?: { readonly checkpoint: CheckpointId; readonly time: Instant } | undefined;
  readonly newest?: { readonly checkpoint: CheckpointId; readonly time: Instant } | undefined;
  readonly journalBytes: number;
  /** The journal has reached its hard limit and gives history up for it. */
  readonly atLimit?: boolean | undefined;
  /** What the largest of its images has written, where one has written anything, and whether it may no more. */
  readonly scratch?: { readonly bytes: number; readonly full: boolean } | undefined;
  /** False after an initial or delta sync was cut off: nothing can be recovered from it. */
  readonly recoverable: boolean;
  /** What the journal or its datastore failed with last, and has not got over. */
  readonly failure?: string | undefined;
  /** The failure is that the journal's datastore is below its floor. */
  readonly lowSpace?: boolean | undefined;
  /**
   * Corruption that was found, until a synchronisation has healed it. Whatever lay behind `newest` is
   * lost, whoever has it in a list.
   */
  readonly damage?: string | undefined;
  /** All checkpoints that the journal can serve: to a ZVM that has just come, and in answer to `report-now`. */
  readonly held?: readonly CheckpointRun[] | undefined;
}

// --- ZVM to VRA, port 4009 -------------------------------------------------------------------

export type CheckpointCommand =
  | { readonly kind: 'hello'; readonly site: string }
  /**
   * Put the marker into these streams now. With `hold`, withhold the completion of every later write
   * of these VMs until `release`, so that no write that depends on one after the cut can be before
   * the cut on another host.
   */
  | {
      readonly kind: 'mark';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      readonly time: Instant;
      readonly streams: readonly StreamName[];
      /** The newest checkpoint that the ZVM knows to be catalogued; -1 for none. */
      readonly catalogued?: CheckpointId | undefined;
      readonly hold: boolean;
    }
  | { readonly kind: 'release'; readonly vpg: string; readonly checkpoint: CheckpointId };

export type CheckpointReply =
  | { readonly kind: 'marked'; readonly vpg: string; readonly checkpoint: CheckpointId }
  /** No marker was placed: a consistent point cannot exist now. */
  | {
      readonly kind: 'mark-refused';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      readonly reason: MarkRefusal;
    }
  /** No marker was placed: one of the streams holds one that is as new or newer, the newest being `last`. */
  | {
      readonly kind: 'mark-outrun';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      readonly last: CheckpointId;
    }
  /** `inTime` is false where the VRA let writes go on before the release: the cut is void. */
  | {
      readonly kind: 'released';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      readonly inTime: boolean;
    }
  /** From a receiving VRA: the stream's journal holds the marker, durably. */
  | {
      readonly kind: 'durable';
      readonly vpg: string;
      readonly stream: StreamName;
      readonly checkpoint: CheckpointId;
    };

export type MarkRefusal =
  | 'bitmap-sync'
  | 'delta-sync'
  | 'initial-sync'
  | 'paused'
  | 'peer-disconnected'
  | 'journal-storage'
  | 'stream-unknown';

// --- VRA to VRA ------------------------------------------------------------------------------

/** Port 4007, from the sending VRA. */
export type SenderControl =
  | { readonly kind: 'hello'; readonly vra: string; readonly hearsItsZvm: boolean }
  | { readonly kind: 'heartbeat'; readonly hearsItsZvm: boolean }
  /** What the sender still holds of a stream. */
  | {
      readonly kind: 'attach';
      readonly stream: StreamName;
      readonly epoch: number;
      readonly nextSequence: number;
    }
  /** Whether the other side has the same; answered by `compared` from the end of its journal. */
  | {
      readonly kind: 'compare';
      readonly stream: StreamName;
      /** Comes back with the answer: one to a former life of the sender counts for nothing. */
      readonly epoch: number;
      readonly request: number;
      readonly parts: readonly ComparedPart[];
    };

/** A part of a protected disk, in bytes, and the checksum of what it holds. */
export interface ComparedPart {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
  readonly checksum: number;
}

/** Port 4007, from the receiving VRA. */
export type ReceiverControl =
  | { readonly kind: 'heartbeat'; readonly hearsItsZvm: boolean }
  /**
   * Where the journal stands; the sender goes on behind it, or has to synchronise. Epoch 0 is an empty
   * journal. Sent without being asked for, it asks for everything behind it once more (a frame
   * arrived damaged, or found no room in the receive buffer).
   */
  | {
      readonly kind: 'attached';
      readonly stream: StreamName;
      readonly epoch: number;
      readonly lastSequence: number;
      /** The newest marker of the journal, whether or not it became a checkpoint; -1: there is none. */
      readonly lastMarker: CheckpointId;
      readonly replica: ReplicaCondition;
      /** Bytes of this stream that may be on the wire unacknowledged: its share of the buffer. */
      readonly window: number;
    }
  | { readonly kind: 'unknown-stream'; readonly stream: StreamName }
  | {
      readonly kind: 'compared';
      readonly stream: StreamName;
      readonly epoch: number;
      readonly request: number;
      /** Indices of the parts that differ, or that could not be read. */
      readonly differing: readonly number[];
    }
  | { readonly kind: 'suspend'; readonly stream: StreamName; readonly reason: 'journal-storage' }
  | { readonly kind: 'unsuspend'; readonly stream: StreamName };

/**
 * What replica and journal together are: `complete` but for what the sender knows to be missing,
 * `empty` (nothing ever arrived), `incomplete` (an initial or delta sync has begun and not ended),
 * `damaged` (corruption was found in the journal, and what follows it cannot be trusted), or `unverified`
 * (another VRA wrote it, which is not there any more).
 */
export type ReplicaCondition = 'complete' | 'empty' | 'incomplete' | 'damaged' | 'unverified';

/** Port 4008, from the sending VRA, before its first frame: tells whose connection this is. */
export interface DataHello {
  readonly kind: 'hello';
  readonly vra: string;
}

/** Port 4008, from the sending VRA; the frame's data is `payloads[0]`. */
export interface FrameMessage {
  readonly kind: 'frame';
  readonly frame: Omit<Frame, 'data'>;
  readonly payloads: readonly Payload[];
}

/** Port 4008, from the receiving VRA: everything up to the sequence survives a crash (law 3). */
export interface Acknowledgement {
  readonly kind: 'ack';
  readonly stream: StreamName;
  readonly epoch: number;
  readonly sequence: number;
}
