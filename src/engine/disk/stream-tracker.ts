/** What a driver knows of one stream: its tap, what the tap has not got through, and what is dirty. */
import type { Payload } from '../world/payload.ts';
import type { Answer } from '../world/world.ts';
import { DirtyBitmap } from './dirty-bitmap.ts';
import { Unacknowledged } from './unacknowledged.ts';
import { dirtyBlockSize } from './write-tap.ts';
import type {
  Attachment,
  DirtyRun,
  MachineDisk,
  StreamPosition,
  SuspectRun,
  WriteTap,
} from './write-tap.ts';

/** What a tracker needs of its driver. */
export interface TrackedMachine {
  readonly disks: readonly MachineDisk[];
  /** Per disk: the blocks ever written. */
  readonly written: readonly DirtyBitmap[];
  readForSync(disk: number, offset: number, length: number, done: Answer<Payload>): void;
  holdBegan(): void;
  holdEnded(): void;
  /** The tracker's baseline, or the epoch of what the other side has confirmed, is not what it was. */
  vouchingChanged(tracker: StreamTracker): void;
}

/** A stream as the driver remembers it, over all its attachments. */
export class StreamTracker {
  readonly machine: TrackedMachine;
  readonly dirty: readonly DirtyBitmap[];
  /** Blocks that have to be compared before it is known whether they are dirty. */
  readonly suspect: readonly DirtyBitmap[];
  readonly unacknowledged = new Unacknowledged();
  attached: StreamAttachment | undefined;
  #baseline = false;
  #confirmed: StreamPosition = { epoch: 0, sequence: 0 };
  /** What it knows is from a log of an earlier life of the host, and the other side has not been heard since. */
  #isRestored = false;

  constructor(machine: TrackedMachine) {
    this.machine = machine;
    this.dirty = machine.disks.map(() => new DirtyBitmap(dirtyBlockSize));
    this.suspect = machine.disks.map(() => new DirtyBitmap(dirtyBlockSize));
  }

  get baseline(): boolean {
    return this.#baseline;
  }

  set baseline(is: boolean) {
    const was = this.#baseline;
    this.#baseline = is;
    if (is !== was) this.machine.vouchingChanged(this);
  }

  get confirmed(): StreamPosition {
    return this.#confirmed;
  }

  set confirmed(position: StreamPosition) {
    const before = this.#confirmed;
    this.#confirmed = position;
    if (position.epoch === before.epoch) {
      this.#isRestored = false;
      return;
    }
    // The log is of another life of the stream, whose end it may not have seen.
    if (this.#isRestored) this.baseline = false;
    this.#isRestored = false;
    if (this.#baseline) this.machine.vouchingChanged(this);
  }

  /** The other side had everything in an earlier life of the host, but for what is marked as suspect. */
  restore(position: StreamPosition): void {
    this.#isRestored = true;
    this.#confirmed = position;
    this.#baseline = true;
  }

  /** Whether the other side may lack something that is marked within the range. */
  isMarked(disk: number, offset: number, length: number): boolean {
    return [this.dirty[disk], this.suspect[disk]].some((blocks) => {
      const first = blocks?.nextMarked(offset);
      return first !== undefined && first < offset + length;
    });
  }

  /** Visits what the other side may lack. */
  eachUnsettled(visit: (disk: number, offset: number, length: number) => void): void {
    this.unacknowledged.each(visit);
    for (const blocks of [this.dirty, this.suspect]) {
      for (const [disk, marked] of blocks.entries()) {
        for (let from = marked.nextMarked(0); from !== undefined;) {
          const end = marked.nextUnmarked(from);
          visit(disk, from, end - from);
          from = marked.nextMarked(end);
        }
      }
    }
  }

  attach(stream: string, tap: WriteTap): Attachment {
    this.attached?.detach();
    return (this.attached = new StreamAttachment(this, stream, tap));
  }

  /** A write starts. */
  write(disk: number, offset: number, payload: Payload): void {
    const sequence = this.attached?.tap.write(disk, offset, payload) ?? 0;
    this.#remember(sequence, disk, offset, payload.length);
  }

  zero(disk: number, offset: number, length: number): void {
    const sequence = this.attached?.tap.zero(disk, offset, length) ?? 0;
    this.#remember(sequence, disk, offset, length);
  }

  failed(disk: number, offset: number, length: number): void {
    this.dirty[disk]?.mark(offset, length);
    this.attached?.tap.writeFailed(disk, offset, length);
  }

  #remember(sequence: number, disk: number, offset: number, length: number): void {
    if (sequence > 0) this.unacknowledged.add(sequence, disk, offset, length);
    else this.dirty[disk]?.mark(offset, length);
  }
}

class StreamAttachment implements Attachment {
  readonly stream: string;
  readonly tap: WriteTap;
  readonly #tracker: StreamTracker;
  #holding = false;

  constructor(tracker: StreamTracker, stream: string, tap: WriteTap) {
    this.#tracker = tracker;
    this.stream = stream;
    this.tap = tap;
  }

  get baseline(): boolean {
    return this.#tracker.baseline;
  }

