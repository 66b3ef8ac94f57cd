/** Labs on the real machine: two sites on one disk, in a folder that goes with the test. */
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { startRealLab } from '../../../src/engine/real-lab.ts';
import type { RealLab, RealLabOptions } from '../../../src/engine/real-lab.ts';
import type { CheckpointSelector, Reply, VpgSnapshot } from '../../../src/engine/api.ts';
import type { ExportedDisk } from '../../../src/engine/nbd/exported-disk.ts';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { loadTopology } from '../../../src/topology/load.ts';
import type { Topology } from '../../../src/topology/model.ts';
import { twoHosts } from '../fixtures/two-hosts.ts';

export const mib = 1024 * 1024;
export const diskSize = 16 * mib;

export function realTopology(...changes: readonly [string | RegExp, string][]): Topology {
  const { problems, topology } = loadTopology(twoHosts(...changes), 'real.dr.yaml');
  assert.deepEqual(
    problems.map((problem) => problem.message),
    [],
  );
  return topology;
}

/** A folder of a topology, with the image of a disk in it, and a state folder. */
export class Ground {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-real-'));

  constructor() {
    mkdirSync(join(this.folder, 'images'));
    this.image('web.img', diskSize);
  }

  get state(): string {
    return join(this.folder, '.tidemark');
  }

  image(name: string, size: number): string {
    const path = join(this.folder, 'images', name);
    const descriptor = openSync(path, 'a');
    ftruncateSync(descriptor, size);
    closeSync(descriptor);
    return path;
  }

  async start(
    topology: Topology = realTopology(),
    options: Partial<RealLabOptions> = {},
  ): Promise<RealLab> {
    const folders = { stateFolder: this.state, topologyFolder: this.folder };
    return startRealLab(topology, { ...folders, datastoreFloor: 0, seed: 1, ...options });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function disk(lab: RealLab, name: string): ExportedDisk {
  const found = lab.disks().get(name);
  assert(found, `${name} is none of ${[...lab.disks().keys()].join(', ')}`);
  return found;
}

export function write(of: ExportedDisk, offset: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    of.write(offset, bytesPayload(bytes), false, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

export function read(of: ExportedDisk, offset: number, length: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    of.read(offset, length, (error, payload) => {
      if (payload) resolve(payload.bytes());
      else reject(error ?? new Error('neither an error nor data'));
    });
  });
}

export function shop(lab: RealLab): VpgSnapshot {
  const [vpg] = lab.snapshot().vpgs;
  assert(vpg);
  return vpg;
}

/** Waits for a condition of the lab; the wall clock decides only how long a failure takes. */
export async function until(what: string, lab: RealLab, holds: () => boolean): Promise<void> {
  const patience = 60_000;
  const end = performance.now() + patience;
  while (!holds()) {
    if (performance.now() > end) {
      const { vpgs, alerts } = lab.snapshot();
      assert.fail(
        `${what}: not within ${patience / 1000} s\n${JSON.stringify({ vpgs, alerts }, null, 1)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function inSync(lab: RealLab): Promise<void> {
  await until('in sync', lab, () => shop(lab).replicating && shop(lab).subStatus === 'None');
}

/** Waits for a checkpoint that was cut after this call. */
export async function nextCheckpoint(lab: RealLab): Promise<number> {
  const from = lab.now;
  await until('a checkpoint', lab, () => (shop(lab).checkpoints.newest ?? 0) > from);
  return shop(lab).checkpoints.newest ?? 0;
}

/** A failover test; a ZVM learns within seconds, by a report, that a first checkpoint made a journal recoverable. */
export async function failoverTest(
  lab: RealLab,
  checkpoint: CheckpointSelector = { kind: 'latest' },
): Promise<ReadonlyMap<string, ExportedDisk>> {
  const end = performance.now() + 20_000;
  for (;;) {
    const reply = await lab.request(undefined, { kind: 'failover-test', vpg: 'shop', checkpoint });
    if (reply.result === 'refused' && reply.reason.includes('complete replica')) {
      assert(performance.now() < end, reply.reason);
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    const images = new Map(lab.images().map((image) => [image.id, image]));
    return new Map(
      Object.entries(succeeded(reply).images ?? {}).map(([name, id]) => {
        const found = images.get(id)?.disks.get(name.split('/').at(-1) ?? '');
        assert(found, `${name} has no image ${id}`);
        return [name, found];
      }),
    );
  }
}

export function succeeded(reply: Reply): Extract<Reply, { result: 'success' }> {
  assert(reply.result === 'success', JSON.stringify(reply));
  return reply;
}
