import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findNode, NoNodeError } from '../../../src/extension/lab/find-node.ts';

describe('the Node that an engine runs on', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-node-'));
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A program that answers the question after its version as another Node would. */
  const other = (name: string, answer: string): string => {
    mkdirSync(join(folder, name), { recursive: true });
    const path = join(folder, name, 'node');
    writeFileSync(path, `#!/bin/sh\necho '${answer}'\n`);
    chmodSync(path, 0o755);
    return path;
  };

  it("is the editor's own where that is recent enough", async () => {
    const found = await findNode({ configured: '', own: process.execPath, path: '' });
    assert.equal(found.path, process.execPath);
    assert.equal(found.version, process.versions.node);
    assert.equal(found.env['ELECTRON_RUN_AS_NODE'], '1');
  });

  it('is the first on the PATH that has what is needed', async function () {
    // What stands in for other versions of Node are shell scripts.
    if (process.platform === 'win32') this.skip();
    const own = other('editor', '20.19.0 undefined');
    const old = other('old', '22.14.0 function');
    const without = other('without', '23.1.0 undefined');
    const right = other('right', '22.15.0 function');
    const folders = [join(folder, 'nothing'), old, without, right].map((path) =>
      path.endsWith('node') ? join(path, '..') : path,
    );
    const found = await findNode({ configured: '', own, path: folders.join(delimiter) });
    assert.equal(found.path, right);
    assert.deepEqual(found.env, {});
  });

  it('is never one of a relative folder', async () => {
    const path = ['', '.', 'bin'].join(delimiter);
    await assert.rejects(
      findNode({ configured: '', own: join(folder, 'none'), path }),
      NoNodeError,
    );
  });

  it('is the one of the setting and no other', async function () {
    // What stands in for other versions of Node are shell scripts.
    if (process.platform === 'win32') this.skip();
    const old = other('configured', '18.20.0 undefined');
    const search = { configured: old, own: process.execPath, path: process.env['PATH'] ?? '' };
    await assert.rejects(findNode(search), (error: Error) => {
      assert.ok(error instanceof NoNodeError);
      assert.match(error.message, /needs Node 22\.15 or later/);
      assert.ok(error.message.includes(`${old} (Node 18.20.0)`));
      assert.match(error.message, /tidemark\.engine\.node/);
      return true;
    });
    const missing = join(folder, 'missing');
    await assert.rejects(
      findNode({ ...search, configured: missing }),
      /missing \(it cannot be run\)/,
    );
  });
});
