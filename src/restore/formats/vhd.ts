/**
 * A fixed VHD: the content of the disk, and a footer of 512 bytes behind it.
 * Layout: Microsoft, "Virtual Hard Disk Image Format Specification", version 1.0 (2006).
 */

/** Bytes. Behind a fixed disk, and part of the file. */
export const footerSize = 512;

const epoch = Date.UTC(2000, 0, 1);
const fixed = 2;
/** The largest disk that the format's geometry, and most software, knows: 2040 GiB. */
export const largestVhd = 2040 * 1024 ** 3;

/**
 * @param size of the disk in bytes: a multiple of 512, at most {@link largestVhd}
 * @param id 16 bytes that no other disk has
 * @param created milliseconds since 1970
 */
export function vhdFooter(size: number, id: Uint8Array, created: number): Uint8Array {
  const footer = Buffer.alloc(footerSize);
  const { cylinders, heads, sectors } = geometryOf(size / 512);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8); // reserved, always set
  footer.writeUInt32BE(0x0001_0000, 12);
  footer.fill(0xff, 16, 24); // a fixed disk has no header elsewhere
  footer.writeUInt32BE(Math.max(0, Math.floor((created - epoch) / 1000)), 24);
  // Programs trust the size below only of creators that they know, and round it by the geometry otherwise.
  footer.write('win ', 28, 'latin1');
  footer.writeUInt32BE(0x000a_0000, 32);
  footer.write('Wi2k', 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(size), 40);
  footer.writeBigUInt64BE(BigInt(size), 48);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  footer.writeUInt32BE(fixed, 60);
  footer.set(id.subarray(0, 16), 68);
  footer.writeUInt32BE(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, 64);
  return footer;
}

interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

/** The appendix "CHS Calculation" of the specification. */
export function geometryOf(totalSectors: number): Geometry {
  const total = Math.min(totalSectors, 65_535 * 16 * 255);
  const shape = (cylinderTimesHeads: number, heads: number, sectors: number): Geometry => ({
    cylinders: Math.floor(cylinderTimesHeads / heads),
    heads,
    sectors,
  });
  if (total >= 65_535 * 16 * 63) return shape(Math.floor(total / 255), 16, 255);
  let cylinderTimesHeads = Math.floor(total / 17);
  const heads = Math.max(4, Math.floor((cylinderTimesHeads + 1023) / 1024));
  if (cylinderTimesHeads < heads * 1024 && heads <= 16) return shape(cylinderTimesHeads, heads, 17);
  cylinderTimesHeads = Math.floor(total / 31);
  if (cylinderTimesHeads < 16 * 1024) return shape(cylinderTimesHeads, 16, 31);
  return shape(Math.floor(total / 63), 16, 63);
}
