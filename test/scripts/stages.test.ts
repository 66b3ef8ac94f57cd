import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { keep } from '../../scripts/workbench/fetch.mjs';
import { execute, runStages } from '../../scripts/workbench/stages.mjs';
import { counts } from '../../scripts/workbench/summary.mjs';

describe('the stages of a test run', () => {
  it('wait for what they need, and a failure does not keep the others from running', async () => {
    const order: string[] = [];
    const stage = (name: string, result: object, after: string[] = []) => ({
      name,
      after,
      run: () => {
        order.push(name);
        return Promise.resolve({ result: counts(result), output: `${name} said this` });
      },
    });
    const printed: string[] = [];
    const results = await runStages(
      [
        stage('unit', { passed: 5 }, ['build']),
        stage('build', { failed: 1 }),
        stage('lint', { passed: 1 }, ['a stage that was not asked for']),
      ],
      2,
      (line) => printed.push(line),
    );
    assert.deepEqual(order, ['build', 'lint', 'unit']);
    assert.equal(results.get('build')?.failed, 1);
    assert.equal(results.get('unit')?.passed, 5);
    assert.deepEqual(
      printed.filter((line) => line.includes('said')),
      ['    build said this'],
    );
  });

  it('count as failed when they throw', async () => {
    const stage = { name: 'host', run: () => Promise.reject(new Error('no browser')) };
    const printed: string[] = [];
    const results = await runStages([stage], 1, (line) => printed.push(line));
    assert.equal(results.get('host')?.failed, 1);
    assert.match(printed.join('\n'), /no browser/);
  });
});

describe('a program that a stage runs', () => {
  it('is over when it ends, though a process that it left behind holds its output', async () => {
    const script = 'sleep 60 & echo $!; exit 3';
    const { code, output } = await execute('sh', ['-c', script], { cwd: '.', env: process.env });
    process.kill(Number(output));
    assert.equal(code, 3);
  });
});

describe('the cache', () => {
  it('gives a folder its name only when it is complete', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'tidemark-cache-'));
    try {
      const broken = keep({
        cache,
        name: 'thing-1',
        make: () => Promise.reject(new Error('the line was cut')),
      });
      await assert.rejects(broken, /the line was cut/);
      assert.deepEqual(await readdir(cache), []);

      let made = 0;
      const make = () => {
        made += 1;
        return Promise.resolve();
      };
      const folder = await keep({ cache, name: 'thing-1', make });
      await keep({ cache, name: 'thing-1', make });
      assert.equal(folder, join(cache, 'thing-1'));
      assert.equal(made, 1);
      assert.deepEqual(await readdir(cache), ['thing-1']);
    } finally {
      await rm(cache, { recursive: true });
    }
  });
});
