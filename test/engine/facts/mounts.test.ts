import assert from 'node:assert/strict';
import type { CheckpointSelector, Request } from '../../../src/engine/api.ts';
import { Bench, mib, minute, refused, second, succeeded } from '../fixtures/labs.ts';
import type { Tested } from '../fixtures/labs.ts';

const latest = { kind: 'latest' } as const;
const failover = { kind: 'failover', vpg: 'shop', checkpoint: latest } as const;

describe('disks that are mounted at a checkpoint', () => {
  function ask(bench: Bench, request: Omit<Extract<Request, { kind: 'mount' }>, 'kind' | 'vpg'>) {
    return bench.lab.request(undefined, { kind: 'mount', vpg: 'shop', ...request });
  }

  const mounted = (bench: Bench, checkpoint: CheckpointSelector = latest): Tested =>
    succeeded(ask(bench, { checkpoint }));

  /** A lab with a write before a moment and one behind it. */
  function written(): { readonly bench: Bench; readonly between: CheckpointSelector } {
    const bench = new Bench();
    bench.write('FS01', 'before', 4 * mib);
    bench.lab.run(2 * minute);
    const between = { kind: 'tag', tag: 'between' } as const;
    const tagged = bench.lab.request(undefined, {
      kind: 'checkpoint',
      vpg: 'shop',
      tag: 'between',
    });
    assert.equal(tagged.result, 'success');
    bench.write('FS01', 'behind', 4 * mib);
    bench.lab.run(4 * minute);
    return { bench, between };
  }

  it('hold what was written before it, and nothing else, while replication goes on', () => {
    const { bench, between } = written();
    const { images } = mounted(bench, between);
    bench.write('FS01', 'later', 4 * mib);
    bench.lab.run(5 * minute);
    const found = ['before', 'behind', 'later'].map((name) =>
      bench.lab.imageContains(images, name),
    );
    assert.deepEqual(found, ['whole', 'none', 'none']);
    assert.equal(bench.vpg().status, 'MeetingSLA');
    assert.equal(bench.vpg().testing, false);
    const { at, ...report } = bench.lab.snapshot().operations[0]!;
    assert.deepEqual([report.verb, report.result, report.ended! >= at], ['mount', 'success', true]);
  });

  it('are those of one VM or one disk where that is asked for', () => {
    const { bench } = written();
    const one = succeeded(ask(bench, { checkpoint: latest, vm: 'FS01', disk: 'data' }));
    assert.deepEqual(Object.keys(one.images), ['FS01/data']);
    const all = Object.keys(mounted(bench).images);
    assert.ok(all.length > 1);
    const vm = succeeded(ask(bench, { checkpoint: latest, vm: 'FS01' }));
    assert.deepEqual(
      Object.keys(vm.images),
      all.filter((disk) => disk.startsWith('FS01/')),
    );
  });

  it('stand in nobody’s way: a test, a failover and its rollback go on beside them', () => {
    const { bench, between } = written();
    const first = mounted(bench, between);
    assert.equal(bench.lab.imageContains(first.images, 'before'), 'whole');
    assert.equal(bench.finds('behind'), 'whole');
    bench.tested();
    const other = mounted(bench);
    assert.equal(bench.lab.imageContains(other.images, 'behind'), 'whole');
    bench.stop();
    succeeded(bench.lab.request(undefined, failover));
    const third = mounted(bench);
    assert.equal(bench.lab.imageContains(third.images, 'behind'), 'whole');
    bench.lab.request(undefined, { kind: 'rollback', vpg: 'shop' });
    bench.lab.run(bench.lab.now + minute);
    assert.equal(bench.lab.imageContains(first.images, 'behind'), 'none');
    for (const { images } of [other, third]) {
      assert.equal(bench.lab.imageContains(images, 'behind'), 'whole');
    }
  });

  it('are closed before a commit turns the replica into the disks of a VM', () => {
    const { bench, between } = written();
    const { images } = mounted(bench, between);
    assert.equal(bench.lab.imageContains(images, 'before'), 'whole');
    succeeded(bench.lab.request(undefined, failover));
    assert.equal(bench.lab.imageContains(images, 'behind'), 'none');
    assert.equal(bench.lab.request(undefined, { kind: 'commit', vpg: 'shop' }).result, 'success');
    bench.lab.run(bench.lab.now + minute);
    assert.throws(() => bench.lab.imageContains(images, 'behind'), { code: 'unknown-image' });
    const { reason } = refused(ask(bench, { checkpoint: latest }));
    assert.match(reason, /checkpoints are gone with its journals/);
  });

  it('are closed by their VRA where nobody takes them, so that history ages on', () => {
    const { bench, between } = written();
    const { images } = mounted(bench, between);
    bench.lab.run(bench.lab.now + 61 * second);
    assert.throws(() => bench.lab.imageContains(images, 'before'), { code: 'unknown-image' });
  });

  it('are gone with their VRA', () => {
    const { bench, between } = written();
    const { images } = mounted(bench, between);
    assert.equal(bench.lab.imageContains(images, 'before'), 'whole');
    bench.power('DR_Site/esx-d1/vra', 'reboot');
    bench.lab.run(bench.lab.now + 5 * minute);
    assert.throws(() => bench.lab.imageContains(images, 'before'), { code: 'unknown-image' });
    assert.equal(bench.lab.imageContains(mounted(bench).images, 'before'), 'whole');
  });

  it('are refused with all that is missing', () => {
    const { bench } = written();
    const checkpoint = { kind: 'tag', tag: 'never' } as const;
    assert.deepEqual(refused(ask(bench, { checkpoint, vm: 'FS01', disk: 'dat' })).missing, [
      'a disk dat of FS01 (it has data)',
      'a checkpoint with the tag never of shop',
    ]);
    assert.match(refused(ask(bench, { checkpoint: latest, vm: 'FS9' })).reason, /VM FS9 in shop/);
    bench.power('DR_Site/esx-d1/vra', 'powerOff');
    bench.lab.run(bench.lab.now + minute);
    const { missing } = refused(ask(bench, { checkpoint, vm: 'FS01' }));
    assert.deepEqual(missing, [
      'a connection to the VRA on DR_Site/esx-d1',
      'a checkpoint with the tag never of shop',
    ]);
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.power('DR_Site/zvm', 'powerOff');
    assert.match(refused(ask(bench, { checkpoint: latest })).reason, /No ZVM is up/);
  });
});
