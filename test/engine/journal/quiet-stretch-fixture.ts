/** Quiet stretches of writes by chance, made of real frames, and a ground over the datastore in memory. */
import type { Frame, FrameEntry } from '../../../src/engine/journal/frame.ts';
import { frameBytes } from '../../../src/engine/journal/frame-codec.ts';
import type { Marker } from '../../../src/engine/journal/journal.ts';
import type {
  FrameShape,
  QuietCursor,
  QuietStretch,
} from '../../../src/engine/journal/quiet-stretch.ts';
import type { Ground } from '../../../src/engine/world/ground.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import {
  bytesPayload,
  joinPayloads,
  syntheticPayload,
} from '../../../src/engine/world/payloads.ts';
import type { Codec, Random } from '../../../src/engine/world/world.ts';
import type { MemoryDatastore } from './memory-world.ts';
import { DISK_BYTES } from './shadow.ts';
import type { Sender } from './shadow.ts';

export interface ToldWrite {
  readonly disk: number;
  readonly offset: number;
  readonly length: number;
  readonly content: number;
}

export interface ToldItem {
  readonly time: number;
  /** Undefined: writes. */
  readonly marker: Marker | undefined;
  readonly writes: readonly ToldWrite[];
}

const FRAME_ENTRIES = 2;

export class ItemStretch implements QuietStretch {
  readonly stream: string;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly items: readonly ToldItem[];
  readonly codec: Codec;
  /** A longer write is several entries. */
  readonly longestEntry: number;
  /** Frames that were made. */
  made = 0;

  constructor(
    { stream, epoch, sequence }: Pick<Sender, 'stream' | 'epoch' | 'sequence'>,
    items: readonly ToldItem[],
    codec: Codec,
    longestEntry = 600,
  ) {
    this.longestEntry = longestEntry;
    this.stream = stream;
    this.epoch = epoch;
    this.firstSequence = sequence + 1;
    this.items = items;
    this.codec = codec;
  }

  cursor(): QuietCursor {
    return new ItemCursor(this, -1);
  }

  /** Bytes of all frames, and how many entries they have. */
  get entryCount(): number {
    let entries = 0;
    for (const cursor = this.cursor(); cursor.next();) entries += cursor.shape.entryCount;
    return entries;
  }

  framesOf(item: ToldItem, firstSequence: number): Frame[] {
    const frames: Frame[] = [];
    let entries: FrameEntry[] = [];
    let parts: Payload[] = [];
    let rawLength = 0;
    let next = firstSequence;
    const cut = (): void => {
      if (entries.length === 0) return;
      const raw = joinPayloads(parts);
      const { encoding, data } =
        raw.length === 0 ? { encoding: 'none' as const, data: raw } : this.codec.compress(raw, 1);
      frames.push({
        stream: this.stream,
        epoch: this.epoch,
        firstSequence: next,
        entries,
        encoding,
        rawLength,
        data,
        checksum: data.checksum(),
      });
      next += entries.length;
      [entries, parts, rawLength] = [[], [], 0];
    };
    const { time, marker } = item;
    if (marker) {
      const { checkpoint } = marker;
      entries.push({ kind: 'checkpoint', time, checkpoint, catalogued: checkpoint - 1 });
    }
    for (const { disk, offset, length, content } of item.writes) {
      const payload = syntheticPayload(content, length);
      for (let at = 0; at < length; at += this.longestEntry) {
        const part = payload.slice(at, Math.min(length, at + this.longestEntry));
        const place = { disk, offset: offset + at, length: part.length, rawOffset: rawLength };
        entries.push({ kind: 'write', time, ...place });
        parts.push(part);
        rawLength += part.length;
        if (entries.length === FRAME_ENTRIES) cut();
      }
    }
    cut();
    return frames;
  }
}

class ItemCursor implements QuietCursor {
  readonly #stretch: ItemStretch;
  #index: number;
  #shape: FrameShape | undefined;

  constructor(stretch: ItemStretch, index: number) {
    this.#stretch = stretch;
    this.#index = index;
  }

  get #item(): ToldItem {
    const item = this.#stretch.items[this.#index];
    if (!item) throw new Error('the cursor stands at nothing');
    return item;
  }

  next(): boolean {
    this.#index += 1;
    this.#shape = undefined;
    return this.#index < this.#stretch.items.length;
  }

  get time(): number {
    return this.#item.time;
  }

  get marker(): Marker | undefined {
    return this.#item.marker;
  }

  get shape(): FrameShape {
    return (this.#shape ??= shapeOf(this.#stretch.framesOf(this.#item, 1)));
  }

  get writes(): number {
    return this.#item.marker ? 0 : this.shape.entryCount;
  }

  eachWrite(visit: (disk: number, offset: number, length: number, content: number) => void): void {
    for (const { disk, offset, length, content } of this.#item.writes) {
      visit(disk, offset, length, content);
    }
  }

  frames(firstSequence: number): readonly Frame[] {
    const frames = this.#stretch.framesOf(this.#item, firstSequence);
    this.#stretch.made += frames.length;
    return frames;
  }

  copy(): QuietCursor {
    return new ItemCursor(this.#stretch, this.#index);
  }
}

function shapeOf(frames: readonly Frame[]): FrameShape {
  const entries = frames.map((frame) => frame.entries.length);
  const bytes = frames.map(frameBytes);
  return { entries, bytes, entryCount: sum(entries), byteCount: sum(bytes) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, each) => before + each, 0);
}

