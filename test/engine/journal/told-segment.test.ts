import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  decodeSegmentHeader,
  decodeSummary,
  SEGMENT_SUMMARY_BYTES,
  sealedSegment,
  streamHash,
} from '../../../src/engine/journal/segment-codec.ts';
import { scanSegment } from '../../../src/engine/journal/segment-scan.ts';
import { SEGMENT_HEADER_BYTES } from '../../../src/engine/journal/segment.ts';
import { deferFile, StretchLayout, toldBytes } from '../../../src/engine/journal/told-segment.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { joinPayloads } from '../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import { MemoryDatastore, MemoryWorld } from './memory-world.ts';
import { tell } from './quiet-stretch-fixture.ts';
import { Sender } from './shadow.ts';

describe('journal: a segment that is told', () => {
  it('is in memory and as a file what its frames would have made of it', () => {
    const wish = fc.record({
      bunches: fc.integer({ min: 1, max: 40 }),
      interval: fc.constantFrom(1000, 5000),
    });
    fc.assert(
      fc.property(fc.nat(1_000_000), wish, fc.constantFrom(7000, 60_000), (seed, wished, span) => {
        const world = new MemoryWorld(new MemoryDatastore());
        const sender = new Sender();
        [sender.sequence, sender.checkpoint] = [seed, 41];
        const stretch = tell(sender, createRandom(seed), world.codec, wished);
        const stream = streamHash(sender.stream);
        const layout = new StretchLayout(
          { stream, epoch: 1, span, bytes: toldBytes() },
          { id: 7, after: { epoch: 1, sequence: seed }, sync: undefined, newestCheckpoint: 41 },
        );
        for (const cursor = stretch.cursor(); cursor.next();) layout.take(cursor);
        const told = layout.finish();
        assert.equal(told.at(-1)!.segment.position.sequence, sender.sequence);
        for (const each of told) {
          const { segment } = each;
          const content = contentOf(each, stream);
          const { length } = content;
          assert.equal(length, segment.fileBytes);
          const start = decodeSegmentHeader(
            content.slice(0, SEGMENT_HEADER_BYTES).bytes(),
            stream,
            segment.id,
          );
          assert.deepEqual(start, segment.start);
          const tail = content.slice(length - SEGMENT_SUMMARY_BYTES, length).bytes();
          const summary = decodeSummary(tail, segment.id, length)!;
          const markers = summary.end + summary.writeBytes;
          const bytes = content.slice(markers, markers + summary.markerBytes).bytes();
          const sealed = sealedSegment(segment.start, summary, bytes)!;
          const scanned = scanSegment(
            content.slice(0, summary.end),
            segment.start,
            stream,
            undefined,
          );
          assert.equal(scanned.damage, undefined);
          for (const other of [sealed, scanned.segment]) {
            assert.deepEqual(other.position, segment.position);
            assert.deepEqual(other.last, segment.last);
            assert.deepEqual([...other.markers.runs()], [...segment.markers.runs()]);
            for (let index = 0; index < other.markers.count; index += 1) {
              assert.deepEqual(segment.markers.place(index), other.markers.place(index));
            }
            for (const key of [
              'end',
              'firstTime',
              'sync',
              'newestCheckpoint',
              'catalogued',
            ] as const) {
              assert.equal(segment[key], other[key], key);
            }
          }
          assert.equal(sealed.fileBytes, segment.fileBytes);
          assert.equal(segment.index, undefined);
        }
      }),
    );
  });

  function contentOf(told: Parameters<typeof deferFile>[2], stream: number): Payload {
    let made: readonly Payload[] = [];
    const ground = {
      read: () => undefined,
      write: () => undefined,
      remove: () => undefined,
      defer: (_path: string, length: number, make: () => readonly Payload[]) => {
        made = make();
        assert.equal(joinPayloads(made).length, length);
      },
    };
    deferFile(ground, 'ds/journal/told.seg', told, stream);
    return joinPayloads(made);
  }
});
