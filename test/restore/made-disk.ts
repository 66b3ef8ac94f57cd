/** A disk with a tree of files in partitions, made by the programs that people make them with. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, run } from '../programs.ts';
import type { ReadableDisk } from '../../src/restore/disk.ts';

export const MiB = 1024 * 1024;

export interface TreeOptions {
  readonly files: number;
  /** Bytes of the largest one. */
  readonly largest: number;
  readonly links: boolean;
}

/** Deep paths, names in many scripts, empty and sparse files, a large one, and links. */
export async function makeTree(folder: string, options: TreeOptions): Promise<void> {
  const names = [
    'plain',
    'with space',
    'grün–weiß',
    '日本語',
    'ελληνικά',
    "quo'te",
    'e\u0301',
    '#%&{}',
  ];
  for (let index = 0; index < options.files; index++) {
    const levels = Array.from({ length: index % 7 }, (_, level) => `level ${level} ${index % 5}`);
    const at = join(folder, ...levels);
    await mkdir(at, { recursive: true });
    const name = `${names[index % names.length]!} ${index}.txt`;
    await writeFile(join(at, name), index % 10 === 0 ? '' : randomBytes(1 + ((index * 37) % 9000)));
  }
  await writeFile(join(folder, 'sparse'), 'begin');
  await truncate(join(folder, 'sparse'), 8 * MiB);
  const piece = randomBytes(MiB);
  const large = createWriteStream(join(folder, 'large.bin'));
  for (let written = 0; written < options.largest; written += MiB) {
    piece.writeUInt32LE(written / MiB);
    if (!large.write(Buffer.from(piece))) await once(large, 'drain');
  }
  large.end();
  await once(large, 'close');
  if (!options.links) return;
  await symlink('large.bin', join(folder, 'link'));
  await symlink('/etc/passwd', join(folder, 'link that leads out'));
  await symlink('../../nowhere', join(folder, 'level 0 1', 'link to nowhere'));
}

/** What is below a folder: path to `folder`, `link to ...` or the checksum of the content. */
export async function fingerprint(folder: string, below = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await readdir(join(folder, below))).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const stat = await lstat(join(folder, path));
    if (stat.isSymbolicLink()) found.set(path, `link to ${await readlink(join(folder, path))}`);
    else if (stat.isDirectory()) {
      found.set(path, 'folder');
      for (const [key, value] of await fingerprint(folder, path)) found.set(key, value);
    } else found.set(path, await checksum(join(folder, path)));
  }
  return found;
}

async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

export async function makeExt4(image: string, tree: string, size: number): Promise<void> {
  await run('mke2fs', '-q', '-t', 'ext4', '-L', 'linux-data', '-d', tree, image, `${size / 1024}k`);
}

export async function makeFat32(image: string, tree: string, size: number): Promise<void> {
  await writeFile(image, '');
  await truncate(image, size);
  await run('mkfs.vfat', '-F', '32', '-n', 'FATDATA', image);
  const names = (await readdir(tree)).map((name) => join(tree, name));
  await run('env', 'LC_ALL=C.UTF-8', 'mcopy', '-s', '-Q', '-i', image, ...names, '::');
}

/** Answers whether it could be filled: that takes a mount, which is not allowed everywhere. */
export async function makeNtfs(image: string, tree: string, size: number): Promise<boolean> {
  await writeFile(image, '');
  await truncate(image, size);
  await run('mkntfs', '-q', '-F', '-L', 'windows-data', image);
  const mount = `${image}.mount`;
  await mkdir(mount);
  const mounted = await attempt('ntfs-3g', image, mount);
  if (mounted.status !== 0) {
    await rm(mount, { recursive: true });
    return false;
  }
  try {
    await run('cp', '-a', '--no-preserve=ownership', `${tree}/.`, mount);
  } finally {
    await run('umount', mount);
    await rm(mount, { recursive: true });
  }
  return true;
}

/** Puts images behind one another into a disk with a partition table. */
export async function makeDisk(
  disk: string,
  label: 'gpt' | 'dos',
  images: readonly string[],
): Promise<void> {
  const sizes = await Promise.all(images.map(async (image) => (await lstat(image)).size));
  await writeFile(disk, '');
  await truncate(
    disk,
    sizes.reduce((sum, size) => sum + size, 4 * MiB),
  );
  let start = MiB;
  const starts = sizes.map((size) => (start += size) - size);
  const table = sizes.map((size, index) => `${starts[index]! / 512},${size / 512}`);
  const script = `${disk}.sfdisk`;
  await writeFile(script, `label: ${label}\n${table.join('\n')}\n`);
  await run('sh', '-c', `sfdisk -q "$1" < "$2"`, 'sfdisk', disk, script);
  const file = await open(disk, 'r+');
  for (const [index, image] of images.entries()) {
    let at = starts[index]!;
    for await (const piece of createReadStream(image, { highWaterMark: MiB })) {
      const bytes = piece as Buffer;
      if (bytes.some((byte) => byte !== 0)) await file.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    }
  }
  await file.close();
}

/** Reads a file as a disk, for as long as `use` takes. */
export async function withDisk<T>(
  path: string,
  use: (disk: ReadableDisk) => Promise<T>,
): Promise<T> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return await use({
      size,
      read: async (offset, length) => {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await file.read(bytes, 0, length, offset);
        if (bytesRead !== length) throw new Error(`only ${bytesRead} of ${length} bytes were read`);
        return bytes;
      },
    });
  } finally {
    await file.close();
  }
}
