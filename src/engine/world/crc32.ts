/**
 * CRC-32 as in Ethernet, gzip and zlib (reflected polynomial 0xEDB88320), with the arithmetic that
 * makes it independent of how data is cut: the checksum of a whole follows from those of its parts, and
 * that of a run of zeroes from its length, without touching a byte.
 *
 * Checksums are unsigned 32-bit numbers. A polynomial of degree below 32 is a 32-bit number here with the
 * coefficient of x^0 in the highest bit.
 */
const polynomial = 0xedb88320;

/** `tables[k][b]` advances a checksum over the byte b that is followed by k further bytes. */
const tables: readonly Uint32Array[] = buildTables();
const empty = new Uint32Array(256);
const [t0 = empty, t1 = empty, t2 = empty, t3 = empty] = tables;
const [, , , , t4 = empty, t5 = empty, t6 = empty, t7 = empty] = tables;

function buildTables(): readonly Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    first[byte] = value;
  }
  const all = [first];
  for (let further = 1; further < 8; further++) {
    const before = all[further - 1] ?? first;
    all.push(before.map((value) => (first[value & 255] ?? 0) ^ (value >>> 8)));
  }
  return all;
}

/** The checksum of bytes. */
export function crc32(bytes: Uint8Array): number {
  return (advance(0xffffffff, bytes) ^ 0xffffffff) >>> 0;
}

/** The checksum of what was summed up `before` and then of bytes. */
type Native = (bytes: Uint8Array, before: number) => number;

let native: Native | undefined;
/** Bytes below which a call out of the engine costs more than it saves. */
const leastNative = 128;

/** Has long stretches summed up by something that answers the same, faster. */
export function accelerate(by: Native): void {
  native = by;
}

/** Advances the raw register, without the inversions at both ends, over bytes. */
export function advance(register: number, bytes: Uint8Array): number {
  if (native && bytes.length >= leastNative) {
    return (native(bytes, (register ^ 0xffffffff) >>> 0) ^ 0xffffffff) >>> 0;
  }
  return advanceByTables(register, bytes);
}

/** The same without help. */
export function advanceByTables(register: number, bytes: Uint8Array): number {
  let crc = register;
  let at = 0;
  const { length } = bytes;
  for (const end = length - 7; at < end; at += 8) {
    const low =
      crc ^
      ((bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24));
    crc =
      (t7[low & 255] ?? 0) ^
      (t6[(low >>> 8) & 255] ?? 0) ^
      (t5[(low >>> 16) & 255] ?? 0) ^
      (t4[low >>> 24] ?? 0) ^
      (t3[bytes[at + 4] ?? 0] ?? 0) ^
      (t2[bytes[at + 5] ?? 0] ?? 0) ^
      (t1[bytes[at + 6] ?? 0] ?? 0) ^
      (t0[bytes[at + 7] ?? 0] ?? 0);
  }
  for (; at < length; at++) crc = (t0[(crc ^ (bytes[at] ?? 0)) & 255] ?? 0) ^ (crc >>> 8);
  return crc >>> 0;
}

/** Product of two polynomials, modulo the polynomial of the checksum. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest & 0x80000000) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product >>> 0;
}

/** x^(8 * 2^k): what a checksum is multiplied with to advance it over 2^k zero bytes. */
const zeroRuns = buildZeroRuns();

function buildZeroRuns(): Uint32Array {
  const runs = new Uint32Array(53);
  let power = 0x00800000;
  for (let k = 0; k < runs.length; k++) {
    runs[k] = power;
    power = multiply(power, power);
  }
  return runs;
}

/** Advances the raw register over zero bytes. Costs one multiplication for each bit set in `length`. */
export function advanceZeroes(register: number, length: number): number {
  let crc = register;
  for (let k = 0, rest = length; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) crc = multiply(zeroRuns[k] ?? 0, crc);
  }
  return crc >>> 0;
}

/** The checksum of `length` zero bytes. */
export function crc32OfZeroes(length: number): number {
  return (advanceZeroes(0xffffffff, length) ^ 0xffffffff) >>> 0;
}

/** The checksum of what `first` and then `second` are the checksums of; `second` covers `length` bytes. */
export function crc32OfBoth(first: number, second: number, length: number): number {
  return (advanceZeroes(first, length) ^ second) >>> 0;
}
