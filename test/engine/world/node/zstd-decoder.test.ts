import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { expandShort, load } from '../../../../src/engine/world/node/zstd-decoder.ts';

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('zstddec');
    return true;
  } catch (error) {
    // A package of modules alone is found, and then not for `require`.
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}

describe('the decoder for short pieces', () => {
  before(async function () {
    if (!isInstalled()) {
      this.test!.parent!.title += ' (zstddec is not installed)';
      this.skip();
    }
    assert(await load());
  });

  const content = fc
    .array(
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })),
    )
    .map((runs) =>
      Buffer.concat(runs.flatMap(([run, times]) => Array<Uint8Array>(times).fill(run))),
    )
    .filter(({ length }) => length > 0);

  it('makes the same of a piece as zlib, and shares no memory with the next', () => {
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 4 }), (raws) => {
        const expanded = raws.map((raw) => expandShort(zlib.zstdCompressSync(raw), raw.length));
        for (const [index, raw] of raws.entries())
          assert.deepEqual(Buffer.from(expanded[index]!), raw);
      }),
    );
  });

  it('cannot tell what is cut, of another length or no zstd at all, and goes on', () => {
    const raw = Buffer.alloc(20_000, 'the same again, ');
    const compressed = zlib.zstdCompressSync(raw);
    for (const length of [1, raw.length - 1, raw.length + 1]) {
      assert.equal(expandShort(compressed, length), undefined);
    }
    for (let end = 0; end < compressed.length; end++) {
      assert.equal(expandShort(compressed.subarray(0, end), raw.length), undefined);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => {
        assert.equal(expandShort(noise, 5000), undefined);
        assert.equal(
          expandShort(Buffer.concat([compressed, noise]).subarray(0, 5), 5000),
          undefined,
        );
      }),
    );
    assert.deepEqual(Buffer.from(expandShort(compressed, raw.length)!), raw);
  });

  it('leaves long pieces to zlib', () => {
    const raw = Buffer.alloc(128 * 1024);
    assert.equal(expandShort(zlib.zstdCompressSync(raw), raw.length), undefined);
    assert.equal(expandShort(new Uint8Array(0), 0), undefined);
  });
});
