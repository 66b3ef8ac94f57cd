/** What goes into the receiving core, and what it has its shell do. */
import type { CheckpointId, StreamName } from '../journal/frame.ts';
import type { Journal, JournalError } from '../journal/journal.ts';
import type {
  Acknowledgement,
  CheckpointReply,
  FrameMessage,
  ReceiverControl,
  RecoveryStream,
  SenderControl,
} from './messages.ts';
import type { ReceivingStream } from './receiving-stream.ts';

export type ReceiverInput =
  | {
      readonly kind: 'configure';
      readonly recover: readonly RecoveryStream[];
      /** The VRA has no past: journals that are there already were another one's. */
      readonly fresh?: boolean;
      /** Streams that take nothing any more. */
      readonly fenced?: ReadonlySet<StreamName> | undefined;
    }
  /** From now on the stream takes nothing. */
  | { readonly kind: 'fence'; readonly stream: StreamName }
  | { readonly kind: 'journal-opened'; readonly stream: ReceivingStream; readonly journal: Journal }
  | { readonly kind: 'journal-failed'; readonly stream: ReceivingStream; readonly failure: string }
  | { readonly kind: 'peer-connected'; readonly peer: string }
  | { readonly kind: 'peer-lost'; readonly peer: string }
  | { readonly kind: 'control'; readonly peer: string; readonly message: SenderControl }
  | { readonly kind: 'frame'; readonly peer: string; readonly message: FrameMessage }
  /** The journal's answer to an `append`, in the order of the appends. */
  | {
      readonly kind: 'appended';
      readonly stream: ReceivingStream;
      readonly message: FrameMessage;
      readonly error: JournalError | undefined;
    }
  | {
      readonly kind: 'aged';
      readonly stream: ReceivingStream;
      readonly error: JournalError | undefined;
    }
  | {
      readonly kind: 'catalogued';
      readonly vpg: string;
      readonly checkpoint: CheckpointId;
    }
  /** Every 5 s: ageing, and another try of what failed. */
  /** Time has passed. `rests`: journals give nothing up yet. */
  | { readonly kind: 'age'; readonly rests: boolean };

export type ReceiverEffect =
  | { readonly kind: 'open-journal'; readonly stream: ReceivingStream }
  | { readonly kind: 'close-journal'; readonly stream: ReceivingStream; readonly journal: Journal }
  | {
      readonly kind: 'append';
      readonly stream: ReceivingStream;
      readonly journal: Journal;
      readonly message: FrameMessage;
    }
  | { readonly kind: 'age'; readonly stream: ReceivingStream; readonly journal: Journal }
  | { readonly kind: 'control'; readonly peer: string; readonly message: ReceiverControl }
  /** To be answered to the peer, whenever the journal has been read. */
  | {
      readonly kind: 'compare';
      readonly peer: string;
      readonly journal: Journal;
      readonly message: Extract<SenderControl, { kind: 'compare' }>;
    }
  | { readonly kind: 'ack'; readonly peer: string; readonly message: Acknowledgement }
  | { readonly kind: 'durable'; readonly reply: CheckpointReply }
  | { readonly kind: 'state-changed' };
