/** Copies a disk's content into a file of this machine, leaving holes where there is nothing but zeroes. */
import type { FileHandle } from 'node:fs/promises';
import type { ReadableDisk } from '../disk.ts';

/** Bytes that are read at once. */
const piece = 4 * 1024 * 1024;
/** Bytes of zeroes that are worth a hole: a block of most file systems. */
const hole = 64 * 1024;
/** Reads that are under way at once, so that the disk need not wait for the file. */
const ahead = 3;

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes that have been copied so far, holes included. */
  readonly onProgress?: ((copied: number) => void) | undefined;
}

const zeroes = Buffer.alloc(hole);

/** The file is as long as the disk in the end. Rejects with the signal's reason when it is aborted. */
export async function copyContent(
  disk: ReadableDisk,
  file: FileHandle,
  { signal, onProgress }: CopyOptions = {},
): Promise<void> {
  await file.truncate(disk.size);
  const reads: { readonly at: number; readonly bytes: Promise<Uint8Array> }[] = [];
  let next = 0;
  const fill = (): void => {
    while (reads.length < ahead && next < disk.size) {
      const at = next;
      const bytes = disk.read(at, Math.min(piece, disk.size - at));
      // Heard where it is its turn; until then a failure is nobody's.
      bytes.catch(() => undefined);
      reads.push({ at, bytes });
      next += piece;
    }
  };
  fill();
  for (let read = reads.shift(); read; read = reads.shift()) {
    signal?.throwIfAborted();
    const bytes = await read.bytes;
    fill();
    await writeParts(file, read.at, bytes);
    onProgress?.(read.at + bytes.length);
  }
}

async function writeParts(file: FileHandle, at: number, bytes: Uint8Array): Promise<void> {
  let from = 0;
  const flush = async (to: number): Promise<void> => {
    for (let done = from; done < to;) {
      const { bytesWritten } = await file.write(bytes, done, to - done, at + done);
      done += bytesWritten;
    }
  };
  for (let start = 0; start < bytes.length; start += hole) {
    const end = Math.min(start + hole, bytes.length);
    if (zeroes.compare(bytes, start, end, 0, end - start) !== 0) continue;
    await flush(start);
    from = end;
  }
  await flush(bytes.length);
}
