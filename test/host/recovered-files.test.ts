import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/main.ts';
import type { Lab } from '../../src/extension/lab/lab.ts';
import { needs, run } from '../programs.ts';
import { fingerprint, makeDisk, makeExt4, makeFat32, makeTree, MiB } from '../restore/made-disk.ts';
import { exampleUri, extensionApi, filledTag, taggedCheckpoint } from './lab.ts';
import { asInEditor, checksum, readTree } from './tree-in-editor.ts';

/** The lab runs: another suite has started it. */
describe('files of a checkpoint, in the editor', function () {
  this.timeout(180_000);
  const topology = exampleUri('small-lab.dr.yaml').toString();
  const largest = 12 * MiB;
  let api: ExtensionApi;
  let lab: Lab;
  let folder = '';
  let linked = new Map<string, string>();
  let plain = new Map<string, string>();
  let root: vscode.Uri;

  before(async function () {
    needs(this, 'mke2fs', 'mkfs.vfat', 'mcopy', 'sfdisk', 'nbdcopy');
    api = await extensionApi();
    await vscode.commands.executeCommand('tidemark.lab.start', topology);
    const running = api.labs.of(topology);
    assert.ok(running);
    lab = running;
    folder = await mkdtemp(join(tmpdir(), 'tidemark-host-'));
    const served = await lab.ask({ kind: 'disks' });
    const disk = served.find((each) => each.disk === 'db/data');
    assert.ok(disk);
    const first = await filled('first', 200);
    const meant = [linked, plain] as const;
    await run('nbdcopy', '--flush', first, disk.uri);
    const before = await taggedCheckpoint(lab, filledTag);
    await run('nbdcopy', '--flush', await filled('second', 3), disk.uri);
    await taggedCheckpoint(lab, 'other');
    [linked, plain] = meant;
    root = api.files.uriOf({ topology, vpg: 'shop', checkpoint: before, path: '' });
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function filled(name: string, files: number): Promise<string> {
    const trees = ['plain', 'linked'].map((each) => join(folder, each));
    for (const [index, tree] of trees.entries()) {
      await mkdir(tree);
      await writeFile(join(tree, 'a note.txt'), 'as it was\n');
      await makeTree(tree, { files, largest: index === 1 ? largest : MiB, links: index === 1 });
    }
    [plain, linked] = [await fingerprint(trees[0]!), await fingerprint(trees[1]!)];
    const images = ['ext4', 'fat'].map((each) => join(folder, `${each}.img`));
    await makeExt4(images[0]!, trees[1]!, 26 * MiB);
    await makeFat32(images[1]!, trees[0]!, 34 * MiB);
    const disk = join(folder, `${name}.img`);
    await makeDisk(disk, 'gpt', images);
    for (const each of [...trees, ...images]) await rm(each, { recursive: true });
    return disk;
  }

  const at = (...names: string[]): vscode.Uri => vscode.Uri.joinPath(root, ...names);
  const { Directory, File, SymbolicLink } = vscode.FileType;

  it('are in folders of VMs, disks and partitions', async () => {
    const names = async (...at: vscode.Uri[]): Promise<string[]> =>
      (await vscode.workspace.fs.readDirectory(at[0] ?? root)).map(([name]) => name);
    assert.deepEqual((await names()).sort(), ['db', 'web']);
    assert.deepEqual(await names(at('db')), ['data']);
    assert.deepEqual(await names(at('db', 'data')), ['1', '2']);
    assert.equal((await vscode.workspace.fs.stat(at('db', 'data', '1'))).type, Directory);
  });

  it('are listed and read with equal checksums, of the checkpoint and no other', async () => {
    assert.deepEqual(await readTree(at('db', 'data', '2')), plain);
    const ext4 = await readTree(at('db', 'data', '1'));
    ext4.delete('lost+found');
    assert.deepEqual(ext4, asInEditor(linked));
    const { size, type, mtime } = await vscode.workspace.fs.stat(at('db', 'data', '1', 'link'));
    assert.deepEqual([size, type], [largest, SymbolicLink | File]);
    assert.ok(Math.abs(mtime - Date.now()) < 3_600_000);
    const large = await vscode.workspace.fs.readFile(at('db', 'data', '1', 'link'));
    assert.equal(checksum(large), linked.get('large.bin'));
  });

  it('open in an editor, and cannot be changed', async () => {
    // All others are random bytes, which an editor does not open.
    const empty = checksum(new Uint8Array());
    const [name] = [...plain].find(([, what]) => what === empty) ?? [];
    assert.ok(name !== undefined);
    const uri = at('db', 'data', '2', name);
    const document = await vscode.workspace.openTextDocument(uri);
    assert.equal(document.uri.toString(), uri.toString());
    assert.equal(vscode.workspace.fs.isWritableFileSystem('tidemark'), false);
    for (const change of [
      vscode.workspace.fs.writeFile(uri, new Uint8Array(1)),
      vscode.workspace.fs.delete(uri),
      vscode.workspace.fs.createDirectory(at('db', 'data', '2', 'new')),
    ]) {
      await assert.rejects(Promise.resolve(change));
    }
  });

  it('are restored to a folder, by name or by copy', async () => {
    const to = join(folder, 'back');
    await mkdir(to);
    const { files } = await api.files.restore(at('db', 'data', '1', 'level 0 1'), to, {});
    assert.ok(files > 5);
    const back = await fingerprint(to);
    for (const [path, what] of linked) {
      if (path.startsWith('level 0 1/')) assert.equal(back.get(path), what, path);
    }
    const copy = vscode.Uri.file(join(to, 'copy'));
    await vscode.workspace.fs.copy(at('db', 'data', '1', 'large.bin'), copy);
    assert.equal(checksum(await readFile(copy.fsPath)), linked.get('large.bin'));
    assert.ok(!(await readdir(to)).some((name) => name.startsWith('.')));
  });

  it('are opened in the Explorer by a command, at the checkpoint that it is called on', async () => {
    const opened: string[] = [];
    const real = { ...api.dialogs };
    const fake: Partial<typeof real> = {
      openFolder: (uri, name) => {
        opened.push(uri.toString(), name);
        return Promise.resolve();
      },
      chooseFolder: () => Promise.resolve(join(folder, 'chosen')),
      confirm: () => Promise.resolve(true),
    };
    Object.assign(api.dialogs, fake);
    try {
      const row = lab.snapshot.vpgs[0]?.checkpoints.tagged.find(({ tag }) => tag === filledTag);
      assert.ok(row);
      const target = { uri: topology, vpg: 'shop', row };
      await vscode.commands.executeCommand('tidemark.vpg.browseFiles', target);
      assert.equal(opened[0], root.toString());
      assert.match(opened[1] ?? '', /^shop at \d\d:\d\d:\d\d$/);
      await mkdir(join(folder, 'chosen'));
      const selected = [at('db', 'data', '2', 'sparse'), at('db', 'data', '1', 'large.bin')];
      for (let time = 0; time < 2; time++) {
        await vscode.commands.executeCommand('tidemark.files.restore', selected[0], selected);
        const back = await fingerprint(join(folder, 'chosen'));
        assert.deepEqual([...back.keys()], ['large.bin', 'sparse']);
        assert.equal(back.get('large.bin'), linked.get('large.bin'));
      }
    } finally {
      Object.assign(api.dialogs, real);
    }
  });

  it('say what is missing where there are none', async () => {
    const fails = (uri: vscode.Uri, code: string, message = /./): Promise<void> =>
      assert.rejects(Promise.resolve(vscode.workspace.fs.stat(uri)), (error) => {
        assert.ok(error instanceof vscode.FileSystemError);
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        return true;
      });
    await fails(at('db', 'data', '2', 'absent'), 'FileNotFound');
    await fails(at('db', 'data', '9', 'absent'), 'FileNotFound');
    await fails(at('.vscode', 'settings.json'), 'FileNotFound');
    await fails(at('web', 'data', '1'), 'Unavailable', /neither a partition table/);
    const never = { topology, vpg: 'shop', checkpoint: 999_999_999, path: '' };
    const missing = vscode.Uri.joinPath(api.files.uriOf(never), 'db', 'data');
    await fails(missing, 'Unavailable', /missing the checkpoint 999999999 of shop/);
    const elsewhere = { ...never, topology: exampleUri('seed-lab.dr.yaml').toString() };
    await fails(api.files.uriOf(elsewhere), 'Unavailable', /does not run/);
  });
});
