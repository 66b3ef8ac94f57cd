/**
 * Entry of the worker in which a disk's files are looked for. 7-Zip reads synchronously, the disk answers
 * asynchronously: so it waits here, and nobody else does.
 */
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { CachedDisk } from './cached-disk.ts';
import { DiskFiles, entryAt, folderEntry } from './disk-files.ts';
import { extract } from './extract.ts';
import { follow } from './follow.ts';
import { awaitAnswer, readState, type WorkerAnswer, type WorkerRequest } from './protocol.ts';
import type { WorkerStart, WorkerValue } from './protocol.ts';
import { RestoreError } from './restore-error.ts';

const { size, control, data } = workerData as WorkerStart;
const state = new Int32Array(control);
const bytes = new Uint8Array(data);

function tell(answer: WorkerAnswer): void {
  parentPort?.postMessage(answer);
}

function readRemote(offset: number, into: Uint8Array): void {
  for (let done = 0; done < into.length;) {
    const length = Math.min(bytes.length, into.length - done);
    Atomics.store(state, 0, readState.asked);
    tell({ kind: 'read', offset: offset + done, length });
    awaitAnswer(state);
    const count = state[1] ?? 0;
    if (Atomics.load(state, 0) === readState.failed) {
      const text = Buffer.from(bytes.subarray(0, count)).toString('utf8');
      throw new RestoreError('damaged', `The disk could not be read: ${text}`);
    }
    into.set(bytes.subarray(0, length), done);
    done += length;
  }
}

const files = new DiskFiles(new CachedDisk({ size, read: readRemote }));

async function answer(request: WorkerRequest): Promise<WorkerValue> {
  if (request.kind === 'volumes') return files.volumes();
  if (request.kind === 'list') return files.list(request.path);
  const { tree, path } = await files.place(request.path);
  if (request.kind === 'volume') return tree?.volume;
  if (request.kind === 'follow') {
    if (!tree) return { path: '', root: '', entry: folderEntry('') };
    const entry = follow(tree, path);
    const { number } = tree.volume;
    const root = number === 0 ? '' : `${number}/`;
    return entry && { path: `${root}${entry.path}`, root, entry };
  }
  if (request.kind === 'stat') {
    return tree ? entryAt(tree, path) : folderEntry('');
  }
  if (!tree) {
    throw new RestoreError('wrong-kind', 'A partition is restored at a time: name the one wanted.');
  }
  const number = String(tree.volume.number);
  const name = request.name ?? (basename(path) || `partition-${number}`);
  const { folder, partial, overwrite } = request;
  return extract(tree, path, { folder, name, partial, overwrite });
}

let last: Promise<void> = Promise.resolve();

// One at a time: they share the one place for what is read.
parentPort?.on('message', (request: WorkerRequest) => {
  last = last.then(async () => {
    try {
      tell({ kind: 'done', id: request.id, value: await answer(request) });
    } catch (error) {
      const code = error instanceof RestoreError ? error.code : undefined;
      const message = error instanceof Error ? error.message : String(error);
      tell({ kind: 'failed', id: request.id, code, message });
    }
  });
});
