/**
 * Which stream sends next to a peer, and how much may be on the wire to it.
 *
 * Streams that have a frame to send queue up by their VPG's priority. Where the wire is the bottleneck,
 * priorities share it by weight; no priority starves another.
 */
import type { Instant } from '../world/world.ts';
import { Fifo } from './fifo.ts';
import type { ProtectedStream } from './messages.ts';
import { maximumEntryLength, maximumRawLength } from './outbox.ts';
import type { SendingStream } from './sending-stream.ts';

type Priority = ProtectedStream['priority'];

/** Shares of the wire while streams of every priority have something to send. */
const weights: Readonly<Record<Priority, number>> = { high: 4, medium: 2, low: 1 };

interface PriorityClass {
  readonly priority: Priority;
  readonly streams: Fifo<SendingStream>;
  /** Bytes sent so far, over the weight: the class that has least goes first. */
  turn: number;
}

export class SendSchedule {
  readonly #classes: readonly PriorityClass[] = (['high', 'medium', 'low'] as const).map(
    (priority) => ({ priority, streams: new Fifo<SendingStream>(), turn: 0 }),
  );
  /** Where the class stood that went last. */
  #turn = 0;

  /** Takes a stream in, unless it is in already. */
  add(stream: SendingStream): void {
    if (stream.scheduled) return;
    stream.scheduled = true;
    const own = this.#classes.find(({ priority }) => priority === stream.settings.priority);
    if (!own) return;
    // Being silent earns no credit: it joins where the others are.
    if (own.streams.length === 0) own.turn = Math.max(own.turn, this.#turn);
    own.streams.push(stream);
  }

  /**
   * Takes the next stream out; undefined where none has anything to send. `sent` gives the account
   * of what it sent, in bytes.
   */
  next(): { readonly stream: SendingStream; sent(bytes: number): void } | undefined {
    let first: PriorityClass | undefined;
    for (const each of this.#classes) {
      if (each.streams.length > 0 && (!first || each.turn < first.turn)) first = each;
    }
    const stream = first?.streams.shift();
    if (!first || !stream) return undefined;
    stream.scheduled = false;
    this.#turn = first.turn;
    const chosen = first;
    return {
      stream,
      sent(bytes) {
        chosen.turn += bytes / weights[chosen.priority];
      },
    };
  }

  clear(): void {
    for (const { streams } of this.#classes) {
      for (let stream = streams.shift(); stream; stream = streams.shift()) stream.scheduled = false;
    }
  }
}

const kib = 1024;
const mib = 1024 * kib;

/** Bytes on the wire to one peer: to begin with, at least, and at most. */
const firstOnWire = mib;
const leastOnWire = 256 * kib;
const mostOnWire = 64 * mib;
/** Milliseconds in which the wire should have carried a frame of the size that it is cut to. */
const frameTime = 500;
/** Connections in a row that were lost before anything on them was acknowledged: no accident. */
const stuckLosses = 2;

/**
 * How much may be on the wire to one peer, over all streams, and how large a frame may be.
 *
 * Heartbeats and checkpoints share the path with the data. A pipe filled further than about a second
 * ahead would delay them until the other side counts as gone. So the limit begins low, doubles with
 * each round trip for as long as acknowledgements come quickly, falls when they take longer than a
 * second or never come, and from then on rises slowly. A frame cannot be cut smaller once it exists,
 * so it is cut to what the wire has been seen to carry in half a second. Over less than about 50 KB/s
 * even the smallest would take as long as the silence after which a peer counts as gone.
 */
export class WireLimit {
  #limit = firstOnWire;
  #inFlight = 0;
  #lastCut: Instant = -Infinity;
  /** No acknowledgement has been late so far. */
  #untried = true;
  /** Bytes per millisecond that a single frame has crossed with, its way back included. */
  #rate = 0;
  /** Connections lost since anything was acknowledged last. */
  #vainLosses = 0;

  get inFlight(): number {
    return this.#inFlight;
  }

  get open(): boolean {
    return this.#inFlight < this.#limit;
  }

  /** Raw bytes of a frame that is cut now. */
  get frameLimit(): number {
    const carried = Math.floor((this.#rate * frameTime) / maximumEntryLength);
    return Math.min(maximumRawLength, Math.max(1, carried) * maximumEntryLength);
  }

  sent(bytes: number): void {
    this.#inFlight += bytes;
  }

  /** Back from the wire, without a word about how long it took. */
  recalled(bytes: number): void {
    this.#inFlight -= bytes;
  }

  /**
   * The connection is gone. What was under way may have been too much for it. Answers whether nothing
   * of it has got through for so long that it never will in this form.
   */
  lost(now: Instant): boolean {
    this.#rate = 0;
    if (this.#inFlight === 0) return false;
    this.#cut(now);
    this.#vainLosses++;
    return this.#vainLosses >= stuckLosses;
  }

  /** Acknowledged; `newest` is how large the newest frame of it is, which went out at `sentAt`. */
  landed(bytes: number, newest: number, sentAt: Instant, now: Instant): void {
    const wasFull = this.#inFlight * 2 >= this.#limit;
    this.#inFlight -= bytes;
    this.#vainLosses = 0;
    const took = now - sentAt;
    // What is small or waited behind others proves little, what took too long proves that it did, and
    // what took no time by this clock proves nothing.
    if (took > 0 && (newest > this.#rate * took || took > frameTime)) this.#rate = newest / took;
    if (took > 1000) {
      // Only what went out after the last cut can tell whether that was enough.
      if (sentAt >= this.#lastCut) this.#cut(now);
    } else if (took < 500 && wasFull) {
      const more = this.#untried ? bytes : leastOnWire / 4;
      this.#limit = Math.min(mostOnWire, this.#limit + more);
    }
  }

  #cut(now: Instant): void {
    this.#limit = Math.max(leastOnWire, this.#limit * 0.6);
    this.#lastCut = now;
    this.#untried = false;
  }
}
