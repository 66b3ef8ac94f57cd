/** Delta sync: both sides compare checksums, and what differs is sent. */
import assert from 'node:assert/strict';
import { assertSame, Bed, memoryForPool, mib, stream } from './bed.ts';

const block = 64 * 1024;

function stateOf(bed: Bed): string | undefined {
  bed.leftZvm.say({ kind: 'report-now' });
  bed.run(50);
  return bed.leftZvm.report?.protect[0]?.state;
}

function untilReplicating(bed: Bed): void {
  bed.until(() => stateOf(bed) === 'replicating', 'the stream replicates', 120_000);
}

function fill(bed: Bed, upTo: number): void {
  for (let at = 0; at < upTo; at += mib) bed.write(at, mib);
  bed.run(5000);
}

function force(bed: Bed): void {
  bed.leftZvm.say({ kind: 'force-sync', streams: [stream] });
  bed.run(50);
}

/** Bytes of frames that cross the wire while something is done. */
function sentBy(bed: Bed, act: () => void): number {
  const before = bed.left.load().transmitted;
  act();
  return bed.left.load().transmitted - before;
}

describe('a delta sync', () => {
  it('sends nothing where both sides agree, whether it lies in the journal or on the replica', () => {
    const bed = new Bed({ diskSize: 12 * mib, history: 20_000 });
    fill(bed, 8 * mib);
    bed.checkpoint(1);
    bed.run(80_000);
    bed.checkpoint(2);
    bed.run(10_000);
    // All of it has been promoted; this stays in the journal.
    bed.write(3 * mib, 2 * mib);
    bed.run(2000);
    const wire = sentBy(bed, () => {
      force(bed);
      untilReplicating(bed);
    });
    assert.ok(wire < 1000, `${wire} bytes crossed for nothing`);
    bed.checkpoint(3);
    assertSame(bed.imageAt(3), bed.shadow, 'image after the sync');
  });

  it('finds and mends what has changed on the replica behind everybody', () => {
    const bed = new Bed({ diskSize: 12 * mib, history: 20_000 });
    fill(bed, 8 * mib);
    bed.checkpoint(1);
    // A VRA that has just started gives nothing up for half a minute.
    bed.run(80_000);
    bed.checkpoint(2);
    bed.run(10_000);
    const rot = new Uint8Array(512).fill(255);
    for (const at of [5 * block + 4096, 6 * block - 256, 7 * mib, 11 * mib]) {
      bed.overwriteReplica(at, rot);
    }
    const wire = sentBy(bed, () => {
      force(bed);
      untilReplicating(bed);
    });
    // Blocks 5 and 6, that at 7 MiB, and zeroes, which cost nothing; the codec halves them.
    assert.ok(wire >= 1.5 * block && wire < 1.5 * block + 1000, `${wire} bytes for three blocks`);
    bed.checkpoint(3);
    assertSame(bed.imageAt(3), bed.shadow, 'image after the sync');
  });

  it('follows a crash of the host, which takes the bitmap along', () => {
    const bed = new Bed({ diskSize: 12 * mib });
    fill(bed, 8 * mib);
    bed.write(2 * mib, 3 * block);
    bed.run(1);
    const wire = sentBy(bed, () => {
      bed.crashHost();
      bed.leftZvm.replies.length = 0;
      assert.equal(bed.left.load().transmitted, 0, 'it is a new VRA');
    });
    assert.ok(wire <= 0);
    untilReplicating(bed);
    const sent = bed.left.load().transmitted;
    assert.ok(sent <= 2 * block, `${sent} bytes crossed for three blocks`);
    bed.checkpoint(2);
    assertSame(bed.imageAt(2), bed.shadow, 'image after the sync');
  });

  it('goes on among writes, cuts and overflows, and agrees in the end', () => {
    const bed = new Bed({ diskSize: 12 * mib, leftMemory: memoryForPool(2 * mib) });
    bed.universe.degrade(bed.link, { latency: 100, bandwidth: 2_000_000 });
    fill(bed, 8 * mib);
    untilReplicating(bed);
    bed.overwriteReplica(2 * mib, new Uint8Array(4 * mib).fill(7));
    force(bed);
    for (let round = 0; round < 30; round++) {
      bed.write((round % 8) * mib + 4096, 40_000);
      if (round === 5) for (let at = 0; at < 4 * mib; at += block) bed.write(at, block);
      if (round === 10) bed.universe.cut(bed.link);
      if (round === 20) bed.universe.heal(bed.link);
      bed.run(700);
    }
    untilReplicating(bed);
    bed.checkpoint(1);
    assertSame(bed.imageAt(1), bed.shadow, 'image after the sync');
  });

  it('against a preseeded volume sends what differs from it', () => {
    const size = 8 * mib;
    const preseed = new Uint8Array(size);
    const bed = new Bed({ diskSize: size, preseed, configured: false });
    fill(bed, 6 * mib);
    // The copy was made by other means, is a little stale, and holds something where the disk has nothing.
    const copy = bed.shadow.slice();
    copy.fill(1, 3 * mib, 3 * mib + block);
    copy.fill(2, 7 * mib, 7 * mib + 100);
    bed.overwriteReplica(0, copy);
    bed.until(() => bed.leftZvm.replies.length > 0, 'the VRA answers');
    bed.configure();
    bed.until(() => bed.leftZvm.report?.protect[0]?.state === 'syncing', 'it synchronises');
    assert.equal(bed.leftZvm.report?.protect[0]?.sync?.kind, 'delta');
    untilReplicating(bed);
    const { transmitted } = bed.left.load();
    assert.ok(transmitted < block, `${transmitted} bytes crossed for one block`);
    bed.checkpoint(1);
    assertSame(bed.imageAt(1), bed.shadow, 'image after the sync');
  });
});
