import assert from 'node:assert/strict';
import fc from 'fast-check';
import { IndexCache } from '../../../src/engine/journal/index-cache.ts';
import { Overlay, REGION } from '../../../src/engine/journal/overlay.ts';
import type { RegionExtents } from '../../../src/engine/journal/region-extents.ts';
import { SegmentFiles } from '../../../src/engine/journal/segment-files.ts';
import { Segment } from '../../../src/engine/journal/segment.ts';
import type { FrameEntry } from '../../../src/engine/journal/frame.ts';
import { MemoryDatastore, MemoryWorld } from './memory-world.ts';

/** Bytes of which it is asked where each comes from. */
const STEP = 256 * 1024;
const SPAN = 20 * REGION;

interface Write {
  readonly offset: number;
  readonly length: number;
}

describe('where the blocks of an image come from', () => {
  const write: fc.Arbitrary<Write> = fc.record({
    offset: fc.nat(SPAN / STEP - 1).map((step) => step * STEP),
    length: fc.integer({ min: 1, max: 12 }).map((steps) => steps * STEP),
  });

  it('is the newest write, in whatever order the regions are asked for', () => {
    const regions = fc.array(fc.nat(SPAN / REGION - 1), { minLength: 1, maxLength: 8 });
    const journal = fc.array(fc.array(write, { maxLength: 6 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(journal, regions, (writesOf, asked) => {
        const newest = new Map<number, { segment: number; entry: number }>();
        const segments = writesOf.map((writes, index) => {
          const id = index + 1;
          const after = { epoch: 1, sequence: index * 100 };
          const segment = new Segment({ id, after, sync: undefined, newestCheckpoint: 0 });
          const entries: FrameEntry[] = [{ kind: 'checkpoint', time: 0, checkpoint: id }];
          for (const { offset, length } of writes) {
            for (let at = offset; at < offset + length; at += STEP) {
              newest.set(at, { segment: id, entry: entries.length });
            }
            entries.push({ kind: 'write', time: 0, disk: 0, offset, length, rawOffset: 0 });
          }
          segment.absorb({ epoch: 1, firstSequence: index * 100 + 1, bytes: 100, entries });
          return segment;
        });
        const { storage } = new MemoryWorld(new MemoryDatastore());
        const indices = new IndexCache(new SegmentFiles(storage, 'ds/none'), 0);
        const overlay = new Overlay(segments, segments.at(-1)!.last, indices, () => true);
        for (const region of asked) {
          let extents: RegionExtents | undefined;
          overlay.region(0, region, (error, found) => {
            assert.equal(error, undefined);
            extents = found;
          });
          for (let at = region * REGION; at < (region + 1) * REGION; at += STEP) {
            const extent = extents!.at(extents!.firstEndingBehind(at));
            const found =
              extent !== undefined && extent.start <= at
                ? { segment: extent.segment.id, entry: extent.entry }
                : undefined;
            assert.deepEqual(found, newest.get(at));
          }
        }
      }),
    );
  });
});
