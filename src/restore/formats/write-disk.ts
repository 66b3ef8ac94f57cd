/** Brings a whole recovered disk out, in the format of the platform that it goes to (MIG-1). */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadableDisk } from '../disk.ts';
import { RestoreError } from '../restore-error.ts';
import { copyContent, type CopyOptions } from './copy-content.ts';
import { vmdkDescriptor } from './flat-vmdk.ts';
import { convert } from './qemu-img.ts';
import { largestVhd, vhdFooter } from './vhd.ts';

export const diskFormats = ['raw', 'qcow2', 'vmdk', 'vhd', 'vhdx'] as const;
export type DiskFormat = (typeof diskFormats)[number];

export interface WriteDiskOptions extends CopyOptions {
  readonly format: DiskFormat;
  /** Made where it is not there. */
  readonly folder: string;
  /** Of the file, without the ending of its format. */
  readonly name: string;
  /** The program, where there is one: `qcow2` and `vhdx` need it, `vmdk` is then a sparse one. */
  readonly qemuImg?: string | undefined;
  /** What qemu-img can open the disk by, such as `nbd+unix:///...`. */
  readonly uri?: string | undefined;
}

export interface WrittenDisk {
  /** The file that the platform is given. */
  readonly path: string;
  /** All that belong to it. */
  readonly files: readonly string[];
}

/** As qemu-img names them, where it is asked. */
const ofQemuImg: Partial<Record<DiskFormat, string>> = {
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vhdx: 'vhdx',
};

/**
 * Writes the disk beside its final name first, so that no half-made one ever bears it: whatever goes wrong,
 * or a signal that aborts it, leaves nothing behind.
 *
 * @throws RestoreError `target` where the name is taken, the folder cannot be written (also for want of
 *   space), the format needs qemu-img and there is none, or does not hold a disk of that size
 */
export async function writeDisk(
  disk: ReadableDisk,
  options: WriteDiskOptions,
): Promise<WrittenDisk> {
  const { format, folder, name } = options;
  const needed = ofQemuImg[format];
  const byQemuImg = needed !== undefined && options.qemuImg !== undefined;
  checkFormat(disk, options);
  const flat = format === 'vmdk' && !byQemuImg;
  const files = [`${name}.${format}`, ...(flat ? [`${name}-flat.vmdk`] : [])];
  const finals = files.map((file) => join(folder, file));
  try {
    await mkdir(folder, { recursive: true });
    for (const final of finals) await refuseTaken(final);
    const mark = `.partial-${randomBytes(4).toString('hex')}`;
    const partials = files.map((file) => join(folder, `.${file}${mark}`));
    try {
      const [partial = '', content = partial] = partials;
      if (byQemuImg) await throughQemuImg(disk, options, needed, partial);
      else {
        await writeContent(disk, options, content);
        if (flat) {
          const id = randomBytes(4).readUInt32LE();
          await writeFile(partial, vmdkDescriptor(disk.size, files[1] ?? '', id), { flush: true });
        }
      }
      // The descriptor last: with it there, so is what it describes.
      for (const index of [...files.keys()].reverse()) {
        await rename(partials[index] ?? '', finals[index] ?? '');
      }
      await syncFolder(folder);
    } finally {
      for (const partial of partials) await rm(partial, { force: true });
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && !(error instanceof RestoreError)) {
      throw new RestoreError('target', `${folder} cannot be written: ${error.message}`);
    }
    throw error;
  }
  return { path: finals[0] ?? '', files: finals };
}

function checkFormat(disk: ReadableDisk, { format, qemuImg, uri }: WriteDiskOptions): void {
  if (format === 'raw') return;
  if ((format === 'qcow2' || format === 'vhdx') && qemuImg === undefined) {
    throw new RestoreError(
      'target',
      `${format} is written by qemu-img, which is not in the PATH. Install it (qemu-utils), or use raw, vmdk or vhd.`,
    );
  }
  if (qemuImg !== undefined && uri === undefined && ofQemuImg[format] !== undefined) {
    throw new RestoreError(
      'target',
      `${format} is written by qemu-img, which needs the disk's URI.`,
    );
  }
  if (disk.size % 512 !== 0) {
    throw new RestoreError(
      'target',
      `${format} holds whole sectors of 512 bytes; the disk has more.`,
    );
  }
  if (format === 'vhd' && disk.size > largestVhd) {
    throw new RestoreError('target', 'A VHD holds at most 2040 GiB. Use vhdx, vmdk or raw.');
  }
}

async function throughQemuImg(
  disk: ReadableDisk,
  { qemuImg = '', uri = '', signal, onProgress }: WriteDiskOptions,
  format: string,
  target: string,
): Promise<void> {
  await convert({
    program: qemuImg,
    source: uri,
    target,
    format,
    signal,
    onShare: (share) => onProgress?.(Math.round(share * disk.size)),
  });
  const file = await open(target, 'r+');
  await file.sync().finally(() => file.close());
}

async function writeContent(
  disk: ReadableDisk,
  { format, signal, onProgress }: WriteDiskOptions,
  path: string,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await copyContent(disk, file, { signal, onProgress });
    if (format === 'vhd') {
      const footer = vhdFooter(disk.size, randomBytes(16), Date.now());
      await file.write(footer, 0, footer.length, disk.size);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function refuseTaken(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there) throw new RestoreError('target', `${path} is there already. Nothing was overwritten.`);
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
