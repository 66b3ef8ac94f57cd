/**
 * What a sending VRA put into a stream in a quiet stretch of time: the frames that it would have cut, one after the
 * other, of what the VM wrote and of the markers between.
 */
import type { Marker } from '../journal/contract.ts';
import { frameBytes } from '../journal/frame-codec.ts';
import type { CheckpointId, Frame } from '../journal/frame.ts';
import type { FrameShape, QuietCursor, QuietStretch } from '../journal/quiet-stretch.ts';
import { syntheticPayload } from '../world/payloads.ts';
import type { Instant } from '../world/world.ts';
import type { Packer } from './compression.ts';
import { Outbox } from './outbox.ts';
import type { QuietWrites } from './quiet-writes.ts';
import { SendBuffer } from './send-buffer.ts';

/** How a stream's frames are cut and packed, as long as nothing changes. */
export interface Framing {
  readonly stream: string;
  readonly epoch: number;
  /** The sequence number of the next entry. */
  readonly nextSequence: number;
  /** Bytes of the longest entry, and raw bytes of a frame. */
  readonly longestEntry: number;
  readonly frameLimit: number;
  readonly compress: boolean;
  readonly packer: Packer;
}

/** Markers at steady times. */
export interface QuietMarkers {
  /** By the universe's time; infinity: there is none. */
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** Milliseconds. */
  readonly interval: number;
  /** The first one; each further one has the next number. */
  readonly checkpoint: CheckpointId;
  /** By the clock of the ZVM that cuts. */
  readonly time: Instant;
}

/** A shape, with what its frames are on the wire. */
interface WireShape extends FrameShape {
  /** Bytes of the frames' data. */
  readonly dataBytes: number;
}

/** What a quiet stretch came to. */
export interface QuietTotals {
  readonly entries: number;
  /** Bytes on the wire. */
  readonly bytes: number;
  readonly newest: Marker | undefined;
}

export class QuietStream implements QuietStretch {
  readonly framing: Framing;
  readonly markers: QuietMarkers;
  /** What the clock of the sending VRA shows more than the universe's, in milliseconds. */
  readonly clockOffset: number;
  readonly markerShape: WireShape;
  readonly #writes: QuietWrites;
  readonly #shapes = new Map<string, WireShape>();
  /** The lengths of the last bunch, and its shape: the next one mostly has the same. */
  #lengths: number[] = [];
  #shape: WireShape | undefined;

  constructor(framing: Framing, writes: QuietWrites, markers: QuietMarkers, clockOffset: number) {
    this.framing = framing;
    this.markers = markers;
    this.clockOffset = clockOffset;
    this.#writes = writes;
    this.markerShape = shapeOf(this.framesOfMarker(1, { checkpoint: 1, time: 0 }));
  }

  get epoch(): number {
    return this.framing.epoch;
  }

  get firstSequence(): number {
    return this.framing.nextSequence;
  }

  cursor(): StreamCursor {
    return new StreamCursor(this, this.#writes.copy());
  }

  /** All markers, and when they were placed by the universe's time. */
  cuts(): { readonly at: Instant; readonly checkpoint: CheckpointId }[] {
    const { firstAt, lastAt, interval, checkpoint } = this.markers;
    const count = lastAt < firstAt ? 0 : Math.floor((lastAt - firstAt) / interval) + 1;
    return Array.from({ length: count }, (_, index) => ({
      at: firstAt + index * interval,
      checkpoint: checkpoint + index,
    }));
  }

  /** Goes over all of it: its cost is that of each bunch's chances. */
  totals(): QuietTotals {
    let entries = 0;
    let bytes = 0;
    let newest: Marker | undefined;
    const cursor = this.cursor();
    while (cursor.next()) {
      entries += cursor.shape.entryCount;
      bytes += cursor.shape.dataBytes;
      if (cursor.isMarker) newest = cursor.marker;
    }
    return { entries, bytes, newest };
  }

  /** What a bunch's frames look like, which follows from the lengths of its writes. */
  shapeOf(writes: QuietWrites): WireShape {
    const { count, lengths } = writes;
    let isSame = count === this.#lengths.length;
    for (let index = 0; isSame && index < count; index++) {
      isSame = lengths[index] === this.#lengths[index];
    }
    if (isSame && this.#shape) return this.#shape;
    this.#lengths = lengths.slice(0, count);
    const key = this.#lengths.join(' ');
    let shape = this.#shapes.get(key);
    if (!shape) {
      shape = shapeOf(this.framesOf(1, 0, writes));
      this.#shapes.set(key, shape);
    }
    return (this.#shape = shape);
  }

  framesOf(firstSequence: number, time: Instant, writes: QuietWrites): readonly Frame[] {
    const { longestEntry } = this.framing;
    return this.#cut(firstSequence, time, (outbox, cut) => {
      for (let index = 0; index < writes.count; index++) {
        const payload = syntheticPayload(writes.contents[index] ?? 0, writes.lengths[index] ?? 0);
        const [disk, offset] = [writes.disks[index] ?? 0, writes.offsets[index] ?? 0];
        outbox.pushWrite(time, disk, offset, payload, longestEntry);
        while (outbox.fillsFrame) cut();
      }
    });
  }

  framesOfMarker(firstSequence: number, { checkpoint, time }: Marker): readonly Frame[] {
    return this.#cut(firstSequence, time, (outbox) => {
      const catalogued = checkpoint - 1;
      outbox.pushEntry({ kind: 'checkpoint', time, checkpoint, catalogued });
    });
  }

  #cut(
    firstSequence: number,
    time: Instant,
    fill: (outbox: Outbox, cut: () => void) => void,
  ): readonly Frame[] {
    const { stream, epoch, frameLimit, compress, packer } = this.framing;
    const outbox = new Outbox(stream, new SendBuffer(Number.MAX_SAFE_INTEGER), packer);
    outbox.begin(epoch);
    const frames: Frame[] = [];
    const cut = (): void => {
      outbox.cut(compress, frameLimit);
      const message = outbox.send(time)?.message;
      const [data] = message?.payloads ?? [];
      if (!message || !data) throw new RangeError(`a frame of ${stream} is not packed at once`);
      const { frame } = message;
      frames.push({ ...frame, firstSequence: frame.firstSequence + firstSequence - 1, data });
    };
    fill(outbox, cut);
    while (outbox.hasWaiting) cut();
    return frames;
  }
}

