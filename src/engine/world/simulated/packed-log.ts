/**
 * Content that only ever grows at its end, as numbers in a few arrays instead of an object for every piece.
 *
 * Journals are nearly all that a simulation of hours holds: two pieces for every VM and every five seconds,
 * each of which would be half a dozen objects that the garbage collector goes through again and again. Here
 * one takes 16 bytes beside its own bytes, or 80 to 100 where it is a described content.
 */
import type { Payload } from '../payload.ts';
import { BytesPayload } from '../payload/bytes.ts';
import { joinPayloads, partsOf } from '../payload/join.ts';
import { SyntheticPayload } from '../payload/synthetic.ts';
import type { Content } from '../payload/synthetic.ts';

/** Numbers of a piece: where it ends, and where its bytes or its description begin. */
const pieceSize = 2;
/** Numbers of a part of a content: two of its identity, where it begins, its length. */
const partSize = 4;
/** Numbers behind that: of how many parts what it was before compression is joined, its size, its checksum. */
const headSize = 3;
const unknownChecksum = -1;

/** Room that is made at once: at least, and otherwise a quarter of what there is. */
const leastNumbers = 48;
const leastBytes = 512;

const noNumbers = new Float64Array(0);
const noBytes = new Uint8Array(0);
const noParts: readonly Payload[] = [];

export class PackedLog {
  /** Of each piece. A place that is not negative is one in `#bytes`, others are in `#contents`, as `-1 - place`. */
  #pieces = noNumbers;
  #count = 0;
  /** Bytes, of all pieces that are bytes. */
  #bytes = noBytes;
  #byteCount = 0;
  /**
   * Contents: the part that is stored, three numbers of its compression, and the parts of what it was before.
   */
  #contents = noNumbers;
  #contentCount = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Puts a payload at the end. False, and nothing done, where it holds what cannot be kept as numbers. */
  append(payload: Payload): boolean {
    const parts = partsOf(payload);
    for (const part of parts) if (!isPackable(part)) return false;
    for (const part of parts) {
      if (part instanceof BytesPayload) this.#appendBytes(part.data);
      else if (part instanceof SyntheticPayload) this.#appendContent(part);
    }
    return true;
  }

  /** The content of a range that lies within it. */
  read(offset: number, length: number): Payload {
    const end = offset + length;
    const parts: Payload[] = [];
    for (let index = this.#pieceAt(offset), at = offset; at < end; index++) {
      const start = index === 0 ? 0 : this.#end(index - 1);
      const until = Math.min(end, this.#end(index));
      parts.push(this.#part(index, at - start, until - start));
      at = until;
    }
    return joinPayloads(parts);
  }

  /** Forgets everything from `size` on. */
  truncate(size: number): void {
    if (size >= this.length) return;
    const index = this.#pieceAt(size);
    const start = index === 0 ? 0 : this.#end(index - 1);
    const rest = size > start ? this.#part(index, 0, size - start) : undefined;
    this.#count = index;
    this.#length = start;
    // What stood behind stays where it is, for whoever has read it.
    if (rest) this.append(rest);
  }

  #end(index: number): number {
    return this.#pieces[index * pieceSize] ?? 0;
  }

  /** The first piece that ends behind an offset. */
  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#end(middle) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #appendBytes(data: Uint8Array): void {
    const { length } = data;
    if (length === 0) return;
    const at = this.#byteCount;
    if (at + length > this.#bytes.length) {
      const wider = new Uint8Array(roomFor(at, length, leastBytes));
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes.set(data, at);
    this.#byteCount += length;
    const last = this.#count - 1;
    const place = last < 0 ? -1 : (this.#pieces[last * pieceSize + 1] ?? -1);
    const begin = last > 0 ? this.#end(last - 1) : 0;
    // Right behind other bytes, in the log as in memory: they become one piece.
    if (place >= 0 && place + this.#length - begin === at) {
      this.#length += length;
      this.#pieces[last * pieceSize] = this.#length;
    } else {
      this.#push(length, at);
    }
  }

  #appendContent(part: SyntheticPayload): void {
    if (part.length === 0) return;
    const { content } = part;
    const { original } = content;
    const parts = original ? partsOf(original) : noParts;
    const at = this.#contentCount;
    const added = partSize + headSize + parts.length * partSize;
    if (at + added > this.#contents.length) this.#contents = wider(this.#contents, at, added);
    this.#contentCount += added;
    this.#describe(at, part);
    const head = at + partSize;
    this.#contents[head] = parts.length;
    this.#contents[head + 1] = content.size ?? 0;
    this.#contents[head + 2] = content.checksum ?? unknownChecksum;
    for (let index = 0; index < parts.length; index++) {
      const each = parts[index];
      if (each instanceof SyntheticPayload) {
        this.#describe(head + headSize + index * partSize, each);
      }
    }
    this.#push(part.length, -1 - at);
  }

  #describe(at: number, { content, start, length }: SyntheticPayload): void {
    const numbers = this.#contents;
    numbers[at] = content.low;
    numbers[at + 1] = content.high;
    numbers[at + 2] = start;
    numbers[at + 3] = length;
  }

  #push(length: number, place: number): void {
    const at = this.#count * pieceSize;
    if (at + pieceSize > this.#pieces.length) this.#pieces = wider(this.#pieces, at, pieceSize);
    this.#length += length;
    this.#pieces[at] = this.#length;
    this.#pieces[at + 1] = place;
    this.#count++;
  }

  /** Bytes `from` to `to` of a piece. */
  #part(index: number, from: number, to: number): Payload {
    const place = this.#pieces[index * pieceSize + 1] ?? 0;
    if (place >= 0) return new BytesPayload(this.#bytes.subarray(place + from, place + to));
    const at = -1 - place;
    const whole = new SyntheticPayload(
      this.#contentAt(at),
      this.#contents[at + 2] ?? 0,
      this.#contents[at + 3] ?? 0,
    );
    return whole.slice(from, to);
  }

  #contentAt(at: number): Content {
    const numbers = this.#contents;
    const low = numbers[at] ?? 0;
    const high = numbers[at + 1] ?? 0;
    const head = at + partSize;
    const count = numbers[head] ?? 0;
    if (count === 0) return { low, high };
    const parts: Payload[] = [];
    for (let index = 0; index < count; index++) {
      const part = head + headSize + index * partSize;
      const content = { low: numbers[part] ?? 0, high: numbers[part + 1] ?? 0 };
      parts.push(new SyntheticPayload(content, numbers[part + 2] ?? 0, numbers[part + 3] ?? 0));
    }
    const original = joinPayloads(parts);
    const size = numbers[head + 1] ?? 0;
    const checksum = numbers[head + 2] ?? 0;
    return checksum === unknownChecksum
      ? { low, high, original, size }
      : { low, high, original, size, checksum };
  }
}

/** Bytes, or a content that is described by numbers alone, if it was compressed then of others like that. */
function isPackable(part: Payload): boolean {
  if (part instanceof BytesPayload) return true;
  if (!(part instanceof SyntheticPayload)) return false;
  const { original } = part.content;
  if (!original) return true;
  return partsOf(original).every(
    (each) => each instanceof SyntheticPayload && each.content.original === undefined,
  );
}

function wider(numbers: Float64Array, used: number, more: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(roomFor(used, more, leastNumbers));
  copy.set(numbers);
  return copy;
}

function roomFor(used: number, more: number, least: number): number {
  return used + Math.max(more, least, Math.ceil(used / 4));
}