  setBaseline(): void {
    if (this.#isAttached()) this.#tracker.baseline = true;
  }

  get dirtyBytes(): number {
    return this.#bytesOf(this.#tracker.dirty);
  }

  #bytesOf(bitmaps: readonly DirtyBitmap[]): number {
    const { machine } = this.#tracker;
    let bytes = 0;
    for (let disk = 0; disk < bitmaps.length; disk++) {
      const bitmap = bitmaps[disk];
      const size = machine.disks[disk]?.size ?? 0;
      if (!bitmap || bitmap.count === 0) continue;
      bytes += bitmap.count * dirtyBlockSize;
      const beyond = size % dirtyBlockSize;
      if (beyond > 0 && bitmap.has(size - 1)) bytes -= dirtyBlockSize - beyond;
    }
    return bytes;
  }

  nextDirty(disk: number, from: number, maxLength: number): DirtyRun | undefined {
    const { dirty, machine } = this.#tracker;
    const marked = dirty[disk];
    const written = machine.written[disk];
    const size = machine.disks[disk]?.size ?? 0;
    // The end of a disk may lie within its last block, which is behind whoever asks from there.
    const offset = from < size ? marked?.nextMarked(from) : undefined;
    if (!marked || !written || offset === undefined || offset >= size) return undefined;
    const zero = !written.has(offset);
    const kindEnds = zero ? (written.nextMarked(offset) ?? size) : written.nextUnmarked(offset);
    const most = Math.max(1, Math.floor(maxLength / dirtyBlockSize)) * dirtyBlockSize;
    const end = Math.min(marked.nextUnmarked(offset), kindEnds, zero ? size : offset + most, size);
    return { disk, offset, length: end - offset, zero };
  }

  markDirty(disk: number, offset: number, length: number): void {
    if (this.#isAttached()) this.#tracker.dirty[disk]?.mark(offset, length);
  }

  markEverything(method: (disk: number) => 'send' | 'compare'): void {
    if (!this.#isAttached()) return;
    const { dirty, suspect, machine } = this.#tracker;
    this.#tracker.baseline = false;
    for (let disk = 0; disk < dirty.length; disk++) {
      const size = machine.disks[disk]?.size ?? 0;
      const written = machine.written[disk];
      if (!written) continue;
      if (method(disk) === 'send') {
        dirty[disk]?.merge(written);
        continue;
      }
      suspect[disk]?.merge(written);
      for (let from = written.nextUnmarked(0); from < size;) {
        const end = Math.min(size, written.nextMarked(from) ?? size);
        dirty[disk]?.mark(from, end - from);
        from = end < size ? written.nextUnmarked(end) : size;
      }
    }
  }

  get suspectBytes(): number {
    return this.#bytesOf(this.#tracker.suspect);
  }

  nextSuspect(disk: number, from: number, within: number): SuspectRun | undefined {
    const marked = this.#tracker.suspect[disk];
    const size = this.#tracker.machine.disks[disk]?.size ?? 0;
    const offset = from < size ? marked?.nextMarked(from) : undefined;
    if (!marked || offset === undefined || offset >= size) return undefined;
    const border = (Math.floor(offset / within) + 1) * within;
    const end = Math.min(marked.nextUnmarked(offset), border, size);
    return { disk, offset, length: end - offset };
  }

  compared(disk: number, offset: number, length: number, same: boolean): void {
    if (!this.#isAttached()) return;
    const suspect = this.#tracker.suspect[disk];
    for (let at = offset; at < offset + length; at += dirtyBlockSize) {
      // What has been sent meanwhile is not suspect any more.
      if (!same && suspect?.has(at)) this.#tracker.dirty[disk]?.mark(at, 1);
    }
    suspect?.clear(offset, length);
  }

  clearDirty(): void {
    if (!this.#isAttached()) return;
    for (const bitmap of this.#tracker.dirty) bitmap.clearAll();
    for (const bitmap of this.#tracker.suspect) bitmap.clearAll();
  }

  sent(sequence: number, disk: number, offset: number, length: number): void {
    if (!this.#isAttached()) return;
    this.#tracker.dirty[disk]?.clear(offset, length);
    this.#tracker.suspect[disk]?.clear(offset, length);
    this.#tracker.unacknowledged.add(sequence, disk, offset, length);
  }

  acknowledged(upTo: number): void {
    if (this.#isAttached()) this.#tracker.unacknowledged.forget(upTo);
  }

  get confirmed(): StreamPosition {
    return this.#tracker.confirmed;
  }

  set confirmed(position: StreamPosition) {
    if (this.#isAttached()) this.#tracker.confirmed = position;
  }

  drop(from: number): void {
    if (this.#isAttached()) this.#makeDirty(from);
  }

  read(disk: number, offset: number, length: number, done: Answer<Payload>): void {
    this.#tracker.machine.readForSync(disk, offset, length, done);
  }

  hold(): void {
    if (this.#holding || !this.#isAttached()) return;
    this.#holding = true;
    this.#tracker.machine.holdBegan();
  }

  release(): void {
    if (!this.#holding) return;
    this.#holding = false;
    this.#tracker.machine.holdEnded();
  }

  detach(): void {
    if (!this.#isAttached()) return;
    this.release();
    this.#makeDirty(0);
    this.#tracker.attached = undefined;
  }

  /** A VRA that has ended may still say something: it no longer counts. */
  #isAttached(): boolean {
    return this.#tracker.attached === this;
  }

  #makeDirty(from: number): void {
    const { dirty, unacknowledged } = this.#tracker;
    unacknowledged.take(from, (disk, offset, length) => dirty[disk]?.mark(offset, length));
  }
}