class StreamCursor implements QuietCursor {
  readonly #stream: QuietStream;
  readonly #writes: QuietWrites;
  #nextMarkerAt: Instant;
  #at: Instant = -Infinity;
  /** Of the present marker, or the last one; -1: none so far. */
  #marker = -1;
  isMarker = false;
  shape: WireShape;

  constructor(stream: QuietStream, writes: QuietWrites) {
    this.#stream = stream;
    this.#writes = writes;
    this.shape = stream.markerShape;
    const { firstAt, lastAt } = stream.markers;
    this.#nextMarkerAt = firstAt <= lastAt ? firstAt : Infinity;
  }

  /** What was written at the moment of a cut is in the checkpoint. */
  next(): boolean {
    const stream = this.#stream;
    for (;;) {
      const { nextAt } = this.#writes;
      if (nextAt === Infinity && this.#nextMarkerAt === Infinity) return false;
      if (nextAt <= this.#nextMarkerAt) {
        this.#writes.next();
        if (this.#writes.count === 0) continue;
        this.#at = nextAt;
        this.isMarker = false;
        this.shape = stream.shapeOf(this.#writes);
        return true;
      }
      const { interval, lastAt } = stream.markers;
      this.#at = this.#nextMarkerAt;
      const following = this.#nextMarkerAt + interval;
      this.#nextMarkerAt = following <= lastAt ? following : Infinity;
      this.#marker++;
      this.isMarker = true;
      this.shape = stream.markerShape;
      return true;
    }
  }

  get time(): Instant {
    return this.isMarker ? this.#markerTime : this.#at + this.#stream.clockOffset;
  }

  get #markerTime(): Instant {
    const { time, interval } = this.#stream.markers;
    return time + this.#marker * interval;
  }

  get marker(): Marker | undefined {
    if (!this.isMarker) return undefined;
    const checkpoint = this.#stream.markers.checkpoint + this.#marker;
    return { checkpoint, time: this.#markerTime };
  }

  get writes(): number {
    return this.isMarker ? 0 : this.shape.entryCount;
  }

  eachWrite(visit: (disk: number, offset: number, length: number, content: number) => void): void {
    if (this.isMarker) return;
    const { count, disks, offsets, lengths, contents } = this.#writes;
    for (let index = 0; index < count; index++) {
      visit(disks[index] ?? 0, offsets[index] ?? 0, lengths[index] ?? 0, contents[index] ?? 0);
    }
  }

  frames(firstSequence: number): readonly Frame[] {
    const { marker } = this;
    if (marker) return this.#stream.framesOfMarker(firstSequence, marker);
    return this.#stream.framesOf(firstSequence, this.time, this.#writes);
  }

  copy(): StreamCursor {
    const copy = new StreamCursor(this.#stream, this.#writes.copy());
    copy.#nextMarkerAt = this.#nextMarkerAt;
    copy.#at = this.#at;
    copy.#marker = this.#marker;
    copy.isMarker = this.isMarker;
    copy.shape = this.shape;
    return copy;
  }
}

function shapeOf(frames: readonly Frame[]): WireShape {
  const entries = frames.map((frame) => frame.entries.length);
  const bytes = frames.map(frameBytes);
  return {
    entries,
    bytes,
    entryCount: sum(entries),
    byteCount: sum(bytes),
    dataBytes: sum(frames.map(({ data }) => data.length)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
