/** Files out of a protected disk at a checkpoint, by the command line, beside a running engine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { bundleCommandLine, commandLine, LabFolder, until } from './engine-process.ts';

interface Status {
  readonly vpgs: readonly { readonly status: string }[];
}

interface Restored {
  readonly checkpoint: { readonly id: number };
  readonly path: string;
  readonly files: number;
}

interface Browsed {
  readonly volumes: readonly { readonly number: number; readonly fileSystem: string }[];
  readonly entries: readonly { readonly path: string; readonly kind: string }[];
  readonly disks: readonly { readonly disk: string }[];
}

const files = 2000;
/** `TIDEMARK_LARGEST=200` makes the largest file of so many MiB. */
const large = Number(process.env['TIDEMARK_LARGEST'] ?? '24') * MiB;
const partition = large + 40 * MiB;
const diskSize = 3 * partition + 4 * MiB;

describe('file restore on the command line', () => {
  let lab: LabFolder;
  /** Whether this machine allows to fill an NTFS. */
  let ntfs = false;
  let linked = new Map<string, string>();
  let plain = new Map<string, string>();
  let out = '';
  /** Of the NBD server. */
  let socket = '';

  before(async function () {
    needs(
      this,
      'mke2fs',
      'mkfs.vfat',
      'mcopy',
      'mkntfs',
      'ntfs-3g',
      'sfdisk',
      'nbdcopy',
      'nbdinfo',
    );
    await bundleCommandLine();
    lab = new LabFolder(
      ['data: { size: 16MiB,', `data: { size: ${diskSize / MiB}MiB,`],
      ['bandwidth: 100Mbit/s', 'bandwidth: 10Gbit/s'],
    );
    truncateSync(lab.image, diskSize);
    out = join(lab.path, 'out');
    const [first, second] = [join(lab.path, 'first.img'), join(lab.path, 'second.img')];
    await fill(first, files);
    const engine = await lab.start();
    const disk = engine.ready.disks['FS01/data'] ?? '';
    socket = new URL(disk).searchParams.get('socket') ?? '';
    await until(() => status().vpgs[0]?.status === 'MeetingSLA', 'protection');
    await run('nbdcopy', '--flush', first, disk);
    lab.json('checkpoint', 'file-server', '--tag', 'before');
    const known = [linked, plain];
    await fill(second, 20);
    await run('nbdcopy', '--flush', second, disk);
    lab.json('checkpoint', 'file-server', '--tag', 'after');
    [linked, plain] = known as [typeof linked, typeof plain];
    for (const image of [first, second]) rmSync(image);
  });

  after(async () => {
    await lab.remove();
  });

  beforeEach(() => {
    mkdirSync(out);
  });

  afterEach(() => {
    rmSync(out, { recursive: true });
  });

  const status = (): Status => lab.json('status') as Status;

  /** A disk of three partitions with a tree each. */
  async function fill(disk: string, count: number): Promise<void> {
    const trees = ['plain', 'linked'].map((name) => join(lab.path, name));
    for (const [index, tree] of trees.entries()) {
      mkdirSync(tree);
      await makeTree(tree, { files: count, largest: large, links: index === 1 });
    }
    plain = await fingerprint(trees[0]!);
    linked = await fingerprint(trees[1]!);
    const images = ['ext4', 'fat', 'ntfs'].map((name) => join(lab.path, `${name}.img`));
    await makeExt4(images[0]!, trees[1]!, partition);
    await makeFat32(images[1]!, trees[0]!, partition);
    ntfs = await makeNtfs(images[2]!, trees[1]!, partition);
    await makeDisk(disk, 'gpt', images);
    for (const each of [...trees, ...images]) rmSync(each, { recursive: true });
  }

  const restore = (path: string, ...more: readonly string[]): Restored =>
    lab.json('restore', 'file-server', `FS01:data:${path}`, '--to', out, ...more) as Restored;

  it('lists disks, partitions and folders of the checkpoint asked for', () => {
    const browse = (...args: readonly string[]): Browsed =>
      lab.json('browse', 'file-server', ...args) as Browsed;
    assert.deepEqual(
      browse('FS01').disks.map(({ disk }) => disk),
      ['FS01/system', 'FS01/data'],
    );
    const { volumes } = browse('FS01:data', '--checkpoint', 'before');
    assert.deepEqual(
      volumes.map(({ number, fileSystem }) => [number, fileSystem]),
      [
        [1, 'Ext'],
        [2, 'FAT'],
        [3, 'NTFS'],
      ],
    );
    const top = (checkpoint: string): string[] =>
      browse('FS01:data:1', '--checkpoint', checkpoint).entries.map(({ path }) => path);
    const expected = [...linked.keys()].filter((path) => !path.includes('/'));
    assert.deepEqual(
      top('before').sort(),
      [...expected, 'lost+found'].map((path) => `1/${path}`).sort(),
    );
    assert.ok(top('after').length < top('before').length);
    const text = lab.run('browse', 'file-server', 'FS01:data:1/large.bin');
    assert.match(text.printed, new RegExp(`${large}  \\S+  1/large.bin`));
  });

  it('restores all of ext4, FAT32 and NTFS with equal checksums, of the checkpoint and no other', async () => {
    const whole = async (number: number, ...own: readonly string[]): Promise<unknown> => {
      const { path } = restore(String(number), '--checkpoint', 'before');
      const back = await fingerprint(path);
      for (const each of own) back.delete(each);
      return back;
    };
    assert.deepEqual(await whole(1, 'lost+found'), linked);
    assert.deepEqual(await whole(2), plain);
    if (ntfs) assert.deepEqual(await whole(3), linked);
    rmSync(out, { recursive: true });
    mkdirSync(out);
    const later = await fingerprint(restore('2', '--checkpoint', 'after').path);
    assert.notEqual(later.get('large.bin'), plain.get('large.bin'));
    assert.ok(later.size < 100);
  });

  it('replaces only what it is told to, and merges folders then', async () => {
    writeFileSync(join(out, 'sparse'), 'mine');
    const refused = lab.run('restore', 'file-server', 'FS01:data:2/sparse', '--to', out);
    assert.equal(refused.status, 2);
    assert.match(refused.told, /sparse is there already\. Nothing was overwritten\./);
    assert.deepEqual(readdirSync(out), ['sparse']);
    assert.equal(statSync(join(out, 'sparse')).size, 4);
    restore('2/sparse', '--checkpoint', 'before', '--force');
    assert.equal(statSync(join(out, 'sparse')).size, 8 * MiB);

    const folder = join(out, 'level 0 1');
    mkdirSync(folder);
    writeFileSync(join(folder, 'of my own'), 'stays');
    restore('2/level 0 1', '--checkpoint', 'before', '--force');
    const back = await fingerprint(out);
    assert.ok(back.has('level 0 1/of my own'));
    for (const [path, what] of plain) {
      if (path.startsWith('level 0 1/')) assert.equal(back.get(path), what, path);
    }
    assert.ok(!readdirSync(out).some((name) => name.startsWith('.')));
  });

  it('refuses with all that is missing, and says what there is', () => {
    const refusal = (...args: readonly string[]): { reason: string; missing: string[] } => {
      const { status, printed, told } = lab.run('browse', 'file-server', ...args);
      assert.equal(status, 1, told);
      return JSON.parse(printed) as { reason: string; missing: string[] };
    };
    const { missing } = refusal('FS02:dat', '--checkpoint', 'never');
    assert.deepEqual(missing, [
      'VM FS02 in file-server',
      'a checkpoint with the tag never of file-server',
    ]);
    assert.deepEqual(refusal('FS01:dat').missing, ['a disk dat of FS01 (it has system, data)']);
    const unable = (what: RegExp, ...args: readonly string[]): void => {
      const { status, printed, told } = lab.run(...args);
      assert.equal(status, 2, printed);
      assert.match(told, what);
    };
    unable(/no VPG fileserver.*Did you mean file-server/s, 'browse', 'fileserver', 'FS01:data');
    unable(/no absent in the file system/, 'browse', 'file-server', 'FS01:data:1/absent');
    unable(/neither a partition table/, 'browse', 'file-server', 'FS01:system:');
    const restoring = ['restore', 'file-server', 'FS01:data:1/sparse', '--to'];
    unable(/There is no folder .*nowhere: make it first/, ...restoring, join(out, 'nowhere'));
    unable(/is a file, and not a folder/, ...restoring, lab.topology);
  });

  it('says that the target is full, and leaves nothing there', async function () {
    needs(this, 'mount', 'umount');
    // Only root may mount, and there is no other way to a file system of 4 MB.
    if (process.getuid?.() !== 0) this.skip();
    await run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', out);
    try {
      for (const path of ['2/large.bin', '1/large.bin']) {
        const { status, told } = lab.run(
          'restore',
          'file-server',
          `FS01:data:${path}`,
          '--to',
          out,
        );
        assert.equal(status, 2);
        assert.match(told, /not enough room: \d+ bytes are needed, and \d+ are free/);
      }
      assert.deepEqual(readdirSync(out), []);
    } finally {
      await run('umount', out);
    }
  });

  it('leaves nothing where it is interrupted, and nothing mounted', async () => {
    const [node, args] = commandLine(
      'restore', 'file-server', 'FS01:data:1', '--to', out, '--checkpoint', 'before', '--state', lab.state,
    ); // prettier-ignore
    const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    const ended = once(child, 'close') as Promise<[number | null, string | null]>;
    const begun = (): boolean => readdirSync(out, { recursive: true }).length > 50;
    await until(begun, 'files to arrive');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [2, null]);
    assert.match(told, /cancelled/);
    assert.deepEqual(readdirSync(out), []);
    const exports = async (): Promise<string> =>
      run('nbdinfo', '--list', `nbd+unix:///?socket=${socket}`);
    assert.doesNotMatch(await exports(), /mount/);
  });
});
