import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createToken } from '../../scripts/workbench/token.mjs';

describe('the token of a workbench server', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-token-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is another one at every start, of characters that the server takes', async () => {
    const first = await createToken(folder);
    const second = await createToken(folder);
    assert.match(first.token, /^[0-9a-f]{64}$/);
    assert.notEqual(first.token, second.token);
    assert.equal(await readFile(second.file, 'utf8'), second.token);
  });

  it('can be read by its owner alone, even where a file of an earlier start could be', async function () {
    if (process.platform === 'win32') this.skip();
    const { file } = await createToken(folder);
    await writeFile(file, 'old');
    await chmod(file, 0o644);
    await createToken(folder);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it('leaves no file once it is discarded', async () => {
    const { file, discard } = await createToken(folder);
    discard();
    assert.equal(existsSync(file), false);
  });
});
