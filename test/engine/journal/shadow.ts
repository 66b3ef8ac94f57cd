/** A sender of frames and, beside it, what the disks really held at every checkpoint. */
import type { Frame, FrameEntry, FramePiece, SyncKind } from '../../../src/engine/journal/frame.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import type {
  Image,
  Journal,
  JournalError,
  JournalOptions,
} from '../../../src/engine/journal/journal.ts';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import type { MemoryWorld } from './memory-world.ts';

export const DISK_BYTES = 4096;
export const DISKS = [
  { name: 'scsi:0:0', size: DISK_BYTES },
  { name: 'scsi:0:1', size: DISK_BYTES },
];

export function journalOptions(changes: Partial<JournalOptions> = {}): JournalOptions {
  return {
    stream: 'Accounting/db1',
    disks: DISKS,
    history: 120_000,
    journalFolder: 'ds/journal',
    replicaFolder: 'ds/replica',
    // At once, so that every call of `age` has something to do.
    promotionBytes: 0,
    ...changes,
  };
}

export type Step =
  | {
      readonly kind: 'write';
      readonly disk: number;
      readonly offset: number;
      readonly length: number;
    }
  | {
      readonly kind: 'zero';
      readonly disk: number;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'sync-begin' | 'sync-end'; readonly sync: SyncKind };

export class Sender {
  readonly stream: string;
  epoch = 1;
  sequence = 0;
  time = 0;
  checkpoint = 0;
  /** Every frame sent, to be sent again. */
  readonly frames: Frame[] = [];
  readonly disks = DISKS.map(({ size }) => new Uint8Array(size));
  /** What the disks held at a checkpoint. */
  readonly images = new Map<number, readonly Uint8Array[]>();
  #fill = 0;

  constructor(stream = 'Accounting/db1') {
    this.stream = stream;
  }

  /** Starts the stream afresh: everything is sent, as an initial sync. */
  resync(): Frame[] {
    this.epoch += 1;
    this.sequence = 0;
    const everything = this.disks.map(
      (bytes, disk) => ({ kind: 'write', disk, offset: 0, length: bytes.length }) as const,
    );
    return [
      this.frame([{ kind: 'sync-begin', sync: 'initial' }]),
      this.frame(everything, true),
      this.frame([{ kind: 'sync-end', sync: 'initial' }]),
    ];
  }

  /** With `same`, writes send what the disks hold instead of something new. */
  frame(steps: readonly Step[], same = false): Frame {
    const entries: FrameEntry[] = [];
    const data: number[] = [];
    const firstSequence = this.sequence + 1;
    const { time } = this;
    for (const step of steps) {
      this.sequence += 1;
      if (step.kind === 'write') {
        const { disk, offset, length } = step;
        const bytes = this.disks[disk]!;
        for (let at = offset; at < offset + length && !same; at += 1) {
          this.#fill = (this.#fill * 75 + 74) % 65_537;
          bytes[at] = this.#fill & 0xff;
        }
        entries.push({ kind: 'write', time, disk, offset, length, rawOffset: data.length });
        data.push(...bytes.subarray(offset, offset + length));
      } else if (step.kind === 'zero') {
        this.disks[step.disk]!.fill(0, step.offset, step.offset + step.length);
        entries.push({ ...step, time });
      } else if (step.kind === 'checkpoint') {
        this.checkpoint += 1;
        const { checkpoint } = this;
        this.images.set(
          checkpoint,
          this.disks.map((bytes) => bytes.slice()),
        );
        entries.push({ kind: 'checkpoint', time, checkpoint });
      } else {
        entries.push({ ...step, time });
      }
    }
    const raw = Uint8Array.from(data);
    // What is in pieces stands there as it was; the other kind of frame is what the codec of the tests makes of it.
    const pieces = this.frames.length % 2 === 0 ? undefined : piecesOf(raw);
    const stored = bytesPayload(pieces === undefined ? raw.reverse() : raw);
    const frame: Frame = {
      stream: this.stream,
      epoch: this.epoch,
      firstSequence,
      entries,
      encoding: 'zstd',
      rawLength: data.length,
      pieces,
      data: stored,
      checksum: stored.checksum(),
    };
    this.frames.push(frame);
    return frame;
  }
}

