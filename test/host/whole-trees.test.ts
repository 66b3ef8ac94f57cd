import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/main.ts';
import type { Lab } from '../../src/extension/lab/lab.ts';
import { needs, run } from '../programs.ts';
import {
  fingerprint,
  makeDisk,
  makeExt4,
  makeFat32,
  makeNtfs,
  makeTree,
  MiB,
} from '../restore/made-disk.ts';
import { exampleUri, extensionApi, until, taggedCheckpoint } from './lab.ts';
import { asInEditor, nowhere, readTree } from './tree-in-editor.ts';

/** `TIDEMARK_FILES=2000` reads so many through VS Code, and `TIDEMARK_LARGEST=200` the largest of so many MiB. */
const files = Number(process.env['TIDEMARK_FILES'] ?? '150');
const largest = Number(process.env['TIDEMARK_LARGEST'] ?? '4') * MiB;
const partition = largest + 40 * MiB;
const diskSize = 3 * partition + 4 * MiB;

/** In a folder of its own, so that its state is nobody else's. */
const file = exampleUri('trees/trees.dr.yaml');

describe('ext4, FAT32 and NTFS of a checkpoint, in the editor', function () {
  this.timeout(900_000);
  const topology = file.toString();
  let api: ExtensionApi;
  let lab: Lab;
  let folder = '';
  let linked = new Map<string, string>();
  let plain = new Map<string, string>();
  /** Whether this machine allows to fill an NTFS. */
  let ntfs = false;
  let root: vscode.Uri;

  before(async function () {
    needs(this, 'mke2fs', 'mkfs.vfat', 'mcopy', 'mkntfs', 'ntfs-3g', 'sfdisk', 'nbdcopy');
    folder = await mkdtemp(join(tmpdir(), 'tidemark-trees-'));
    api = await extensionApi();
    const small = await vscode.workspace.fs.readFile(exampleUri('small-lab.dr.yaml'));
    const text = new TextDecoder().decode(small);
    const larger = text.replaceAll('size: 64MiB', `size: ${diskSize / MiB}MiB`);
    assert.notEqual(larger, text);
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(larger));
    await until('the lab', () => api.outlines.get(topology));
    await vscode.commands.executeCommand('tidemark.lab.start', { uri: topology, workload: false });
    const running = api.labs.of(topology);
    assert.ok(running, 'the lab does not run');
    lab = running;
    const served = await lab.ask({ kind: 'disks' });
    const disk = served.find((each) => each.disk === 'db/data');
    assert.ok(disk);
    await run('nbdcopy', '--flush', await filled(), disk.uri);
    root = api.files.uriOf({
      topology,
      vpg: 'shop',
      checkpoint: await taggedCheckpoint(lab, 'filled'),
      path: '',
    });
    // What comes later is in no checkpoint before it.
    const empty = join(folder, 'empty.img');
    await run('truncate', '-s', String(diskSize), empty);
    await run('nbdcopy', '--flush', empty, disk.uri);
  });

  after(async () => {
    await vscode.commands.executeCommand('tidemark.lab.stop', topology);
    await vscode.workspace.fs.delete(vscode.Uri.joinPath(file, '..'), { recursive: true });
    await rm(folder, { recursive: true, force: true });
  });

  async function filled(): Promise<string> {
    const trees = ['plain', 'linked'].map((each) => join(folder, each));
    for (const [index, tree] of trees.entries()) {
      await mkdir(tree);
      await makeTree(tree, { files, largest, links: index === 1 });
    }
    [plain, linked] = [await fingerprint(trees[0]!), await fingerprint(trees[1]!)];
    const images = ['ext4', 'fat', 'ntfs'].map((each) => join(folder, `${each}.img`));
    await makeExt4(images[0]!, trees[1]!, partition);
    await makeFat32(images[1]!, trees[0]!, partition);
    ntfs = await makeNtfs(images[2]!, trees[1]!, partition);
    const disk = join(folder, 'disk.img');
    await makeDisk(disk, 'gpt', images);
    return disk;
  }

  const partitionAt = (number: number): vscode.Uri =>
    vscode.Uri.joinPath(root, 'db', 'data', String(number));

  it(`are read whole, ext4 with its links (${files} files, the largest of ${largest / MiB} MiB)`, async () => {
    const found = await readTree(partitionAt(1));
    found.delete('lost+found');
    assert.deepEqual(found, asInEditor(linked));
  });

  it('are read whole, FAT32', async () => {
    assert.deepEqual(await readTree(partitionAt(2)), plain);
  });

  it('are read whole, NTFS and what its links lead to', async function () {
    if (!ntfs) this.skip();
    const expected = new Map(linked);
    // There they are files that hold where they lead.
    expected.set('link', linked.get('large.bin') ?? '');
    expected.set('link that leads out', nowhere);
    expected.set('level 0 1/link to nowhere', nowhere);
    assert.deepEqual(await readTree(partitionAt(3)), expected);
  });
});
