import assert from 'node:assert/strict';
import type { Reply, Task } from '../../../src/engine/api.ts';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import { Bench, mib, minute, second } from '../fixtures/labs.ts';

/** What goes on, looked at once a second. */
function watched(bench: Bench, until: number): Task[] {
  const seen: Task[] = [];
  while (bench.lab.now < until) {
    bench.lab.run(bench.lab.now + second);
    seen.push(...bench.lab.snapshot().tasks);
  }
  return seen;
}

function assertRises(tasks: readonly Task[]): void {
  const shares = tasks.flatMap(({ progress: p }) => (p ? [p.done / p.total] : []));
  assert.ok(shares.length > 3, JSON.stringify(tasks));
  assert.deepEqual(
    shares.toSorted((a, b) => a - b),
    shares,
  );
  assert.ok((shares.at(0) ?? 1) < (shares.at(-1) ?? 0));
}

describe('What takes its time', () => {
  it('is told with how far it has come: a synchronisation after a cut', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    assert.deepEqual(bench.lab.snapshot().tasks, []);
    bench.lab.cutLink(bench.link('data-link'));
    bench.lab.run(3 * minute);
    bench.write('FS01', 'backlog', 2048 * mib);
    bench.lab.run(5 * minute);
    bench.lab.healLink(bench.link('data-link'));
    const tasks = watched(bench, 20 * minute);
    assert.ok(tasks.every(({ what, vpg }) => what === 'bitmap-sync' && vpg === 'shop'));
    assertRises(tasks);
    assert.deepEqual(bench.lab.snapshot().tasks, []);
  });

  it('is told with how far it has come: a clone, while whoever asked waits', () => {
    const bench = new Bench();
    bench.write('FS01', 'much', 2048 * mib);
    bench.lab.run(10 * minute);
    const answers: Reply[] = [];
    const request = { kind: 'clone', vpg: 'shop', checkpoint: { kind: 'latest' } } as const;
    assert.ok(bench.lab instanceof RunningLab);
    bench.lab.ask(undefined, request, (reply) => {
      answers.push(reply);
    });
    const tasks: Task[] = [];
    while (answers.length === 0) tasks.push(...watched(bench, bench.lab.now + second));
    assert.ok(tasks.every(({ what, operation }) => what === 'clone' && operation !== undefined));
    assertRises(tasks);
  });
});
