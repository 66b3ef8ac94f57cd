import assert from 'node:assert/strict';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import {
  advance,
  advanceByTables,
  crc32,
  crc32OfBoth,
  crc32OfZeroes,
} from '../../../src/engine/world/crc32.ts';
import '../../../src/engine/world/node/checksum.ts';

describe('CRC-32', () => {
  it('gives the check value of the standard', () => {
    assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
  });

  it('agrees with zlib on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(crc32(bytes), zlibCrc32(bytes));
      }),
    );
  });

  it('is the same with the help of the CPU as without, from any register on', () => {
    const register = fc.nat(0xffffffff);
    fc.assert(
      fc.property(register, fc.uint8Array({ maxLength: 600 }), (before, bytes) => {
        assert.equal(advance(before, bytes), advanceByTables(before, bytes));
      }),
    );
  });

  it('of a whole follows from those of its parts', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
        const whole = crc32(Uint8Array.of(...first, ...second));
        assert.equal(crc32OfBoth(crc32(first), crc32(second), second.length), whole);
      }),
    );
  });

  it('of zeroes follows from their number', () => {
    for (const length of [0, 1, 7, 8, 4095, 4096, 100_003]) {
      assert.equal(crc32OfZeroes(length), zlibCrc32(new Uint8Array(length)), String(length));
    }
  });

  it('of more zeroes than fit into memory is found at once, and differs by their number', () => {
    const huge = 2 ** 45;
    assert.notEqual(crc32OfZeroes(huge), crc32OfZeroes(huge + 1));
    assert.equal(crc32OfZeroes(huge + 1), crc32OfBoth(crc32OfZeroes(huge), crc32OfZeroes(1), 1));
  });
});
