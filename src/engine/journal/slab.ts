/**
 * Memory for records that are small and many: taken for hundreds at once, all zeroes, and each part given
 * out once. Small buffers of their own cost the garbage collector more than the rest of an append.
 */
const SLAB_BYTES = 64 * 1024;
let slab = new ArrayBuffer(0);
let slabUsed = 0;

export function freshBytes(length: number): Uint8Array {
  if (slabUsed + length > slab.byteLength) {
    slab = new ArrayBuffer(Math.max(SLAB_BYTES, length));
    slabUsed = 0;
  }
  const bytes = new Uint8Array(slab, slabUsed, length);
  slabUsed += length;
  return bytes;
}
