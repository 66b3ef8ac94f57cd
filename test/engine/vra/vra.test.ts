/** Two VRAs in a simulated universe: what they promise, through cuts, restarts and full datastores. */
import assert from 'node:assert/strict';
import { turnTime } from '../../../src/engine/disk/activity-log.ts';
import { regionSize } from '../../../src/engine/disk/activity-record.ts';
import type { StreamState } from '../../../src/engine/vra/messages.ts';
import { assertSame, Bed, memoryForPool, mib, stream } from './bed.ts';

/** A bed with a buffer that holds a few hundred kilobytes. */
function smallBed(): Bed {
  return new Bed({ leftMemory: memoryForPool(600 * 1024) });
}

function stateOf(bed: Bed): StreamState | undefined {
  bed.leftZvm.say({ kind: 'report-now' });
  bed.run(50);
  return bed.leftZvm.report?.protect[0]?.state;
}

function untilState(bed: Bed, state: StreamState, limit = 30_000): void {
  bed.until(() => stateOf(bed) === state, `the stream is ${state}`, limit);
}

/** Every state that the protected stream was ever reported in. */
function statesOf(bed: Bed): Set<StreamState | undefined> {
  const states = new Set<StreamState | undefined>();
  for (const reply of bed.leftZvm.replies) {
    if (reply.kind === 'report') states.add(reply.protect[0]?.state);
  }
  return states;
}

