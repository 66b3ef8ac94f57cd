import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { versions } from 'node:process';
import { collectorOf, mostGarbage } from '../../../src/engine/process/buffer-garbage.ts';

const module = pathToFileURL(resolve('src/engine/process/buffer-garbage.ts')).href;

/** Lets 2 GiB of buffers pass, beside a heap as large as an engine's, and counts how often all of it is marked. */
const passing = `
  import { constants, PerformanceObserver } from 'node:perf_hooks';
  const heap = Array.from({ length: 100_000 }, (_, index) => ({ index, text: [index] }));
  let marked = 0;
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) {
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) marked++;
    }
  }).observe({ entryTypes: ['gc'] });
  for (let mebibytes = 0; mebibytes < 2048; mebibytes++) {
    Buffer.alloc(1024 * 1024).fill(heap.length % 251);
    if (mebibytes % 16 === 0) await new Promise(setImmediate);
  }
  await new Promise((over) => setTimeout(over, 50));
  console.log(marked);
`;

function marksIn(prelude: string): number {
  const words = ['--input-type=module', '--eval', prelude + passing];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal(stderr.replace(/^.*(ExperimentalWarning|--trace-warnings).*\n/gm, ''), '');
  assert.equal(status, 0);
  return Number(stdout);
}

describe('the garbage of an engine’s buffers', function () {
  this.timeout(120_000);

  it('has the heap marked less often, and nothing is said where V8 cannot do so', function () {
    const told = `import { collectBuffersSeldom } from ${JSON.stringify(module)}; collectBuffersSeldom();`;
    const counted = marksIn(told);
    if (!versions.v8.startsWith('13.6.')) this.skip();
    const without = marksIn('');
    assert.ok(counted < 0.75 * without, `${counted} times beside ${without}`);
  });

  it('is collected when enough has gathered beside what is in use, whoever collected before', () => {
    const mib = 1024 * 1024;
    let [bytes, inUse, collections] = [0, 100 * mib, 0];
    bytes = inUse;
    const look = collectorOf(
      () => bytes,
      () => {
        collections += 1;
        bytes = inUse;
      },
    );
    bytes += mostGarbage - 1;
    look();
    assert.equal(collections, 0, 'too little has gathered');
    bytes += 1;
    look();
    assert.equal(collections, 1);
    inUse = 1000 * mib;
    bytes = 1050 * mib;
    look();
    assert.equal(collections, 2, 'nobody can tell garbage from what came into use');
    look();
    assert.equal(collections, 2, 'that is in use now');
    bytes = 40 * mib;
    look();
    bytes = 40 * mib + mostGarbage;
    look();
    assert.equal(collections, 3, 'V8 had collected by itself');
  });
});
