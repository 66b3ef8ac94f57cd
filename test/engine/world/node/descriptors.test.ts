import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeUniverse } from '../../../../src/engine/world/node.ts';
import { bytesPayload } from '../../../../src/engine/world/payloads.ts';
import { loadTwoSites } from '../two-sites.ts';

describe('the descriptors of files on the real machine', () => {
  it('are given back once, also where a file is closed in one of its answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-descriptors-'));
    const topology = loadTwoSites();
    const [site] = [...topology.sites.values()];
    assert(site);
    const universe = new NodeUniverse(topology, { folder, seed: 1 });
    const { storage, clock } = universe.createProcess('host', { site }).world;
    const reused = await new Promise<number>((resolve) => {
      storage.open('ds/file', { create: true }, (_, file) => {
        file?.write(0, [bytesPayload(Uint8Array.of(1))], () => {
          file.close();
          // The system's threads close it meanwhile, and the next file gets its number.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
          const next = openSync(join(folder, 'next'), 'w');
          clock.after(50, () => {
            resolve(next);
          });
        });
      });
    });
    assert(fstatSync(reused).isFile(), 'the next file is still open');
    closeSync(reused);
    await new Promise<void>((resolve) => {
      universe.stop(resolve);
    });
    rmSync(folder, { recursive: true });
  });
});
