import assert from 'node:assert/strict';
import { createPacker } from '../../../src/engine/vra/compression.ts';
import { syntheticPayload } from '../../../src/engine/world/payloads.ts';
import { createSimulatedCodec } from '../../../src/engine/world/payload/compressed.ts';

const raw = syntheticPayload('raw', 1_000_000);

function bench(): { readonly at: (load: number) => { level: number; bytes: number } } {
  let taken = 0;
  const packer = createPacker(createSimulatedCodec(2), { load: () => taken });
  return {
    at: (load) => {
      taken = load;
      const packed = packer.pack(raw, true);
      const bytes = 'data' in packed ? packed.data.length : -1;
      return { level: packer.level, bytes };
    },
  };
}

describe('compression', () => {
  it('VRA-4: gives way to the CPU step by step, and is off when next to nothing is left', () => {
    const { at } = bench();
    const found = [0, 0.5, 0.51, 0.7, 0.71, 0.85, 0.86, 1].map((load) => at(load));
    assert.deepEqual(
      found.map(({ level }) => level),
      [3, 3, 2, 2, 1, 1, 0, 0],
    );
    assert.deepEqual(
      [...new Set(found.map(({ bytes }) => bytes))],
      [500_000, 555_556, 625_000, 1_000_000],
    );
  });

  it('VRA-4: comes back after, a little later than it went', () => {
    const { at } = bench();
    const levels = [0.9, 0.84, 0.79, 0.69, 0.64, 0.49, 0.44].map((load) => at(load).level);
    assert.deepEqual(levels, [0, 0, 1, 1, 2, 2, 3]);
  });

  it('is done aside where that takes time and is worth the way', () => {
    const aside = { from: 1000, compress: () => assert.fail('the shell does it') };
    const packer = createPacker({ ...createSimulatedCodec(2), aside }, { load: () => 0.6 });
    const first = raw.slice(0, 1000);
    assert.deepEqual(packer.pack(first, true), { level: 2, parts: [first] });
    assert('data' in packer.pack(raw.slice(0, 999), true));
    assert.deepEqual(packer.pack(raw, false), { encoding: 'none', data: raw });
  });

  it('leaves alone what a VPG does not want compressed', () => {
    const packer = createPacker(createSimulatedCodec(2), { load: () => 0 });
    assert.deepEqual(packer.pack(raw, false), { encoding: 'none', data: raw });
  });
});
