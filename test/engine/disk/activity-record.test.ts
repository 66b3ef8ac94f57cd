import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  decodeRecord,
  encodeRecord,
  slotLength,
} from '../../../src/engine/disk/activity-record.ts';
import type { ActivityRecord, RegionRun } from '../../../src/engine/disk/activity-record.ts';

const disks = [
  { name: 'system', size: 2 ** 40 },
  { name: 'data', size: 2 ** 40 },
];

function record(active: readonly RegionRun[], streams = 1): ActivityRecord {
  return {
    time: 1234,
    disks,
    streams: Array.from({ length: streams }, (_, index) => ({
      stream: `vpg ${index}/FS01`,
      epoch: 3 + index,
      sequence: 77,
    })),
    active,
  };
}

/** In ascending order and apart from each other, as a log has them. */
const runs = fc
  .array(
    fc.record({ gap: fc.integer({ min: 1, max: 40 }), count: fc.integer({ min: 1, max: 9 }) }),
    {
      maxLength: 6000,
    },
  )
  .map((steps) => {
    const found: RegionRun[] = [];
    let at = 0;
    for (const [index, { gap, count }] of steps.entries()) {
      const disk = index < steps.length / 2 ? 0 : 1;
      if (found.at(-1)?.disk !== disk) at = 0;
      found.push({ disk, first: at + gap, count });
      at += gap + count;
    }
    return found;
  });

function regionsOf(active: readonly RegionRun[]): Set<string> {
  return new Set(
    active.flatMap(({ disk, first, count }) =>
      Array.from({ length: count }, (_, index) => `${disk} ${first + index}`),
    ),
  );
}

describe('a record of an activity log', () => {
  it('comes back as it was written', () => {
    const written = record([
      { disk: 0, first: 3, count: 2 },
      { disk: 1, first: 0, count: 1 },
    ]);
    assert.deepEqual(decodeRecord(encodeRecord({ number: 9, record: written })), {
      number: 9,
      record: written,
    });
  });

  it('fits its slot however much is active, and covers all of it', () => {
    fc.assert(
      fc.property(runs, (active) => {
        const bytes = encodeRecord({ number: 1, record: record(active, 3) });
        assert.ok(bytes.length <= slotLength);
        const read = decodeRecord(bytes);
        assert.equal(read?.record.streams.length, 3);
        const covered = regionsOf(read.record.active);
        for (const region of regionsOf(active)) assert.ok(covered.has(region), region);
      }),
      { numRuns: 40 },
    );
  });

  it('vouches for nothing where its streams do not fit', () => {
    const read = decodeRecord(encodeRecord({ number: 1, record: record([], 2000) }));
    assert.deepEqual(read?.record.streams, []);
    assert.deepEqual(read.record.disks, []);
  });

  it('is none when any byte of it is another, when it is cut off, or when it is of another number or version', () => {
    const active = [{ disk: 0, first: 3, count: 2 }];
    const bytes = encodeRecord({ number: 12, record: record(active) });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const read = decodeRecord(changed);
        // The case of a hexadecimal digit is nobody's business.
        if (read !== undefined) assert.deepEqual(read.record, record(active));
        assert.equal(decodeRecord(bytes.subarray(0, at)), undefined);
      }),
    );
    const text = Buffer.from(bytes).toString();
    for (const other of [text.replace('activity 1', 'activity 2'), text.replace(' 12 ', ' 13 ')]) {
      assert.equal(decodeRecord(Buffer.from(other)), undefined);
    }
  });
});