function piecesOf(raw: Uint8Array): FramePiece[] {
  const pieces: FramePiece[] = [];
  for (let start = 0; start < raw.length; start += 100) {
    const piece = bytesPayload(raw.subarray(start, start + 100));
    const { length } = piece;
    pieces.push({ rawLength: length, length, checksum: piece.checksum() });
  }
  return pieces;
}

// --- Calls that are run to their end -----------------------------------------------------------

export function opened(world: MemoryWorld, options = journalOptions()): Journal {
  const journal = outcome<Journal>(world, (done) => {
    openJournal(world, options, done);
  });
  if (journal.error !== undefined) throw journal.error;
  return journal.value!;
}

export function outcome<T>(
  world: MemoryWorld,
  call: (done: (error: JournalError | undefined, value?: T) => void) => void,
): { readonly error: JournalError | undefined; readonly value: T | undefined } {
  let answer: { error: JournalError | undefined; value: T | undefined } | undefined;
  let inside = true;
  call((error, value) => {
    if (inside) throw new Error('answered inside the call');
    if (answer !== undefined) throw new Error('answered twice');
    answer = { error, value };
  });
  inside = false;
  world.run();
  if (answer === undefined) throw new Error('never answered');
  return answer;
}

export function append(world: MemoryWorld, journal: Journal, ...frames: Frame[]): void {
  for (const frame of frames) {
    const { error } = outcome(world, (done) => {
      journal.append(frame, done);
    });
    if (error !== undefined) throw error;
  }
}

export function age(world: MemoryWorld, journal: Journal, now: number): JournalError | undefined {
  return outcome(world, (done) => {
    journal.age(now, done);
  }).error;
}

export function image(
  world: MemoryWorld,
  journal: Journal,
  checkpoint: number,
  scratchLimit?: number,
): Image {
  const scratchFolder = `ds/scratch-${checkpoint}`;
  const { error, value } = outcome<Image>(world, (done) => {
    journal.openImage(checkpoint, { scratchFolder, scratchLimit }, done);
  });
  if (error !== undefined) throw error;
  return value!;
}

export function read(
  world: MemoryWorld,
  from: Image,
  disk: number,
  offset = 0,
  length = DISK_BYTES,
): Buffer {
  const { error, value } = outcome<{ bytes(): Uint8Array }>(world, (done) => {
    from.read(disk, offset, length, done);
  });
  if (error !== undefined) throw error;
  return Buffer.from(value!.bytes());
}

/** Reads all disks at a checkpoint. */
export function contentAt(world: MemoryWorld, journal: Journal, checkpoint: number): Buffer[] {
  const opened = image(world, journal, checkpoint);
  const disks = DISKS.map((_, disk) => read(world, opened, disk));
  outcome(world, (done) => {
    opened.close(done);
  });
  return disks;
}

/** The image at a checkpoint equals what the disks were then, byte for byte. */
export function assertImage(
  world: MemoryWorld,
  journal: Journal,
  sender: Sender,
  checkpoint: number,
): void {
  const expected = sender.images.get(checkpoint);
  for (const [disk, content] of contentAt(world, journal, checkpoint).entries()) {
    const same = expected !== undefined && content.equals(expected[disk]!);
    if (!same) throw new Error(`disk ${disk} is not what it was at checkpoint ${checkpoint}`);
  }
}

/** All checkpoints that the journal offers. */
export function offered(journal: Journal): number[] {
  return journal
    .checkpoints()
    .flatMap(({ checkpoint, count, step }) =>
      Array.from({ length: count }, (_, index) => checkpoint + index * step),
    );
}
