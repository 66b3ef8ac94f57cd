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

export const mib = 1024 * 1024;
export const diskSize = 16 * mib;

/** Two VMs on two hosts, one with an image of its own, recovered to two hosts. */
const text = `
version: 1
name: Real disks
sites:
  Left:
    platform: kvm
    networks: { wan: { cidr: 192.168.100.0/24 } }
    zvm:
      license: true
      nics: { wan: { network: wan, address: 192.168.100.10/24, gateway: 192.168.100.1 } }
    datastores: { ds-l: { capacity: 40GiB, free: 40GiB } }
    hosts:
      kvm-l1: { vra: { memory: 1GiB, datastore: ds-l, network: wan, address: 192.168.100.21/24, gateway: 192.168.100.1 } }
      kvm-l2: { vra: { memory: 1GiB, datastore: ds-l, network: wan, address: 192.168.100.22/24, gateway: 192.168.100.1 } }
    vms:
      web: { host: kvm-l1, disks: { data: { size: 16MiB, datastore: ds-l, image: images/web.img } } }
      db: { host: kvm-l2, disks: { data: { size: 16MiB, datastore: ds-l } } }
  Right:
    platform: kvm
    networks: { wan: { cidr: 192.168.200.0/24 } }
    zvm:
      license: true
      nics: { wan: { network: wan, address: 192.168.200.10/24, gateway: 192.168.200.1 } }
    datastores: { ds-r: { capacity: 40GiB, free: 40GiB } }
    hosts:
      kvm-r1: { vra: { memory: 1GiB, datastore: ds-r, network: wan, address: 192.168.200.21/24, gateway: 192.168.200.1 } }
      kvm-r2: { vra: { memory: 1GiB, datastore: ds-r, network: wan, address: 192.168.200.22/24, gateway: 192.168.200.1 } }
links:
  wire: { joins: [Left/wan, Right/wan], bandwidth: 10Gbit/s, latency: 1ms }
pairings: [[Left, Right]]
vpgs:
  shop:
    from: Left
    to: Right
    vms:
      web: { recoveryHost: kvm-r1, datastore: ds-r }
      db: { recoveryHost: kvm-r2, datastore: ds-r }
    journal: { history: 1h, hardLimit: 8GiB, datastore: ds-r }
`;

export function realTopology(...changes: readonly [string | RegExp, string][]): Topology {
  let changed = text;
  for (const [from, to] of changes) {
    const next = changed.replace(from, to);
    assert.notEqual(next, changed, `nothing to change at ${String(from)}`);
    changed = next;
  }
  const { problems, topology } = loadTopology(changed, 'real.dr.yaml');
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
