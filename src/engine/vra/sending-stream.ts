/**
 * One protected stream in the sending VRA: what becomes of a write, and how both sides are brought
 * together again after writes could not be kept.
 *
 * - `live`: every write becomes an entry.
 * - `tracking`: writes only mark blocks in the driver. So begins every stream, and so it goes on after
 *   an overflow of the buffer, while it is paused, and until the other side is there again.
 * - `copying`: behind `sync-begin` the dirty blocks are read and sent, among new writes. A new write to
 *   a block that is still dirty is left to the reading of that block; any other becomes an entry. The
 *   driver answers a read with exactly the writes in it that the stream knows of at that moment, so
 *   when no block is left the other side has all that the protected disk has: `sync-end`.
 */
import type { Attachment } from '../disk/write-tap.ts';
import { dirtyBlockSize } from '../disk/write-tap.ts';
import type { CheckpointId, SyncKind } from '../journal/frame.ts';
import type { Payload } from '../world/payload.ts';
import { isZeroes } from '../world/payloads.ts';
import type { Instant } from '../world/world.ts';
import { Comparison } from './comparison.ts';
import type { ComparedMessage } from './comparison.ts';
import type {
  ComparedPart,
  MarkRefusal,
  ProtectedStream,
  ProtectedStreamReport,
  ReceiverControl,
  StreamState,
} from './messages.ts';
import type { HeldFrame } from './held-frame.ts';
import type { Outbox } from './outbox.ts';
import { maximumEntryLength, writeCost } from './outbox.ts';
import type { SendBuffer } from './send-buffer.ts';
import { entryCost } from './send-buffer.ts';

export type AttachedMessage = Extract<ReceiverControl, { kind: 'attached' }>;

/** Bytes of a stream that may be on the wire unacknowledged, unless the other side has room for less. */
export const defaultWindow = 8 * 1024 * 1024;

/** Bytes that a synchronisation reads ahead of what the wire takes. */
const copyAhead = 4 * 1024 * 1024;

/** A synchronisation, until the other side has acknowledged its end. */
interface OpenSync {
  readonly kind: SyncKind;
  /** Its `sync-begin`; undefined: not in the stream, or dropped from it again. */
  begin: number | undefined;
  /** Its `sync-end`, likewise. */
  end: number | undefined;
  /** Bytes that were dirty when copying began last. */
  total: number;
}

/** A read of dirty blocks for the shell to do. */
export interface CopyRead {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
  /** Comes back with the data: reads asked for before an overflow are void. */
  readonly round: number;
  /** To be sent, or to be compared. */
  readonly purpose: 'copy' | 'compare';
}

export interface StreamSurroundings {
  readonly buffer: SendBuffer;
  /** Tries to make other streams, whose peers are away, give up what this write needs. */
  makeRoom(bytes: number, stream: SendingStream, now: Instant): boolean;
  read(stream: SendingStream, read: CopyRead): void;
  /** Asks the peer to compare. */
  compare(stream: SendingStream, request: number, parts: readonly ComparedPart[]): void;
  /** The report of this stream is not what it was. */
  stateChanged(): void;
}

export class SendingStream {
  readonly outbox: Outbox;
  settings: ProtectedStream;
  /** Why the driver cannot serve this stream, or why the last read failed. */
  failure: string | undefined;
  attached: 'no' | 'asking' | 'yes' = 'no';
  suspended = false;
  window = defaultWindow;
  /** Bytes of the longest entry, as the wire to the peer allows it now. */
  longestEntry = maximumEntryLength;
  /** Its frames never got through: they are too large for what has become of the wire. */
  stuck = false;
  /** What waits has waited long enough, fills a frame, or holds a marker: it goes out when it can. */
  due = false;
  /** The VRA is new: nobody vouches for what the driver noted for the one before it. */
  fresh = false;
  /** In the schedule of its peer. */
  scheduled = false;
  /** In the list of streams whose entries wait to become due. */
  settling = false;

  #driver: Attachment | undefined;
  readonly #around: StreamSurroundings;
  readonly #comparison: Comparison;
  #phase: 'live' | 'tracking' | 'copying' = 'tracking';
  #sync: OpenSync | undefined;
  /** The other side's epoch when the present one was chosen. */
  #baseEpoch = 0;
  #lastMarker: CheckpointId = -1;
  /** With this `sync-end` acknowledged, the other side has a whole disk. */
  #baselineAt: number | undefined;
  #round = 0;
  #reading = 0;
  #readingBytes = 0;
  #cursor = { disk: 0, offset: 0 };
  /** Time of the oldest write that is in the dirty blocks alone. */
  #dirtySince: Instant | undefined;

