/**
 * The process that the crash test kills. It resumes the lab in a folder, holds what it finds against the log of
 * what was written, and writes on until it is killed; with `--last` it looks at everything once and ends.
 *
 * It says what it does on stdout, a line of JSON each; what is wrong ends it with status 1.
 */
import { join } from 'node:path';
import { startRealLab } from '../../../../src/engine/real-lab.ts';
import type { RealLab } from '../../../../src/engine/real-lab.ts';
import type { Random, WorldError } from '../../../../src/engine/world/world.ts';
import type { Component } from '../../../../src/topology/model.ts';
import type { ExportedDisk } from '../../../../src/engine/nbd/exported-disk.ts';
import { bytesPayload } from '../../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../../src/engine/world/random.ts';
import { diskSize, mib, nextCheckpoint, read, realTopology, shop } from '../real-labs.ts';
import { LoadLog } from './load-log.ts';
import { batchOf, blockSize, contentOf, disks, numberIn, verify } from './workload.ts';
import type { BlockRequest } from './workload.ts';

/** Milliseconds between two batches: the load is to be cut anywhere, not to be heavy. */
const pause = 10;
/** Checkpoints that are looked at after a crash, besides the oldest and the newest ones. */
const sampled = 2;
/** Milliseconds between two harms, and that one lasts. */
const meanTimeToHarm = 8000;
const longestHarm = 1000;

