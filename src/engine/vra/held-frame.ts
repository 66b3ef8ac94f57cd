/** A frame of a sending VRA: cut, compressed, on the wire, until the other side has acknowledged it. */
import type { FrameEntry, StreamName } from '../journal/frame.ts';
import type { Payload } from '../world/payload.ts';
import type { Instant } from '../world/world.ts';
import type { Packed } from './compression.ts';
import type { FrameMessage } from './messages.ts';
import { entryCost } from './send-buffer.ts';

/** What is known of a frame when it is cut. */
export interface CutFrame {
  readonly stream: StreamName;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly entries: readonly FrameEntry[];
  readonly raw: Payload;
  /** Time of its oldest entry. */
  readonly time: Instant;
}

export class HeldFrame {
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Bytes before compression. */
  readonly rawLength: number;
  readonly time: Instant;
  /** Bytes that it takes of the send buffer, and on the wire. */
  cost: number;
  /** When it last went out; undefined: not on this connection. */
  sentAt: Instant | undefined;
  /** Undefined while it is being compressed. */
  message: FrameMessage | undefined;
  #cut: CutFrame | undefined;

  constructor(cut: CutFrame) {
    const { entries, firstSequence, raw, time } = cut;
    this.firstSequence = firstSequence;
    this.lastSequence = firstSequence + entries.length - 1;
    this.rawLength = raw.length;
    this.time = time;
    this.cost = raw.length + entries.length * entryCost;
    this.#cut = cut;
  }

  /** It has its data. Answers how much less it takes than before. */
  pack({ encoding, data, pieces }: Packed): number {
    const cut = this.#cut;
    if (!cut) return 0;
    this.#cut = undefined;
    const { stream, epoch, firstSequence, entries } = cut;
    const before = this.cost;
    this.cost = data.length + entries.length * entryCost;
    this.message = {
      kind: 'frame',
      frame: {
        stream,
        epoch,
        firstSequence,
        entries,
        encoding,
        rawLength: this.rawLength,
        checksum: data.checksum(),
        pieces,
      },
      payloads: [data],
    };
    return before - this.cost;
  }
}
