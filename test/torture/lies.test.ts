/** What the torture excuses because a datastore lied, and what it does not. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Lies } from './lies.ts';

const folder = 'recovery/scratch/g1/vm1/A 1-7/vm1';
const image = 'A 1-7/vm1';

describe('What a datastore lied about', () => {
  it('is the sectors of one disk of one image, from where a write should have gone to where it went', () => {
    const lies = new Lies();
    lies.told(`${folder}/disk-1.scratch`, [
      { offset: 8192, length: 1024 },
      { offset: 4096, length: 1024 },
    ]);
    assert.deepEqual(lies.harmed(image, 1), [4096, 4608, 8192, 8704]);
    assert.deepEqual(lies.harmed(image, 0), []);
    assert.deepEqual(lies.harmed('A 1-8/vm1', 1), []);
    assert.equal(lies.doubts('vm1'), false);
  });

  it('is the whole sector around a byte that rots', () => {
    const lies = new Lies();
    lies.told(`${folder}/disk-0.scratch`, [{ offset: 1500, length: 1 }]);
    assert.deepEqual(lies.harmed(image, 0), [1024]);
  });

  it('is no excuse any more once the sector is written again', () => {
    const lies = new Lies();
    lies.told(`${folder}/disk-0.scratch`, [{ offset: 0, length: 1024 }]);
    lies.wrote(`${folder}/disk-0.scratch`, { offset: 512, length: 512 });
    assert.deepEqual(lies.harmed(image, 0), [0]);
  });

  it('goes along where a scratch is copied to other files after a sync that failed', () => {
    const lies = new Lies();
    lies.told(`${folder}/disk-0.scratch`, [{ offset: 0, length: 512 }]);
    lies.wrote(`${folder}/disk-0-1.scratch`, { offset: 0, length: 512 });
    assert.deepEqual(lies.harmed(image, 0), [0]);
  });

  it('is in doubt where it is no content of a scratch, for that VM alone and until it is forgotten', () => {
    for (const path of [
      `${folder}/merge-1`,
      'recovery/journals/g1/vm1@1/watermark',
      'recovery/journals/g1/vm1.promoted',
    ]) {
      const lies = new Lies();
      lies.told(path, [{ offset: 0, length: 512 }]);
      assert.equal(lies.doubts('vm1'), true, path);
      assert.equal(lies.doubts('vm10'), false, path);
      lies.forget('vm1');
      assert.equal(lies.doubts('vm1'), false, path);
    }
  });

  it('excuses no commit that loses what was written elsewhere', async function () {
    this.timeout(60_000);
    const name = 'a-write-to-a-scratch-that-went-astray-before-a-commit.json';
    const scenario = fileURLToPath(new URL(`found/${name}`, import.meta.url));
    const program = fileURLToPath(new URL('main.ts', import.meta.url));
    const run = promisify(execFile)(process.execPath, [
      program,
      '--scenario',
      scenario,
      '--mutant',
      'commit-without-merge',
    ]);
    await assert.rejects(run, ({ stdout }: { stdout: string }) => {
      assert.match(stdout, /a commit keeps the checkpoint and what was written since: vm1/);
      return true;
    });
  });
});