const [folder = '', mode] = process.argv.slice(2);
const topology = realTopology();

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function called(ask: (done: (error: WorldError | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    ask((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function diskOf(lab: RealLab, index: number): ExportedDisk {
  const found = lab.disks().get(disks[index] ?? '');
  if (!found) throw new Error(`there is no disk ${index}`);
  return found;
}

async function whole(disk: ExportedDisk): Promise<Buffer> {
  const content = Buffer.alloc(diskSize);
  for (let at = 0; at < diskSize; at += mib) content.set(await read(disk, at, mib), at);
  return content;
}

/** Finds which requests of a batch that a crash has cut off are on the protected disk. */
async function resolveHalf(lab: RealLab, log: LoadLog): Promise<void> {
  for (let batch = log.known + 1; batch <= log.last; batch++) {
    const done: boolean[] = [];
    for (const request of batchOf(batch)) {
      const { disk, block, count, zero } = request;
      const held = Buffer.from(await read(diskOf(lab, disk), block * blockSize, count * blockSize));
      const numbers = Array.from({ length: count }, (_, at) =>
        numberIn(held.subarray(at * blockSize)),
      );
      const there = numbers.filter((number) => number === (zero ? 0 : batch)).length;
      // A request of two blocks is one write to the system, which a kill does not cut in two.
      if (there > 0 && there < count && !zero)
        throw new Error(`batch ${batch} is torn: ${numbers.join()}`);
      done.push(there === count);
    }
    log.write({ kind: 'half', batch, done });
  }
}

async function verifyProtected(lab: RealLab, log: LoadLog): Promise<void> {
  const contents = await Promise.all(disks.map((_, index) => whole(diskOf(lab, index))));
  verify('the protected disks', contents, log.known, log.last, log.halfDone);
}

interface Offered {
  readonly id: number;
  readonly time: number;
}

function offered(lab: RealLab): readonly Offered[] {
  return shop(lab).checkpoints.runs.flatMap(({ firstId, from, count, interval }) =>
    Array.from({ length: count }, (_, index) => ({
      id: firstId + index,
      time: from + index * interval,
    })),
  );
}

/** Opens a checkpoint in a failover test and compares all that is in it. */
async function verifyCheckpoint(lab: RealLab, log: LoadLog, { id, time }: Offered): Promise<void> {
  const checkpoint = { kind: 'id', id } as const;
  for (let attempt = 0; ; attempt++) {
    const reply = await lab.request(undefined, { kind: 'failover-test', vpg: 'shop', checkpoint });
    if (reply.result === 'success') {
      const images = new Map(lab.images().map((image) => [image.id, image]));
      const contents = await Promise.all(
        disks.map((name) => {
          const image = images.get(reply.images?.[name] ?? '')?.disks.get('data');
          if (!image) throw new Error(`no image of ${name}`);
          return whole(image);
        }),
      );
      verify(`checkpoint ${id}`, contents, log.acknowledgedBefore(time), log.last, log.halfDone);
      const stopped = await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' });
      if (stopped.result !== 'success') throw new Error(`stop-test: ${stopped.reason}`);
      return;
    }
    // The ZVMs and VRAs have just begun to find each other, or a test was cut off by the crash.
    if (attempt > 100)
      throw new Error(`checkpoint ${id} is offered and cannot be opened: ${reply.reason}`);
    if (reply.reason.includes('test'))
      await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' });
    await delay(200);
  }
}

async function put(lab: RealLab, batch: number, request: BlockRequest): Promise<void> {
  const { disk, block, count, zero } = request;
  const target = diskOf(lab, disk);
  const offset = block * blockSize;
  const length = count * blockSize;
  await called((done) => {
    if (zero) target.zero(offset, length, { fua: false, mayTrim: true }, done);
    else {
      const contents = Array.from({ length: count }, (_, at) => contentOf(batch, block + at));
      target.write(offset, bytesPayload(Buffer.concat(contents)), batch % 16 === 0, done);
    }
  });
}

async function writeOn(lab: RealLab, log: LoadLog): Promise<never> {
  for (let batch = log.last + 1; ; batch++) {
    log.write({ kind: 'begun', batch, at: Date.now() });
    await Promise.all(batchOf(batch).map((request) => put(lab, batch, request)));
    log.write({ kind: 'done', batch, at: Date.now() });
    if (batch % 8 === 0) {
      await called((done) => {
        diskOf(lab, batch % 2 === 0 ? 0 : 1).flush(done);
      });
    }
    await delay(pause);
  }
}

/** Says when a checkpoint has been made in this life. */
function sayOfCheckpoint(lab: RealLab): void {
  const from = lab.now;
  const end = lab.onChange(() => {
    if ((shop(lab).checkpoints.newest ?? 0) < from) return;
    end();
    say({ kind: 'checkpointed' });
  });
}

/** What was down or cut when the engine was killed is so after its next start. */
function repair(lab: RealLab): void {
  for (const link of topology.links.values()) lab.healLink(link);
  for (const site of topology.sites.values()) {
    lab.power({ kind: 'zvm', site }, 'powerOn');
    for (const host of site.hosts.values()) lab.power({ kind: 'vra', site, host }, 'powerOn');
  }
}

/** Now and then a VRA or a ZVM loses its power for a moment, or the link is cut. */
async function doHarm(lab: RealLab, random: Random): Promise<never> {
  const components = [...topology.sites.values()].flatMap((site): Component[] => [
    { kind: 'zvm', site },
    ...[...site.hosts.values()].map((host): Component => ({ kind: 'vra', site, host })),
  ]);
  const [link] = [...topology.links.values()];
  if (!link) throw new Error('there is no link');
  for (;;) {
    await delay(random.integer(2 * meanTimeToHarm));
    const component = components[random.integer(components.length + 1)];
    if (component) lab.power(component, 'powerOff');
    else lab.cutLink(link);
    await delay(random.integer(longestHarm));
    if (component) lab.power(component, 'powerOn');
    else lab.healLink(link);
  }
}

async function live(): Promise<void> {
  const log = new LoadLog(join(folder, 'load.log'));
  const lab = await startRealLab(topology, {
    stateFolder: join(folder, '.tidemark'),
    topologyFolder: folder,
    datastoreFloor: 0,
  });
  lab.onProblem((problem) => {
    throw new Error(`${problem.subject}: ${problem.message}`);
  });
  say({ kind: 'up' });
  sayOfCheckpoint(lab);
  repair(lab);
  await resolveHalf(lab, log);
  await verifyProtected(lab, log);
  // At the end the sync that follows a crash is awaited too, and a checkpoint after it.
  if (mode === '--last') await nextCheckpoint(lab);
  const random = createRandom(log.last);
  const all = offered(lab);
  const some = [...all.slice(0, 1), ...all.slice(-2)];
  for (let count = 0; count < sampled && all.length > 3; count++) {
    const one = all[random.integer(all.length)];
    if (one) some.push(one);
  }
  // Half of the time the load begins first, so that syncs and tests run under it.
  const early = mode !== '--last' && random.integer(2) === 0 ? writeOn(lab, log) : undefined;
  early?.catch(failed);
  const looked = mode === '--last' ? all : [...new Set(some)];
  say({ kind: 'verifying', checkpoints: looked.length, offered: all.length });
  for (const checkpoint of looked) await verifyCheckpoint(lab, log, checkpoint);
  if (mode !== '--last' && random.integer(2) === 0) doHarm(lab, random).catch(failed);
  say({ kind: 'verified', checkpoints: looked.length, offered: all.length, batches: log.last });
  if (mode === '--last') {
    await lab.stop();
    return;
  }
  await (early ?? writeOn(lab, log));
}

function failed(error: unknown): void {
  say({
    kind: 'failed',
    why: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  process.exit(1);
}

live().catch(failed);
