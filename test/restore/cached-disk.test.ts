import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CachedDisk } from '../../src/restore/cached-disk.ts';

const KiB = 1024;
const size = 3000 * KiB + 17;

/** Some of it has content, most has none. */
const content = new Uint8Array(size);
for (const at of [0, 300 * KiB, 777 * KiB + 5, 1500 * KiB, size - 1]) {
  content.fill(at % 251 || 7, at, Math.min(size, at + 90 * KiB));
}

describe('a disk whose blocks are remembered', () => {
  it('answers what the disk holds, whatever was read of it before', () => {
    const reads = fc.array(
      fc.tuple(fc.nat(size), fc.nat(900 * KiB)).map(([offset, length]) => ({
        offset,
        length: Math.min(length, size - offset),
      })),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(reads, (wanted) => {
        const disk = new CachedDisk({
          size,
          read: (offset, into) => {
            assert.ok(offset + into.length <= size);
            into.set(content.subarray(offset, offset + into.length));
          },
        });
        for (const { offset, length } of wanted) {
          const into = new Uint8Array(length).fill(99);
          disk.read(offset, into);
          assert.ok(Buffer.from(into).equals(content.subarray(offset, offset + length)));
        }
      }),
    );
  });

  it('is asked only once for what is empty', () => {
    let asked = 0;
    const disk = new CachedDisk({
      size: 100_000 * KiB,
      read: (_offset, into) => {
        asked += into.length;
        into.fill(0);
      },
    });
    for (let time = 0; time < 3; time++) disk.read(0, new Uint8Array(50_000 * KiB));
    assert.ok(asked <= 50_256 * KiB, String(asked));
  });
});
