import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ReadableDisk } from '../../../src/restore/disk.ts';
import { geometryOf, vhdFooter } from '../../../src/restore/formats/vhd.ts';
import { findQemuImg } from '../../../src/restore/formats/qemu-img.ts';
import { writeDisk, type DiskFormat } from '../../../src/restore/formats/write-disk.ts';
import { attempt, needs, run, withFolder } from '../../programs.ts';

const MiB = 1024 * 1024;

/** A disk with data in some places, which also lies in a file that other programs can open. */
async function withSource(
  size: number,
  use: (source: { disk: ReadableDisk; path: string; folder: string }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const bytes = Buffer.alloc(size);
    bytes.set(randomBytes(100_000), 0);
    bytes.set(randomBytes(3 * MiB), 5 * MiB + 513);
    bytes.set(randomBytes(700), size - 700);
    const path = join(folder, 'source');
    await writeFile(path, bytes);
    const disk: ReadableDisk = {
      size,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    };
    await use({ disk, path, folder: join(folder, 'out') });
  });
}

const size = 23 * MiB + 512 * 7;

describe('a recovered disk as a file of another platform', () => {
  it('raw: is what the disk is, with holes where it has nothing', () =>
    withSource(size, async ({ disk, path, folder }) => {
      const told: number[] = [];
      const written = await writeDisk(disk, {
        format: 'raw',
        folder,
        name: 'FS01-data',
        onProgress: (copied) => told.push(copied),
      });
      assert.deepEqual(written.files, [join(folder, 'FS01-data.raw')]);
      assert.ok((await readFile(written.path)).equals(await readFile(path)));
      assert.ok((await stat(written.path)).blocks * 512 < size / 2);
      assert.equal(told.at(-1), size);
    }));

  const images: readonly [DiskFormat, string, string][] = [
    ['vhd', 'vpc', 'fixed VHD'],
    ['vmdk', 'vmdk', 'flat VMDK'],
  ];
  for (const [format, ofQemu, words] of images) {
    it(`${words}: qemu-img finds it identical, though it had no part in it`, async function () {
      needs(this, 'qemu-img');
      await withSource(size, async ({ disk, path, folder }) => {
        const written = await writeDisk(disk, { format, folder, name: 'disk' });
        const compared = await run(
          ...(['qemu-img', 'compare', '-f', 'raw', '-F', ofQemu, path, written.path] as const),
        );
        assert.match(compared, /Images are identical/);
        assert.equal((await readdir(folder)).length, written.files.length);
      });
    });
  }

  for (const format of ['qcow2', 'vmdk', 'vhdx'] as const) {
    it(`${format}: qemu-img writes it, and finds it identical`, async function () {
      needs(this, 'qemu-img');
      await withSource(size, async ({ disk, path, folder }) => {
        const shares: number[] = [];
        const written = await writeDisk(disk, {
          format,
          folder,
          name: 'disk',
          uri: path,
          qemuImg: findQemuImg('/usr/bin:/usr/local/bin'),
          onProgress: (copied) => shares.push(copied),
        });
        assert.deepEqual(written.files, [join(folder, `disk.${format}`)]);
        await run('qemu-img', 'compare', '-f', 'raw', '-F', format, path, written.path);
        assert.equal(shares.at(-1), size);
      });
    });
  }

  it('refuses what only qemu-img can write where there is none, and says what else can be had', () =>
    withSource(size, async ({ disk, folder }) => {
      assert.equal(findQemuImg('/nowhere::'), undefined);
      for (const format of ['qcow2', 'vhdx'] as const) {
        await assert.rejects(writeDisk(disk, { format, folder, name: 'disk' }), {
          code: 'target',
          message: /qemu-img.*raw, vmdk or vhd/,
        });
      }
    }));

  it('refuses sizes that a format does not have', async () => {
    const read = (): Promise<Uint8Array> => Promise.reject(new Error('not to be read'));
    const odd = { format: 'vhd', folder: '/nowhere', name: 'disk' } as const;
    await assert.rejects(writeDisk({ size: 1000, read }, odd), { code: 'target' });
    await assert.rejects(writeDisk({ size: 3 * 1024 ** 4, read }, odd), /2040 GiB/);
  });

  it('overwrites nothing', () =>
    withSource(size, async ({ disk, folder }) => {
      await writeDisk(disk, { format: 'vmdk', folder, name: 'disk' });
      const before = await readdir(folder);
      for (const format of ['vmdk', 'raw'] as const) {
        const again = writeDisk(disk, { format, folder, name: 'disk' });
        if (format === 'vmdk') await assert.rejects(again, /overwritten/);
        else await again;
      }
      assert.deepEqual((await readdir(folder)).sort(), [...before, 'disk.raw'].sort());
    }));

  it('leaves nothing behind where it is cancelled, or where the disk fails', () =>
    withSource(size, async ({ disk, folder }) => {
      for (const format of ['raw', 'vhd', 'vmdk'] as const) {
        const stop = new AbortController();
        const cancelled = writeDisk(disk, {
          format,
          folder,
          name: 'disk',
          signal: stop.signal,
          onProgress: () => {
            stop.abort(new Error('enough'));
          },
        });
        await assert.rejects(cancelled, /enough/);
        const failing: ReadableDisk = {
          size: disk.size,
          read: (offset, length) =>
            offset > 9 * MiB ? Promise.reject(new Error('gone')) : disk.read(offset, length),
        };
        await assert.rejects(writeDisk(failing, { format, folder, name: 'disk' }), /gone/);
        assert.deepEqual(await readdir(folder), []);
      }
    }));

  it('leaves nothing behind where qemu-img is stopped or fails', async function () {
    needs(this, 'qemu-img');
    const qemuImg = findQemuImg('/usr/bin:/usr/local/bin');
    await withSource(size, async ({ disk, path, folder }) => {
      const options = { format: 'qcow2', folder, name: 'disk', qemuImg } as const;
      const missing = writeDisk(disk, { ...options, uri: `${path}.absent` });
      await assert.rejects(missing, { code: 'target', message: /No such file/ });
      const signal = AbortSignal.abort(new Error('enough'));
      await assert.rejects(writeDisk(disk, { ...options, uri: path, signal }), /enough/);
      assert.deepEqual(await readdir(folder), []);
    });
  });

  it('says that the target cannot be written where it cannot', () =>
    withSource(size, async ({ disk, path, folder }) => {
      const inFile = writeDisk(disk, { format: 'raw', folder: join(path, folder), name: 'disk' });
      await assert.rejects(inFile, { code: 'target', message: /cannot be written/ });
    }));

  it('leaves nothing behind where the target is full', async function () {
    const made = { small: false };
    await withSource(size, async ({ disk, path, folder }) => {
      await mkdir(folder);
      const mounted = await attempt('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder);
      if (mounted.status !== 0) return;
      made.small = true;
      try {
        for (const format of ['raw', 'vhd', 'vmdk'] as const) {
          const written = writeDisk(disk, { format, folder, name: 'disk' });
          await assert.rejects(written, { code: 'target', message: /ENOSPC|no space/i });
        }
        const qemuImg = findQemuImg('/usr/bin:/usr/local/bin');
        if (qemuImg !== undefined) {
          const options = { format: 'qcow2', folder, name: 'disk', qemuImg, uri: path } as const;
          await assert.rejects(writeDisk(disk, options), { code: 'target' });
        }
        assert.deepEqual(await readdir(folder), []);
      } finally {
        await run('umount', folder);
      }
    });
    if (!made.small) this.skip();
  });
});

describe('the geometry of a VHD', () => {
  it('never stands for more than the disk has, and for nearly all of a small one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4 * 17, max: 2 ** 32 }), (total) => {
        const { cylinders, heads, sectors } = geometryOf(total);
        assert.ok(cylinders <= 65_535 && heads <= 16 && sectors <= 255);
        const stands = cylinders * heads * sectors;
        assert.ok(stands <= total);
        if (total < 65_535 * 16 * 63) assert.ok(total - stands < heads * sectors + sectors);
      }),
    );
  });

  it('has a footer whose checksum is the complement of its bytes’ sum', () => {
    const footer = Buffer.from(vhdFooter(MiB, randomBytes(16), Date.UTC(2026, 0, 1)));
    const checksum = footer.readUInt32BE(64);
    footer.writeUInt32BE(0, 64);
    assert.equal(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, checksum);
  });
});