  constructor(settings: ProtectedStream, outbox: Outbox, around: StreamSurroundings) {
    this.settings = settings;
    this.outbox = outbox;
    this.#around = around;
    this.#comparison = new Comparison({
      read: ({ disk, offset, length }, round) => {
        around.read(this, { disk, offset, length, round, purpose: 'compare' });
      },
      ask: (request, parts) => {
        around.compare(this, request, parts);
      },
    });
  }

  /** Binds the driver, once; a stream without one reports why and sends nothing. */
  bind(driver: Attachment | string): void {
    this.failure = typeof driver === 'string' ? driver : undefined;
    if (typeof driver !== 'string') this.#driver = driver;
  }

  get driver(): Attachment | undefined {
    return this.#driver;
  }

  /** Nothing keeps frames from going out. */
  get sendable(): boolean {
    return this.attached === 'yes' && !this.suspended && !this.settings.paused;
  }

  /** Whether it has a frame to send, or something to make one of, and may send it now. */
  isReady(): boolean {
    const { outbox } = this;
    return (
      this.sendable &&
      (outbox.hasFrame || (outbox.mayCut && this.due)) &&
      // One frame may always be under way, however small the window is.
      (outbox.inFlight < this.window || outbox.inFlight === 0)
    );
  }

  /** Whether it goes on by itself: nothing has to be asked or read again. */
  get isSettled(): boolean {
    return this.attached === 'yes' && this.#phase === 'live' && this.#driver !== undefined;
  }

  /** Whether nothing of it is under way, and nothing is to be brought into line. */
  get isQuiet(): boolean {
    return (
      this.sendable &&
      this.isSettled &&
      this.#sync === undefined &&
      this.failure === undefined &&
      this.outbox.cost === 0 &&
      this.#unsettled === 0 &&
      this.#driver?.baseline === true
    );
  }

  /** So many entries have been sent and are acknowledged, up to a marker. Only while it is quiet. */
  leapt(entries: number, marker: CheckpointId | undefined): void {
    this.outbox.leapt(entries);
    if (marker !== undefined) this.#lastMarker = Math.max(this.#lastMarker, marker);
    const { epoch, nextSequence } = this.outbox;
    if (this.#driver) this.#driver.confirmed = { epoch, sequence: nextSequence - 1 };
  }

  get tracking(): boolean {
    return this.#phase === 'tracking';
  }

  get copying(): boolean {
    return this.#phase === 'copying';
  }

  get state(): StreamState {
    if (this.settings.paused) return 'paused';
    if (this.attached === 'no') return 'disconnected';
    if (this.suspended) return 'suspended';
    if (this.attached === 'asking') return 'attaching';
    return this.#phase === 'live' && !this.#sync ? 'replicating' : 'syncing';
  }

  /**
   * The newest marker in the stream, here or at the other side; -1: there is none. Only a newer one may follow:
   * a journal finds a marker by its number.
   */
  get lastMarker(): CheckpointId {
    return this.#lastMarker;
  }

  /** Puts a marker behind everything that was written so far. */
  mark(checkpoint: CheckpointId, time: Instant, catalogued: CheckpointId | undefined): void {
    this.#lastMarker = checkpoint;
    this.outbox.pushEntry({ kind: 'checkpoint', time, checkpoint, catalogued });
    this.due = true;
  }

  /** Why no marker can be placed now; undefined where one can. */
  get markRefusal(): MarkRefusal | undefined {
    if (this.settings.paused) return 'paused';
    if (this.attached !== 'yes' && !this.suspended) return 'peer-disconnected';
    if (this.suspended) return 'journal-storage';
    if (this.#phase === 'live') return undefined;
    return `${this.#sync?.kind ?? 'bitmap'}-sync`;
  }

  report(now: Instant, peerHearsItsZvm: boolean | undefined): ProtectedStreamReport {
    const oldest = Math.min(this.outbox.oldest ?? now, this.#dirtySince ?? now);
    const { state } = this;
    return {
      stream: this.settings.stream,
      state,
      ...(state === 'syncing' && this.#sync && { sync: this.#progress(this.#sync) }),
      peerHearsItsZvm,
      lag: now - oldest,
      ...(this.failure !== undefined && { failure: this.failure }),
    };
  }

  #progress(sync: OpenSync): NonNullable<ProtectedStreamReport['sync']> {
    const left = this.#unsettled;
    const total = Math.max(sync.total, left);
    return { kind: sync.kind, done: total - left, total };
  }

  /** Bytes that are still to be sent or compared before both sides are known to agree. */
  get #unsettled(): number {
    return (this.#driver?.dirtyBytes ?? 0) + (this.#driver?.suspectBytes ?? 0);
  }

  // --- Writes --------------------------------------------------------------------------------

  /** Answers the write's number, or 0 where the driver has to keep its blocks as dirty. */
  write(disk: number, offset: number, payload: Payload, now: Instant): number {
    if (!this.#takes(disk, offset, payload.length, writeCost(payload.length), now)) return 0;
    return this.outbox.pushWrite(now, disk, offset, payload, this.longestEntry);
  }

  /** The same for zeroes. */
  zero(disk: number, offset: number, length: number, now: Instant): number {
    if (!this.#takes(disk, offset, length, entryCost, now)) return 0;
    return this.outbox.pushEntry({ kind: 'zero', time: now, disk, offset, length });
  }

  #takes(disk: number, offset: number, length: number, cost: number, now: Instant): boolean {
    if (this.#phase === 'tracking') {
      this.#dirtySince ??= now;
      return false;
    }
    if (this.#phase === 'copying' && this.#isDirty(disk, offset, length)) return false;
    if (this.#around.buffer.fits(cost) || this.#around.makeRoom(cost, this, now)) return true;
    this.overflow(now);
    this.#dirtySince ??= now;
    return false;
  }

  #isDirty(disk: number, offset: number, length: number): boolean {
    const start = offset - (offset % dirtyBlockSize);
    const end = Math.ceil((offset + length) / dirtyBlockSize) * dirtyBlockSize;
    const run = this.#driver?.nextDirty(disk, start, end - start);
    return run !== undefined && run.offset <= offset && run.offset + run.length >= offset + length;
  }

  /** The protected disk failed a write that the stream has: only reading it again tells what it holds. */
  writeFailed(now: Instant): void {
    if (this.#phase === 'live') this.overflow(now);
    this.#dirtySince ??= now;
    this.tryCopy(now);
  }

  /** Gives up what is not framed: its blocks are dirty from here on, and writes only mark blocks. */
  overflow(now: Instant): void {
    const since = this.outbox.oldest;
    this.#track(this.outbox.dropWaiting(), since ?? now);
  }

  /** Everything from the first number dropped on is in the dirty blocks alone. */
  #track(first: number, since: Instant): void {
    this.#driver?.drop(first);
    if (this.#baselineAt !== undefined && this.#baselineAt >= first) this.#baselineAt = undefined;
    const sync = this.#sync;
    if (sync?.begin !== undefined && sync.begin >= first) sync.begin = undefined;
    if (sync?.end !== undefined && sync.end >= first) sync.end = undefined;
    if (!sync || sync.end !== undefined) this.#open('bitmap');
    this.#stopCopying();
    this.due = false;
    this.#dirtySince ??= since;
    this.#around.stateChanged();
  }

  #stopCopying(): void {
    this.#phase = 'tracking';
    this.#round++;
    this.#reading = this.#readingBytes = 0;
    this.#comparison.reset();
  }

  #open(kind: SyncKind): void {
    this.#sync = { kind, begin: undefined, end: undefined, total: 0 };
  }

  // --- The other side ------------------------------------------------------------------------

  /** What the other side holds: goes on behind it, or starts afresh with a synchronisation. */
  attach(message: AttachedMessage, now: Instant): void {
    this.window = message.window;
    this.#lastMarker = Math.max(this.#lastMarker, message.lastMarker);
    this.suspended = false;
    this.attached = 'yes';
    this.outbox.recall();
    const trusted = message.replica !== 'unverified';
    const hasLost = this.#hasLost(message);
    if (this.#driver) {
      this.#driver.confirmed = { epoch: message.epoch, sequence: message.lastSequence };
    }
    if (message.replica !== 'damaged' && message.epoch === this.outbox.epoch) {
      if (this.outbox.epoch !== 0 && this.outbox.resumesBehind(message.lastSequence)) {
        this.acknowledge(message.lastSequence);
        // Read again from the disk, what was cut for a fast wire goes out in smaller pieces.
        if (this.stuck && this.outbox.holdsLargeFrame) {
          const since = this.outbox.oldest;
          this.#track(this.outbox.dropHeld(), since ?? now);
        }
        this.stuck = false;
        this.#goOn(now, trusted);
        return;
      }
    } else if (message.replica !== 'damaged' && this.outbox.epoch !== 0) {
      // The other side has nothing of this epoch yet, and the stream holds it from its first entry.
      if (!hasLost && message.epoch === this.#baseEpoch && this.outbox.firstHeld === 1) {
        this.#goOn(now, trusted);
        return;
      }
    }
    this.#startAfresh(message, hasLost, now);
    this.#goOn(now);
  }

  #goOn(now: Instant, trusted = true): void {
    const comparing = this.#sync !== undefined && this.#sync.kind !== 'bitmap';
    if (!trusted && !comparing) this.forceSync(now);
    this.due = this.outbox.hasWaiting;
    this.tryCopy(now);
    this.pumpCopy(now);
    this.#around.stateChanged();
  }

  #startAfresh(message: AttachedMessage, hasLost: boolean, now: Instant): void {
    const driver = this.#driver;
    const kind = this.#kindFor(message, hasLost);
    this.#dirtySince ??= this.outbox.oldest ?? now;
    driver?.drop(0);
    this.#baseEpoch = message.epoch;
    this.outbox.begin(Math.max(message.epoch, this.outbox.epoch) + 1);
    this.#baselineAt = undefined;
    this.#stopCopying();
    this.#open(kind);
    if (kind === 'bitmap') return;
    const { disks } = this.settings;
    driver?.markEverything((disk) =>
      message.replica === 'empty' && disks[disk]?.preseed !== true ? 'send' : 'compare',
    );
  }

  /**
   * The other side may hold anything: all of it is brought into line. What waits in the outbox stays in
   * the stream, for every order of a write and of the copy of its block ends with the same content.
   */
  forceSync(now: Instant): void {
    if (!this.#driver) return;
    this.#driver.markEverything(() => 'compare');
    this.#baselineAt = undefined;
    // An initial sync that has not ended does the same and more.
    if (this.#sync?.kind !== 'initial' || this.#sync.end !== undefined) this.#open('delta');
    this.#stopCopying();
    this.tryCopy(now);
    this.#around.stateChanged();
  }

  /**
   * Whether the other side holds less than it once said to be durable. Damage at the very end of its journal
   * looks like a write that power cut off: only this side can tell that it had been acknowledged.
   */
  #hasLost({ epoch, lastSequence }: AttachedMessage): boolean {
    const confirmed = this.#driver?.confirmed;
    if (!confirmed) return false;
    return (
      epoch < confirmed.epoch || (epoch === confirmed.epoch && lastSequence < confirmed.sequence)
    );
  }

  #kindFor(message: AttachedMessage, hasLost: boolean): SyncKind {
    switch (message.replica) {
      case 'empty':
        return this.settings.disks.every(({ preseed }) => preseed === true) ? 'delta' : 'initial';
      case 'incomplete':
        return 'initial';
      case 'damaged':
      case 'unverified':
        return 'delta';
      case 'complete':
        // Where this VRA knew the stream, the other side has lost what it had acknowledged.
        return this.outbox.epoch === 0 && !this.fresh && !hasLost && this.#driver?.baseline === true
          ? 'bitmap'
          : 'delta';
    }
  }

  /** The other side cannot keep what it is sent: what is on the wire will have to go again. */
  suspend(): void {
    this.suspended = true;
    this.outbox.recall();
    this.#comparison.reset();
  }

  /** The connection is gone. */
  lost(): void {
    this.attached = 'no';
    this.suspended = false;
    this.outbox.recall();
    this.#comparison.reset();
  }

  acknowledge(sequence: number): {
    readonly newest: HeldFrame | undefined;
    readonly landed: number;
  } {
    const acknowledged = this.outbox.acknowledge(sequence);
    if (acknowledged.newest) {
      const { lastSequence } = acknowledged.newest;
      if (this.#driver) {
        this.#driver.acknowledged(lastSequence);
        this.#driver.confirmed = { epoch: this.outbox.epoch, sequence: lastSequence };
      }
      if (this.#baselineAt !== undefined && this.#baselineAt <= lastSequence) {
        this.#baselineAt = undefined;
        this.#driver?.setBaseline();
      }
      if (this.#sync?.end !== undefined && this.#sync.end <= lastSequence) {
        this.#sync = undefined;
        this.#around.stateChanged();
      }
    }
    return acknowledged;
  }

  // --- Synchronisation -----------------------------------------------------------------------

  /** Begins (or goes on) copying dirty blocks, if all that it needs is there. */
  tryCopy(now: Instant): void {
    if (this.#phase !== 'tracking' || !this.sendable || !this.#driver) return;
    if (!this.#around.buffer.fitsInHalf(0)) return;
    if (!this.#sync || this.#sync.end !== undefined) this.#open('bitmap');
    const sync = this.#sync;
    if (!sync) return;
    this.#phase = 'copying';
    this.#cursor = { disk: 0, offset: 0 };
    sync.total = this.#unsettled;
    sync.begin ??= this.outbox.pushEntry({ kind: 'sync-begin', time: now, sync: sync.kind });
    this.due = true;
    this.pumpCopy(now);
    this.#around.stateChanged();
  }

  /** Asks for as many dirty blocks as there is room for, and ends the sync when none is left. */
  pumpCopy(now: Instant): void {
    const driver = this.#driver;
    if (this.#phase !== 'copying' || !driver || !this.sendable) return;
    const { buffer } = this.#around;
    this.#comparison.pump(driver, this.settings.disks.length, now);
    const maximum = copyLength(buffer.usable);
    let wrapped = false;
    while (this.#mayRead(maximum)) {
      const run = driver.nextDirty(this.#cursor.disk, this.#cursor.offset, maximum);
      if (run === undefined) {
        if (this.#cursor.disk + 1 < this.settings.disks.length) {
          this.#cursor = { disk: this.#cursor.disk + 1, offset: 0 };
          continue;
        }
        if (this.#unsettled === 0) this.#endSync(now);
        // Blocks behind the cursor are dirty (a read or a write failed): once round again, not more.
        if (driver.dirtyBytes === 0 || this.#reading > 0 || wrapped) return;
        wrapped = true;
        this.#cursor = { disk: 0, offset: 0 };
        continue;
      }
      this.#cursor = { disk: run.disk, offset: run.offset + run.length };
      if (run.zero) {
        const { disk, offset, length } = run;
        const sequence = this.outbox.pushEntry({ kind: 'zero', time: now, disk, offset, length });
        driver.sent(sequence, disk, offset, length);
      } else {
        this.#reading++;
        this.#readingBytes += run.length;
        const { disk, offset, length } = run;
        const round = this.#round;
        this.#around.read(this, { disk, offset, length, round, purpose: 'copy' });
      }
    }
  }

  #mayRead(length: number): boolean {
    const ahead = this.outbox.cost + this.#readingBytes;
    return (
      // However small the buffer is, one read at a time goes through.
      ahead === 0 ||
      (ahead + length <= copyAhead && this.#around.buffer.fitsInHalf(this.#readingBytes + length))
    );
  }

  /** A read came back. Has to be called inside the driver's own `done`. */
  copied(
    read: CopyRead,
    payload: Payload | undefined,
    failure: string | undefined,
    now: Instant,
  ): void {
    if (this.#phase !== 'copying') return;
    const failed = this.failure;
    if (read.purpose === 'compare') {
      this.#comparison.read(read, read.round, payload, now);
    } else {
      if (read.round !== this.#round) return;
      this.#reading--;
      this.#readingBytes -= read.length;
    }
    this.failure = failure;
    if (read.purpose === 'copy' && payload && this.#around.buffer.fits(writeCost(payload.length))) {
      const { disk, offset, length } = read;
      // A disk may not know where it has holes.
      const sequence = isZeroes(payload)
        ? this.outbox.pushEntry({ kind: 'zero', time: now, disk, offset, length })
        : this.outbox.pushWrite(now, disk, offset, payload);
      this.#driver?.sent(sequence, disk, offset, length);
      this.due = true;
    }
    if (failed !== failure) this.#around.stateChanged();
    // After a failure the tick tries again: at once would be a loop as fast as the disk can fail.
    if (failure === undefined) this.pumpCopy(now);
  }

  /** The other side's answer to a comparison. */
  compared(message: ComparedMessage, now: Instant): void {
    if (!this.#driver || message.epoch !== this.outbox.epoch) return;
    this.#comparison.answered(message, this.#driver, now);
    this.pumpCopy(now);
  }

  #endSync(now: Instant): void {
    const sync = this.#sync;
    if (!sync) return;
    sync.end = this.outbox.pushEntry({ kind: 'sync-end', time: now, sync: sync.kind });
    if (sync.kind !== 'bitmap') this.#baselineAt = sync.end;
    this.#phase = 'live';
    this.#dirtySince = undefined;
    this.due = true;
    this.#around.stateChanged();
  }
}

/** How much is read at once: an entry, and less where the buffer is small. */
function copyLength(usable: number): number {
  const share = usable / 8;
  const length = Math.min(maximumEntryLength, share - (share % dirtyBlockSize));
  return Math.max(dirtyBlockSize, length);
}