export interface StretchWish {
  /** Bunches of writes, each with a checkpoint behind it, but for one in a few. */
  readonly bunches: number;
  /** Milliseconds between two. */
  readonly interval: number;
}

/** A guest comes back to the same places, with the same length or another. */
const PLACES = [0, 100, 300, 1024, 1500, 2048, 3000];
const LENGTHS = [50, 200, 200, 200, 700, 1000];

/** Lets a sender's guest write, and tells what it wrote. The sender stands behind it afterwards. */
export function tell(
  sender: Sender,
  random: Random,
  codec: Codec,
  { bunches, interval }: StretchWish,
): ItemStretch {
  const items: ToldItem[] = [];
  const pick = (from: readonly number[]): number => from[Math.floor(random.next() * from.length)]!;
  for (let bunch = 0; bunch < bunches; bunch += 1) {
    const writes: ToldWrite[] = [];
    for (let count = 1 + Math.floor(random.next() * 3); count > 0; count -= 1) {
      const offset = pick(PLACES);
      const length = Math.min(pick(LENGTHS), DISK_BYTES - offset);
      const content = Math.floor(random.next() * 2 ** 50);
      const write = { disk: Math.floor(random.next() * 2), offset, length, content };
      sender.disks[write.disk]!.set(syntheticPayload(content, length).bytes(), offset);
      writes.push(write);
    }
    items.push({ time: sender.time + 1, marker: undefined, writes });
    sender.time += interval;
    if (random.next() < 0.1) continue;
    sender.checkpoint += 1;
    const { checkpoint, time } = sender;
    sender.images.set(
      checkpoint,
      sender.disks.map((bytes) => bytes.slice()),
    );
    items.push({ time, marker: { checkpoint, time }, writes: [] });
  }
  const stretch = new ItemStretch(sender, items, codec);
  sender.sequence += stretch.entryCount;
  return stretch;
}

/** A file that is made when somebody looks into it. */
class DeferredFile {
  readonly promised: number;
  readonly pending: [] = [];
  readonly entryDurable = true;
  #make: (() => readonly Payload[]) | undefined;
  #content: Uint8Array | undefined;
  #durable: Uint8Array | undefined;

  constructor(length: number, make: () => readonly Payload[]) {
    this.promised = length;
    this.#make = make;
  }

  get isMade(): boolean {
    return this.#content !== undefined;
  }

  get current(): Uint8Array {
    if (this.#content === undefined) {
      const parts = this.#make?.() ?? [];
      this.#make = undefined;
      this.#content = new Uint8Array(Buffer.concat(parts.map((part) => part.bytes())));
    }
    return this.#content;
  }

  set current(bytes: Uint8Array) {
    this.#content = bytes;
  }

  get durable(): Uint8Array {
    return (this.#durable ??= this.current.slice());
  }

  set durable(bytes: Uint8Array) {
    this.#durable = bytes;
  }
}

export class MemoryGround implements Ground {
  readonly #datastore: MemoryDatastore;

  constructor(datastore: MemoryDatastore) {
    this.#datastore = datastore;
  }

  read(path: string): Payload | undefined {
    const file = this.#datastore.files.get(path);
    return file && bytesPayload(file.current.slice());
  }

  write(path: string, offset: number, payload: Payload): void {
    const { files } = this.#datastore;
    let file = files.get(path);
    if (!file) {
      const nothing = new Uint8Array(0);
      file = { durable: nothing, current: nothing, pending: [], entryDurable: true };
      files.set(path, file);
    }
    if (file.pending.length > 0) throw new Error(`${path} has writes that are under way`);
    const bytes = new Uint8Array(Math.max(file.current.length, offset + payload.length));
    bytes.set(file.current);
    bytes.set(payload.bytes(), offset);
    file.current = bytes;
    file.durable = bytes.slice();
  }

  defer(path: string, length: number, make: () => readonly Payload[]): void {
    const { files } = this.#datastore;
    if (files.has(path)) throw new RangeError(`there is a file ${path} already`);
    files.set(path, new DeferredFile(length, make));
  }

  remove(path: string): void {
    this.#datastore.files.delete(path);
    this.#datastore.removed.delete(path);
  }

  /** Bytes of a file, as far as is known without making it. */
  size(path: string): number {
    const file: unknown = this.#datastore.file(path);
    if (file instanceof DeferredFile && !file.isMade) return file.promised;
    return this.#datastore.file(path).current.length;
  }

  /** The files that nobody has looked into yet. */
  deferred(folder: string): string[] {
    return this.#datastore.paths(folder).filter((path) => {
      const file: unknown = this.#datastore.file(path);
      return file instanceof DeferredFile && !file.isMade;
    });
  }
}
