/** What goes into the sending core, and what it has its shell do. */
import type { Attachment } from '../disk/write-tap.ts';
import type { CheckpointId, StreamName } from '../journal/frame.ts';
import type { Payload } from '../world/payload.ts';
import type { MarkCommand, ReleaseCommand } from './checkpoint-cuts.ts';
import type { Packed } from './compression.ts';
import type { HeldFrame } from './held-frame.ts';
import type {
  Acknowledgement,
  CheckpointReply,
  FrameMessage,
  ProtectedStream,
  ReceiverControl,
  SenderControl,
  VraAddress,
} from './messages.ts';
import type { FrameToPack } from './outbox.ts';
import type { CopyRead } from './sending-stream.ts';

/** Milliseconds for which an entry waits for others to share its frame. */
export const settleTime = 20;

export type SenderInput =
  | {
      readonly kind: 'configure';
      readonly protect: readonly ProtectedStream[];
      /** The VRA has no past: what the drivers noted for the one before it proves nothing. */
      readonly fresh?: boolean;
    }
  /** Both connections to the peer are open. */
  | { readonly kind: 'peer-connected'; readonly peer: string }
  | { readonly kind: 'peer-lost'; readonly peer: string }
  /** The peer's word on whether it hears its own ZVM. */
  | { readonly kind: 'control'; readonly peer: string; readonly message: ReceiverControl }
  | { readonly kind: 'ack'; readonly peer: string; readonly message: Acknowledgement }
  /** Comes inside the driver's own `done`. */
  | {
      readonly kind: 'read-done';
      readonly stream: StreamName;
      readonly read: CopyRead;
      readonly payload?: Payload | undefined;
      readonly failure?: string | undefined;
    }
  /** What a `pack` asked for. */
  | {
      readonly kind: 'packed';
      readonly stream: StreamName;
      readonly frame: HeldFrame;
      readonly packed: Packed;
    }
  /** {@link settleTime} after `arm-settle`. */
  | { readonly kind: 'settled' }
  /** The delay of an `arm-throttle` is over. */
  | { readonly kind: 'throttle-over'; readonly peer: string }
  | { readonly kind: 'mark'; readonly command: MarkCommand }
  | { readonly kind: 'release'; readonly command: ReleaseCommand }
  | { readonly kind: 'hold-over'; readonly vpg: string; readonly checkpoint: CheckpointId }
  | {
      readonly kind: 'force-sync';
      readonly streams: readonly StreamName[];
      /** Called within: which of them synchronise now, and which cannot. */
      readonly answer: (streams: readonly StreamName[], unknown: readonly StreamName[]) => void;
    }
  /** Every 2 s: what got no answer is tried again. */
  | { readonly kind: 'retry' };

export type SenderEffect =
  /** To be connected to, instead of all before. */
  | { readonly kind: 'peers'; readonly peers: readonly VraAddress[] }
  | { readonly kind: 'control'; readonly peer: string; readonly message: SenderControl }
  /** To be compressed aside. */
  | { readonly kind: 'pack'; readonly stream: StreamName; readonly toPack: FrameToPack }
  | { readonly kind: 'frame'; readonly peer: string; readonly message: FrameMessage }
  | {
      readonly kind: 'read';
      readonly stream: StreamName;
      readonly driver: Attachment;
      readonly read: CopyRead;
    }
  | { readonly kind: 'arm-settle' }
  | { readonly kind: 'arm-throttle'; readonly peer: string; readonly delay: number }
  | {
      readonly kind: 'arm-hold';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
      /** Milliseconds. */
      readonly delay: number;
    }
  | { readonly kind: 'checkpoint'; readonly reply: CheckpointReply }
  | { readonly kind: 'state-changed' };
