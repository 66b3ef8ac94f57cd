/**
 * 7-Zip, compiled to WebAssembly, which reads GPT and MBR partition tables and ext2/3/4, NTFS, FAT and
 * exFAT. The only file that knows the package: one library for all of them, without native code.
 *
 * Each run is an instance of its own. The program was made to run once: it keeps global state.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FileSystem, SevenZipModule, SevenZipModuleFactory } from '7z-wasm';
import type { SynchronousDisk } from './disk.ts';

export interface SevenZipRun {
  /** 0 without, 1 with warnings, 2 and above with errors. */
  readonly code: number;
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

export interface SevenZipOptions {
  readonly disk: SynchronousDisk;
  /** A folder of this machine that is `/target` to 7-Zip. */
  readonly target?: string | undefined;
  /** Lines of `/list`, a list file. */
  readonly list?: readonly string[] | undefined;
}

export const diskPath = '/disk/disk.img';
export const targetPath = '/target';
export const listPath = '/list';

interface Program {
  readonly instantiate: SevenZipModuleFactory;
  readonly wasmBinary: ArrayBuffer;
}

let loaded: Program | undefined;

/**
 * Loads the library from its own folder beside the bundle, where it can be replaced as its licence (LGPL)
 * wants, and from its package where there is no bundle.
 */
function load(): Program {
  const require = createRequire(import.meta.url);
  const beside = join(import.meta.dirname, '7-zip', '7zz.cjs');
  const script = existsSync(beside) ? beside : require.resolve('7z-wasm');
  const instantiate = require(script) as SevenZipModuleFactory;
  const wasmBinary = new Uint8Array(readFileSync(join(dirname(script), '7zz.wasm'))).buffer;
  return { instantiate, wasmBinary };
}

export async function runSevenZip(
  command: readonly string[],
  { disk, target, list }: SevenZipOptions,
): Promise<SevenZipRun> {
  const { instantiate, wasmBinary } = (loaded ??= load());
  const lines: string[] = [];
  const problems: string[] = [];
  let code = 0;
  const module = await instantiate({
    wasmBinary,
    print: (line) => lines.push(line),
    printErr: (line) => problems.push(line),
    onExit: (exit) => (code = exit),
  });
  let failure: unknown;
  mountDisk(module.FS, {
    size: disk.size,
    read: (offset, into) => {
      try {
        disk.read(offset, into);
      } catch (error) {
        // 7-Zip would tell of any failure as of a damaged archive; what happened to the disk counts.
        failure = error;
        throw error;
      }
    },
  });
  if (target !== undefined) {
    module.FS.mkdir(targetPath);
    module.FS.mount(module.NODEFS, { root: target }, targetPath);
  }
  if (list) module.FS.writeFile(listPath, `${list.join('\n')}\n`);
  const exit = call(module, command);
  if (failure instanceof Error) throw failure;
  return { code: Math.max(code, exit), lines, problems: problems.filter((line) => line !== '') };
}

function call(module: SevenZipModule, command: readonly string[]): number {
  // The types say that nothing is answered; it is main's exit code.
  const { callMain } = module as unknown as { callMain: (command: string[]) => unknown };
  const answer = callMain([...command]);
  return typeof answer === 'number' ? answer : 0;
}

/** What Emscripten's file system lets be replaced in a file, beyond the package's types. */
interface Node {
  id: number;
  node_ops: object;
  stream_ops: object;
}

interface OpenFile {
  position: number;
}

/** Puts a file into 7-Zip's file system whose content is asked of the disk, piece by piece. */
function mountDisk(fs: FileSystem, disk: SynchronousDisk): void {
  fs.mkdir(dirname(diskPath));
  fs.writeFile(diskPath, '');
  const node = fs.lookupPath(diskPath).node as unknown as Node;
  const epoch = new Date(0);
  const attributes = {
    dev: 1,
    ino: node.id,
    mode: 0o100444,
    nlink: 1,
    uid: 0,
    gid: 0,
    rdev: 0,
    size: disk.size,
    atime: epoch,
    mtime: epoch,
    ctime: epoch,
    blksize: 4096,
    blocks: Math.ceil(disk.size / 512),
  };
  node.node_ops = { getattr: () => attributes };
  node.stream_ops = {
    llseek: (file: OpenFile, offset: number, whence: number): number => {
      const from = [0, file.position, disk.size][whence] ?? 0;
      return from + offset;
    },
    read: (
      _file: OpenFile,
      heap: Int8Array,
      start: number,
      length: number,
      position: number,
    ): number => {
      const count = Math.max(0, Math.min(length, disk.size - position));
      if (count > 0) {
        disk.read(position, new Uint8Array(heap.buffer, heap.byteOffset + start, count));
      }
      return count;
    },
  };
}
