import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskBrowser } from '../../src/restore/disk-browser.ts';
import type { ReadableDisk } from '../../src/restore/disk.ts';
import { needs, withFolder } from '../programs.ts';
import {
  fingerprint,
  makeDisk,
  makeExt4,
  makeFat32,
  makeNtfs,
  makeTree,
  MiB,
  withDisk,
} from './made-disk.ts';

async function browsing<T>(
  disk: ReadableDisk,
  use: (browser: DiskBrowser) => Promise<T>,
): Promise<T> {
  const browser = new DiskBrowser(disk);
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

const zeroDisk: ReadableDisk = {
  size: 16 * MiB,
  read: (_offset, length) => Promise.resolve(new Uint8Array(length)),
};

/** All paths below a path of the browser, as {@link fingerprint} names them. */
async function pathsBelow(browser: DiskBrowser, at: string, below = ''): Promise<string[]> {
  const found: string[] = [];
  for (const { path, kind } of await browser.list(`${at}/${below}`)) {
    found.push(path);
    if (kind === 'folder') found.push(...(await pathsBelow(browser, at, path)));
  }
  return found;
}

describe('files of a disk', () => {
  describe('with a GPT of ext4, FAT32 and NTFS, 2 000 files and one of 200 MB', () => {
    /** Set where this machine allows to fill an NTFS. */
    let ntfs = false;
    let folder = '';
    let disk = '';
    let plain = new Map<string, string>();
    let linked = new Map<string, string>();
    let leave = (): void => {};
    let left: Promise<unknown> = Promise.resolve();

    before(async function () {
      needs(this, 'mke2fs', 'mkfs.vfat', 'mcopy', 'mkntfs', 'ntfs-3g', 'sfdisk');
      folder = await new Promise<string>((made) => {
        left = withFolder(
          (at) =>
            new Promise<void>((resolve) => {
              leave = resolve;
              made(at);
            }),
        );
      });
      const trees = ['plain', 'linked'].map((name) => join(folder, name));
      for (const [index, tree] of trees.entries()) {
        await mkdir(tree);
        await makeTree(tree, { files: 2000, largest: 200 * MiB, links: index === 1 });
      }
      plain = await fingerprint(trees[0]!);
      linked = await fingerprint(trees[1]!);
      const images = ['ext4', 'fat', 'ntfs'].map((name) => join(folder, `${name}.img`));
      await makeExt4(images[0]!, trees[1]!, 320 * MiB);
      await makeFat32(images[1]!, trees[0]!, 320 * MiB);
      ntfs = await makeNtfs(images[2]!, trees[1]!, 320 * MiB);
      for (const tree of trees) await rm(tree, { recursive: true });
      disk = join(folder, 'disk.img');
      await makeDisk(disk, 'gpt', images);
      for (const image of images) await rm(image);
    });

    after(async () => {
      leave();
      await left;
    });

    const browse = (use: (browser: DiskBrowser, out: string) => Promise<void>): Promise<void> =>
      withDisk(disk, (readable) =>
        browsing(readable, async (browser) => {
          const out = join(folder, 'out');
          try {
            await use(browser, out);
          } finally {
            await rm(out, { recursive: true, force: true });
          }
        }),
      );

    const restoresAll = (
      number: number,
      expected: () => ReadonlyMap<string, string>,
      own: readonly string[] = [],
    ): Promise<void> =>
      browse(async (browser, out) => {
        const listed = await pathsBelow(browser, String(number));
        const files = [...expected().keys(), ...own].sort();
        assert.deepEqual(listed.sort(), files);
        const result = await browser.restore(String(number), out);
        const back = await fingerprint(result.path);
        for (const path of own) back.delete(path);
        assert.deepEqual(back, expected());
        const links = [...back.values()].filter((what) => what.startsWith('link to')).length;
        assert.equal(result.links, links);
        assert.deepEqual(result.leftOut, []);
      });

    it('finds the partitions, their file systems and labels', () =>
      browse(async (browser) => {
        const found = (await browser.volumes()).map(
          ({ number, fileSystem, label }) => `${number} ${fileSystem ?? '?'} ${label ?? '?'}`,
        );
        assert.deepEqual(found, ['1 Ext linux-data', '2 FAT FATDATA', '3 NTFS windows-data']);
        const root = (await browser.list('')).map(({ path, kind }) => `${kind} ${path}`);
        assert.deepEqual(root, ['folder 1', 'folder 2', 'folder 3']);
      }));

    it('lists and restores all of ext4 with equal checksums, links as links', () =>
      restoresAll(1, () => linked, ['lost+found']));

    it('lists and restores all of FAT32 with equal checksums', () => restoresAll(2, () => plain));

    it('lists and restores all of NTFS with equal checksums, links as links', async function () {
      if (!ntfs) this.skip();
      await restoresAll(3, () => linked);
    });

    it('restores one file or one folder under its name, and tells what it was', () =>
      browse(async (browser, out) => {
        assert.deepEqual(await browser.restore('2/large.bin', out), {
          path: join(out, 'large.bin'),
          files: 1,
          folders: 0,
          links: 0,
          bytes: 200 * MiB,
          leftOut: [],
        });
        assert.equal((await browser.restore('/1/level 0 1/', out, { name: 'one' })).links, 1);
        const back = await fingerprint(out);
        assert.equal(back.get('large.bin'), plain.get('large.bin'));
        for (const [path, what] of linked) {
          if (!path.startsWith('level 0 1/')) continue;
          assert.equal(back.get(path.replace('level 0 1', 'one')), what, path);
        }
        const stat = await browser.stat('1/large.bin');
        assert.deepEqual([stat.kind, stat.size], ['file', 200 * MiB]);
        assert.ok(Math.abs(stat.modified! - Date.now()) < 3_600_000);
      }));

    it('overwrites nothing', () =>
      browse(async (browser, out) => {
        await mkdir(out);
        await writeFile(join(out, 'sparse'), 'mine');
        await assert.rejects(browser.restore('2/sparse', out), { code: 'taken' });
        assert.deepEqual(await readdir(out), ['sparse']);
      }));

    it('leaves nothing behind where the disk stops answering in the middle', () =>
      withDisk(disk, (readable) => {
        let sick = false;
        const failing: ReadableDisk = {
          size: readable.size,
          read: (offset, length) =>
            sick ? Promise.reject(new Error('the cable is out')) : readable.read(offset, length),
        };
        return browsing(failing, async (browser) => {
          await browser.list('1');
          sick = true;
          const out = join(folder, 'out');
          const failed = browser.restore('1/large.bin', out);
          await assert.rejects(failed, { code: 'damaged', message: /the cable is out/ });
          assert.deepEqual(await readdir(out), []);
          sick = false;
          assert.equal((await browser.restore('1/large.bin', out)).bytes, 200 * MiB);
          await rm(out, { recursive: true });
        });
      }));

    it('says which partitions there are where a path names none', () =>
      browse(async (browser, out) => {
        await assert.rejects(browser.list('etc'), { code: 'not-found', message: /1, 2, 3/ });
        await assert.rejects(browser.list('7/etc'), { code: 'not-found', message: /1, 2, 3/ });
        await assert.rejects(browser.list('1/absent'), { code: 'not-found' });
        await assert.rejects(browser.restore('', out), { code: 'wrong-kind' });
      }));
  });

  it('are found where a file system fills the disk, and behind an MBR', async function () {
    needs(this, 'mke2fs', 'sfdisk');
    await withFolder(async (folder) => {
      const tree = join(folder, 'tree');
      await mkdir(tree);
      await writeFile(join(tree, 'hello'), 'world');
      const image = join(folder, 'ext4.img');
      await makeExt4(image, tree, 16 * MiB);
      await withDisk(image, (disk) =>
        browsing(disk, async (browser) => {
          assert.equal((await browser.volumes())[0]?.number, 0);
          assert.equal((await browser.stat('/hello')).size, 5);
        }),
      );
      const partitioned = join(folder, 'disk.img');
      await makeDisk(partitioned, 'dos', [image]);
      await withDisk(partitioned, (disk) =>
        browsing(disk, async (browser) => {
          assert.equal((await browser.stat('1/hello')).size, 5);
        }),
      );
    });
  });

  describe('in a small file system', () => {
    const inSmall = (
      use: (
        browser: DiskBrowser,
        out: string,
        slow: { pause?: () => Promise<void> },
      ) => Promise<void>,
    ): Promise<void> =>
      withFolder(async (folder) => {
        const [tree, out] = [join(folder, 'tree'), join(folder, 'out')];
        await mkdir(join(tree, 'a', 'b'), { recursive: true });
        await mkdir(out);
        for (const name of ['a/one', 'a/b/two', 'three']) await writeFile(join(tree, name), name);
        const links = {
          'to a': 'a',
          'a/up': '..',
          'a/rooted': '/to a/b/two',
          out: '../../..',
          circle: 'circle',
          nowhere: 'a/none',
        };
        for (const [name, target] of Object.entries(links)) await symlink(target, join(tree, name));
        await writeFile(join(tree, 'large'), Buffer.alloc(6 * MiB, 7));
        const image = join(folder, 'ext4.img');
        await makeExt4(image, tree, 16 * MiB);
        await withDisk(image, (disk) => {
          const slow: { pause?: () => Promise<void> } = {};
          const read: ReadableDisk['read'] = async (offset, length) => {
            await slow.pause?.();
            return disk.read(offset, length);
          };
          return browsing({ size: disk.size, read }, (browser) => use(browser, out, slow));
        });
      });

    before(function () {
      needs(this, 'mke2fs');
    });

    it('a restore that is cancelled leaves nothing, and others go on', () =>
      inSmall(async (browser, out, slow) => {
        await browser.list('/');
        const controller = new AbortController();
        // It is cancelled in the middle: what has been made of the file is there.
        slow.pause = async () => {
          if ((await readdir(out)).length === 0) return;
          slow.pause = () => new Promise(() => undefined);
          controller.abort();
          await slow.pause();
        };
        const { signal } = controller;
        const cancelled = browser.restore('large', out, { signal });
        const other = browser.restore('a', out);
        await assert.rejects(cancelled, { code: 'cancelled' });
        delete slow.pause;
        assert.equal((await other).files, 2);
        assert.deepEqual(await readdir(out), ['a']);
        await assert.rejects(browser.restore('three', out, { signal }), { code: 'cancelled' });
        assert.equal((await browser.restore('three', out)).files, 1);
      }));

    it('one that is under way leaves nothing where the disk is closed', () =>
      inSmall(async (browser, out, slow) => {
        await browser.list('/');
        const begun = new Promise<void>((resolve) => {
          slow.pause = async () => {
            if ((await readdir(out)).length === 0) return;
            resolve();
            await new Promise(() => undefined);
          };
        });
        const refused = assert.rejects(browser.restore('large', out), /closed/);
        await begun;
        await browser.close();
        await refused;
        assert.deepEqual(await readdir(out), []);
      }));

    it('links are followed within it, to the end', () =>
      inSmall(async (browser) => {
        const led = async (path: string): Promise<string | undefined> =>
          (await browser.follow(path))?.path;
        assert.equal(await led('/a/b/two'), 'a/b/two');
        assert.equal(await led('/to a/b/two'), 'a/b/two');
        assert.equal(await led('/a/up/three'), 'three');
        assert.equal(await led('/a/rooted'), 'a/b/two');
        assert.equal(await led('/out/a/one'), 'a/one');
        assert.equal(await led('/circle'), undefined);
        assert.equal(await led('/nowhere'), undefined);
        assert.equal(await led('/absent'), undefined);
        assert.equal((await browser.stat('/to a')).kind, 'link');
        assert.equal((await browser.follow('/to a'))?.entry.kind, 'folder');
      }));

    it('one that overwrites merges folders, and changes nothing where kinds differ', () =>
      inSmall(async (browser, out) => {
        const overwrite = { overwrite: true };
        await mkdir(join(out, 'a', 'b', 'two'), { recursive: true });
        await writeFile(join(out, 'a', 'one'), 'mine');
        await assert.rejects(browser.restore('a', out, overwrite), {
          code: 'target',
          message: /two is a folder, and a file of that name was to be restored/,
        });
        assert.equal(await readFile(join(out, 'a', 'one'), 'utf8'), 'mine');
        await rm(join(out, 'a', 'b'), { recursive: true });
        // A link is replaced, never followed.
        const elsewhere = join(out, 'elsewhere');
        await mkdir(elsewhere);
        await symlink(elsewhere, join(out, 'a', 'b'));
        await assert.rejects(browser.restore('a', out, overwrite), /b is no folder/);
        assert.deepEqual(await readdir(elsewhere), []);
        await rm(join(out, 'a', 'b'));
        await browser.restore('a', out, overwrite);
        assert.equal(await readFile(join(out, 'a', 'one'), 'utf8'), 'a/one');
        assert.deepEqual((await readdir(out)).sort(), ['a', 'elsewhere']);
      }));
  });

  it('are not looked for where there is nothing that could hold them', () =>
    browsing(zeroDisk, async (browser) => {
      await assert.rejects(browser.volumes(), { code: 'no-file-system', message: /GPT, MBR/ });
    }));

  it('are not looked for in a disk that answers less than it was asked for', () =>
    browsing(
      { ...zeroDisk, read: (_offset, length) => Promise.resolve(new Uint8Array(length - 1)) },
      async (browser) => {
        await assert.rejects(browser.list(''), { code: 'damaged', message: /only \d+ of \d+/ });
      },
    ));

  it('are not waited for when the disk is closed', async () => {
    const browser = new DiskBrowser({ size: MiB, read: () => new Promise(() => undefined) });
    const listed = browser.list('');
    const refused = assert.rejects(listed, /closed/);
    await browser.close();
    await refused;
    await assert.rejects(browser.list(''), /closed/);
  });
});