describe('two VRAs', () => {
  it('bring a new stream into replication and serve the disk at a checkpoint', () => {
    const bed = new Bed();
    assert.equal(bed.leftZvm.report?.protect[0]?.state, 'replicating');
    bed.write(4096, 8192);
    bed.write(300_000, 200_000);
    bed.run(1000);
    const content = bed.checkpoint(1);
    bed.write(4096, 4096);
    bed.run(1000);
    assertSame(bed.imageAt(1), content, 'image at 1');
  });

  it('send what the disk held before it was protected, and no checkpoint before that', () => {
    const bed = new Bed({ configured: false, diskSize: 16 * mib });
    for (let at = 0; at < 10 * mib; at += mib) bed.write(at, mib);
    bed.machine.zero(0, 8192, 4096, () => {});
    bed.until(() => bed.leftZvm.replies.length > 0, 'the VRA answers');
    bed.universe.degrade(bed.link, { bandwidth: 500_000 });
    bed.configure();
    untilState(bed, 'syncing');
    assert.equal(bed.leftZvm.report?.protect[0]?.sync?.kind, 'initial');
    bed.mark(1);
    bed.run(50);
    const refused = { kind: 'mark-refused', vpg: 'files', checkpoint: 1, reason: 'initial-sync' };
    assert.deepEqual(bed.leftZvm.cuts, [refused]);
    untilState(bed, 'replicating');
    bed.checkpoint(2);
    assertSame(bed.imageAt(2), bed.shadow, 'image at 2');
  });

  it('OUT-1: replicate with no ZVM anywhere: transmit, receive and disk-write counters rise', () => {
    const bed = new Bed({ diskSize: 8 * mib });
    bed.leftZvmProcess.kill({ silent: true });
    bed.rightZvmProcess.kill({ silent: true });
    bed.run(10_000);
    const left = bed.left.load();
    const right = bed.right.load();
    for (let at = 0; at < 4 * mib; at += 64 * 1024) bed.write(at, 64 * 1024);
    bed.run(5000);
    // The simulated codec makes one byte of two.
    const wire = 2 * mib;
    assert.ok(bed.left.load().transmitted - left.transmitted >= wire, 'transmitted');
    assert.ok(bed.right.load().received - right.received >= wire, 'received');
    assert.ok(bed.right.load().written - right.written >= wire, 'written');
    assert.equal(bed.left.load().sendBuffer, 0, 'all of it is acknowledged');
  });

  it('OUT-1: go on from their stored configuration after both restarted with no ZVM', () => {
    const bed = new Bed();
    bed.leftZvmProcess.kill({ silent: true });
    bed.rightZvmProcess.kill({ silent: true });
    bed.killLeft(true);
    bed.killRight(true);
    bed.write(0, 100_000);
    bed.run(1000);
    bed.startRight(bed.rightProcess.restart());
    bed.startLeft(bed.leftProcess.restart());
    bed.run(10_000);
    assert.ok(bed.right.load().written > 0, 'what was written while they were away has arrived');
    bed.write(0, 10_000);
    bed.run(1000);
    assert.equal(bed.left.load().sendBuffer, 0, 'and so does what is written now');
  });

  it('resume after a cut that the buffer outlasts, without a synchronisation', () => {
    const bed = new Bed();
    const before = bed.checkpoint(1);
    bed.leftZvm.replies.length = 0;
    bed.universe.cut(bed.link);
    for (let second = 0; second < 30; second++) {
      bed.write(second * 8192, 8192);
      bed.run(1000);
    }
    assert.equal(stateOf(bed), 'disconnected');
    bed.mark(2);
    bed.run(50);
    assert.equal(bed.leftZvm.cuts.at(-1)?.kind, 'mark-refused');
    bed.universe.heal(bed.link);
    untilState(bed, 'replicating');
    const after = bed.checkpoint(3);
    assertSame(bed.imageAt(1), before, 'image before the cut');
    assertSame(bed.imageAt(3), after, 'image after the cut');
    assert.ok(!statesOf(bed).has('syncing'), 'no synchronisation was needed');
  });

  it('compare and mend everything when a synchronization is forced', () => {
    const bed = new Bed({ diskSize: 16 * mib });
    for (let at = 0; at < 14 * mib; at += mib) bed.write(at, mib);
    bed.run(3000);
    const before = bed.checkpoint(1);
    bed.universe.degrade(bed.link, { latency: 400 });
    const { transmitted } = bed.left.load();
    bed.leftZvm.say({ kind: 'force-sync', streams: [stream, 'files/other'] });
    bed.run(50);
    const forced = bed.leftZvm.replies.find((reply) => reply.kind === 'sync-forced');
    assert.deepEqual(forced, {
      kind: 'sync-forced',
      streams: [stream],
      unknown: ['files/other'],
    });
    assert.equal(stateOf(bed), 'syncing');
    assert.equal(bed.leftZvm.report?.protect[0]?.sync?.kind, 'delta');
    bed.mark(2);
    bed.write(mib, 100_000);
    bed.run(50);
    const refusal = { kind: 'mark-refused', vpg: 'files', checkpoint: 2, reason: 'delta-sync' };
    assert.deepEqual(bed.leftZvm.cuts.at(-1), refusal);
    untilState(bed, 'replicating');
    const wire = bed.left.load().transmitted - transmitted;
    assert.ok(
      wire <= 500_000,
      `only the write of 100 000 bytes and its blocks crossed, not ${wire}`,
    );
    const after = bed.checkpoint(3);
    assertSame(bed.imageAt(3), after, 'image after the sync');
    assertSame(bed.imageAt(1), before, 'image before the sync');
  });

  it('VRA-11: fall back to the bitmap when the buffer is full, and agree after the bitmap sync', () => {
    const bed = smallBed();
    const before = bed.checkpoint(1);
    bed.universe.cut(bed.link);
    for (let second = 0; second < 30; second++) {
      bed.write(second * 32_768, 32_768);
      bed.run(1000);
    }
    assert.ok(bed.left.load().sendBuffer <= 600 * 1024 * 0.9, 'never more than 90 % of the pool');
    bed.leftZvm.replies.length = 0;
    bed.universe.heal(bed.link);
    bed.universe.degrade(bed.link, { bandwidth: 200_000 });
    untilState(bed, 'syncing');
    assert.equal(bed.leftZvm.report?.protect[0]?.sync?.kind, 'bitmap');
    assertSame(bed.imageAt(1), before, 'the image before stays served during the sync');
    bed.mark(2);
    bed.run(50);
    const refused = { kind: 'mark-refused', vpg: 'files', checkpoint: 2, reason: 'bitmap-sync' };
    assert.deepEqual(bed.leftZvm.cuts.at(-1), refused);
    untilState(bed, 'replicating');
    const after = bed.checkpoint(3);
    assertSame(bed.imageAt(3), after, 'image after the sync');
    assertSame(after, bed.shadow, 'which is the disk');
  });

  it('keep hearing each other while a thin link is full of data', () => {
    const bed = new Bed({ diskSize: 16 * mib });
    bed.leftZvm.replies.length = 0;
    bed.universe.degrade(bed.link, { bandwidth: 100_000 });
    for (let at = 0; at < 10 * mib; at += 256 * 1024) bed.write(at, 256 * 1024);
    bed.until(() => bed.left.load().sendBuffer === 0, 'all of it has arrived', 120_000);
    bed.run(6000);
    assert.deepEqual([...statesOf(bed)], ['replicating']);
    bed.checkpoint(1);
    assertSame(bed.imageAt(1), bed.shadow, 'image after it');
  });

  it('bring over in smaller pieces what was framed for a wire that has become thin since', () => {
    const bed = new Bed({ diskSize: 16 * mib });
    for (let at = 0; at < 4 * mib; at += mib) {
      bed.write(at, mib);
      bed.run(500);
    }
    bed.checkpoint(1);
    // A frame of a mebibyte now takes longer than the silence after which a peer counts as gone.
    bed.universe.degrade(bed.link, { bandwidth: 60_000 });
    for (let at = 2 * mib; at < 6 * mib; at += mib) bed.write(at, mib);
    bed.until(() => bed.left.load().sendBuffer === 0, 'all of it has arrived', 300_000);
    untilState(bed, 'replicating', 60_000);
    assert.ok(statesOf(bed).has('syncing'), 'by way of a bitmap sync');
    bed.checkpoint(2);
    assertSame(bed.imageAt(2), bed.shadow, 'image after it');
  });

  it('open an image that is asked for while a VRA that has just started opens its journal', () => {
    const bed = new Bed();
    for (let at = 0; at < 16; at++) bed.write(at * 4096, 4096);
    const before = bed.checkpoint(1);
    bed.killRight(true);
    bed.run(8000);
    bed.rightZvm.replies.length = 0;
    bed.startRight(bed.rightProcess.restart());
    bed.until(() => bed.rightZvm.replies.length > 0, 'the VRA is heard again');
    assertSame(bed.imageAt(1), before, 'image right after the start');
  });

  it('go on without a synchronisation after the receiving VRA restarted', () => {
    const bed = new Bed();
    bed.write(0, 50_000);
    const before = bed.checkpoint(1);
    bed.leftZvm.replies.length = 0;
    bed.killRight(true);
    bed.write(60_000, 50_000);
    bed.run(8000);
    bed.startRight(bed.rightProcess.restart());
    untilState(bed, 'replicating');
    const after = bed.checkpoint(2);
    assertSame(bed.imageAt(1), before, 'image before the restart');
    assertSame(bed.imageAt(2), after, 'image after the restart');
    assert.ok(!statesOf(bed).has('syncing'), 'no synchronisation was needed');
  });

  it('bring over by bitmap sync what the sending VRA missed while it was away', () => {
    const bed = new Bed();
    bed.write(0, 50_000);
    const before = bed.checkpoint(1);
    bed.write(0, 20_000);
    bed.killLeft(true);
    bed.write(200_000, 50_000);
    bed.run(3000);
    const written = bed.right.load().written;
    bed.startLeft(bed.leftProcess.restart());
    bed.run(5000);
    assert.ok(bed.right.load().written - written <= 4 * 65_536, 'only dirty blocks crossed');
    const after = bed.checkpoint(2);
    assertSame(bed.imageAt(1), before, 'image before the restart');
    assertSame(bed.imageAt(2), after, 'image after the restart');
  });

  it('compare everything after a crash of the host, which takes the bitmap along', () => {
    const bed = new Bed();
    bed.write(0, 50_000);
    bed.write(500_000, 50_000);
    bed.checkpoint(1);
    bed.crashHost();
    bed.write(500_000, 1000);
    bed.universe.degrade(bed.link, { bandwidth: 20_000 });
    untilState(bed, 'syncing');
    assert.equal(bed.leftZvm.report?.protect[0]?.sync?.kind, 'delta');
    untilState(bed, 'replicating');
    bed.checkpoint(2);
    assertSame(bed.imageAt(2), bed.shadow, 'image after the delta sync');
  });

  it('compare after a crash of the host only what was active, where the host keeps a log of that', () => {
    const size = 12 * regionSize;
    const bed = new Bed({ diskSize: size, activityLog: true });
    for (let region = 0; region < 12; region++) bed.write(region * regionSize, 50_000);
    bed.checkpoint(1);
    bed.run(4 * turnTime);
    bed.write(7 * regionSize + 500_000, 1000);
    bed.checkpoint(2);
    bed.crashHost();
    const compared: number[] = [];
    bed.universe.observe({
      sent: (_from, _to, message) => {
        if (message.kind !== 'compare') return;
        const { parts } = message as unknown as { parts: { offset: number; length: number }[] };
        for (const { offset } of parts) compared.push(Math.floor(offset / regionSize));
      },
    });
    bed.write(3 * regionSize, 1000);
    bed.universe.degrade(bed.link, { bandwidth: 20_000 });
    untilState(bed, 'syncing');
    assert.equal(bed.leftZvm.report?.protect[0]?.sync?.kind, 'bitmap');
    untilState(bed, 'replicating');
    assert.deepEqual([...new Set(compared)], [7]);
    bed.checkpoint(3);
    assertSame(bed.imageAt(3), bed.shadow, 'image after the sync');
  });

  it('withhold completions from the marker to the release, and say that it came in time', () => {
    const bed = new Bed();
    let done = 0;
    bed.mark(1);
    bed.run(20);
    bed.write(0, 4096, () => done++);
    bed.run(300);
    assert.equal(done, 0);
    bed.release(1);
    bed.run(20);
    assert.equal(done, 1);
    assert.deepEqual(bed.leftZvm.cuts, [
      { kind: 'marked', vpg: 'files', checkpoint: 1 },
      { kind: 'released', vpg: 'files', checkpoint: 1, inTime: true },
    ]);
  });

  it('let writes go on by itself 500 ms after the marker, and say that the cut is void', () => {
    const bed = new Bed();
    let done = 0;
    bed.mark(1);
    bed.run(20);
    bed.write(0, 4096, () => done++);
    bed.run(460);
    assert.equal(done, 0);
    bed.run(40);
    assert.equal(done, 1);
    bed.release(1);
    bed.run(20);
    const released = { kind: 'released', vpg: 'files', checkpoint: 1, inTime: false };
    assert.deepEqual(bed.leftZvm.cuts.at(-1), released);
  });

  it('replicate nothing while paused, and bring the rest over when resumed', () => {
    const bed = new Bed();
    bed.configure({ paused: true });
    untilState(bed, 'paused');
    const { transmitted } = bed.left.load();
    bed.write(0, 100_000);
    bed.run(2000);
    assert.equal(bed.left.load().transmitted, transmitted);
    bed.mark(1);
    bed.run(50);
    const refused = { kind: 'mark-refused', vpg: 'files', checkpoint: 1, reason: 'paused' };
    assert.deepEqual(bed.leftZvm.cuts.at(-1), refused);
    bed.configure({ paused: false });
    untilState(bed, 'replicating');
    bed.checkpoint(2);
    assertSame(bed.imageAt(2), bed.shadow, 'image after the pause');
  });

  it('suspend below the datastore floor, keep what is there, and go on when there is room', () => {
    const bed = new Bed();
    bed.write(0, 50_000);
    const before = bed.checkpoint(1);
    bed.universe.fill(bed.rightSite, 'ds', 20e9);
    untilState(bed, 'suspended');
    assert.match(bed.rightZvm.report?.recover[0]?.failure ?? '', /datastore ds: .* free/);
    bed.write(100_000, 50_000);
    bed.mark(2);
    bed.run(50);
    const refused = {
      kind: 'mark-refused',
      vpg: 'files',
      checkpoint: 2,
      reason: 'journal-storage',
    };
    assert.deepEqual(bed.leftZvm.cuts.at(-1), refused);
    assertSame(bed.imageAt(1), before, 'image while suspended');
    bed.universe.fill(bed.rightSite, 'ds', 1e12);
    untilState(bed, 'replicating');
    bed.checkpoint(3);
    assertSame(bed.imageAt(3), bed.shadow, 'image after it');
  });

  it('OUT-8: refuse an image at a checkpoint that the journal has promoted', () => {
    const bed = new Bed({ history: 30_000 });
    for (let id = 1; id <= 20; id++) {
      bed.write(id * 4096, 4096);
      bed.checkpoint(id);
      bed.run(5000);
    }
    assert.equal(bed.imageAt(1), 'checkpoint-aged-out');
    assert.equal(bed.imageAt(99), 'checkpoint-unknown');
    assertSame(bed.imageAt(20), bed.shadow, 'the newest image');
  });

  it('age on while their ZVMs are down, and keep the newest checkpoint (OUT-7, OUT-9)', () => {
    const bed = new Bed({ history: 30_000 });
    for (let id = 1; id <= 5; id++) {
      bed.write(id * 4096, 4096);
      bed.checkpoint(id);
      bed.run(5000);
    }
    bed.leftZvm.beating = false;
    const newest = bed.shadow.slice();
    bed.rightZvm.beating = false;
    bed.run(120_000);
    bed.rightZvm.beating = true;
    bed.run(3000);
    assert.equal(bed.imageAt(1), 'checkpoint-aged-out');
    assertSame(bed.imageAt(5), newest, 'the last recoverable point');
  });

  it('tell their peers whether they hear their own ZVM', () => {
    const bed = new Bed();
    const said = (): unknown => bed.leftZvm.report?.protect[0]?.peerHearsItsZvm;
    assert.equal(said(), true);
    bed.rightZvmProcess.kill({ silent: true });
    bed.run(9000);
    assert.equal(said(), false);
    assert.equal(stateOf(bed), 'replicating');
  });
});
