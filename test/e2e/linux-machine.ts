/** A small Linux of Debian's kernel and busybox, on a disk that it boots from. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '../programs.ts';

const busybox = '/bin/busybox';

export interface Kernel {
  readonly version: string;
  readonly image: string;
  readonly modules: string;
}

/** The newest kernel that is installed with its modules; undefined where there is none. */
export function installedKernel(): Kernel | undefined {
  const images = existsSync('/boot') ? readdirSync('/boot') : [];
  for (const name of images
    .filter((each) => each.startsWith('vmlinuz-'))
    .sort()
    .reverse()) {
    const version = name.slice('vmlinuz-'.length);
    const modules = join('/lib/modules', version);
    if (existsSync(join(modules, 'modules.dep'))) {
      return { version, image: join('/boot', name), modules };
    }
  }
  return undefined;
}

/** Modules in the order in which they have to be loaded; those that are built in are left out. */
function modulesFor({ modules }: Kernel, names: readonly string[]): string[] {
  const needs = new Map<string, readonly string[]>();
  for (const line of readFileSync(join(modules, 'modules.dep'), 'utf8').split('\n')) {
    const [path = '', others = ''] = line.split(':');
    needs.set(path, others.split(' ').filter(Boolean));
  }
  const ordered: string[] = [];
  const add = (path: string): void => {
    for (const other of needs.get(path) ?? []) add(other);
    if (!ordered.includes(path)) ordered.push(path);
  };
  for (const name of names) {
    const path = [...needs.keys()].find((each) => basename(each).split('.ko')[0] === name);
    if (path !== undefined) add(path);
  }
  return ordered.map((path) => join(modules, path));
}

/** An initial file system that mounts a disk and goes on from there. */
export async function makeInitramfs(kernel: Kernel, folder: string, root: string): Promise<string> {
  const tree = join(folder, 'initramfs');
  for (const name of ['bin', 'proc', 'dev', 'root', 'modules']) {
    await mkdir(join(tree, name), { recursive: true });
  }
  await copyFile(busybox, join(tree, 'bin', 'busybox'));
  const loads: string[] = [];
  for (const path of modulesFor(kernel, ['virtio_pci', 'virtio_blk', 'ext4'])) {
    await copyFile(path, join(tree, 'modules', basename(path)));
    loads.push(`insmod /modules/${basename(path)}`);
  }
  const script = [
    '#!/bin/busybox sh',
    '/bin/busybox --install -s /bin',
    'mount -t proc proc /proc',
    'mount -t devtmpfs dev /dev',
    ...loads,
    `for wait in 1 2 3 4 5 6 7 8 9; do [ -b ${root} ] && break; sleep 1; done`,
    `mount -t ext4 ${root} /root || { echo NO-ROOT; poweroff -f; }`,
    'umount /proc',
    'mount --move /dev /root/dev',
    'exec switch_root /root /sbin/init',
    '',
  ].join('\n');
  await writeFile(join(tree, 'init'), script);
  await chmod(join(tree, 'init'), 0o755);
  const file = join(folder, 'initramfs.cpio');
  await run(
    'sh',
    '-c',
    `cd '${tree}' && find . | ${busybox} cpio -o -H newc > '${file}' 2>/dev/null`,
  );
  return file;
}

/** Writes an ext4 file system whose `/sbin/init` is the script, over a file of the disk's size. */
export async function makeRootDisk(disk: string, folder: string, script: string): Promise<void> {
  const tree = join(folder, 'rootfs');
  for (const name of ['bin', 'sbin', 'proc', 'sys', 'dev', 'srv']) {
    await mkdir(join(tree, name), { recursive: true });
  }
  await copyFile(busybox, join(tree, 'bin', 'busybox'));
  await writeFile(join(tree, 'sbin', 'init'), script);
  await chmod(join(tree, 'sbin', 'init'), 0o755);
  await run('mke2fs', '-q', '-F', '-t', 'ext4', '-d', tree, disk);
}
