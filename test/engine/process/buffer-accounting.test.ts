import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { versions } from 'node:process';

const module = pathToFileURL(resolve('src/engine/process/buffer-accounting.ts')).href;

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

describe('buffers of an engine that count as a part of the heap', function () {
  this.timeout(120_000);

  it('have it marked less often, and nothing is said where V8 cannot do so', function () {
    const told = `import { countBuffersAsHeap } from ${JSON.stringify(module)}; countBuffersAsHeap();`;
    const counted = marksIn(told);
    if (!versions.v8.startsWith('13.6.')) this.skip();
    const without = marksIn('');
    assert.ok(counted < 0.75 * without, `${counted} times beside ${without}`);
  });
});
