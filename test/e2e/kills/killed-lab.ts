/** A lab of two VMs on two hosts whose engine is killed, while fio writes to both through taps. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enginesOfThisMachine } from '../../../src/cli/engine/this-machine.ts';
import type { CheckpointSelector, VpgSnapshot } from '../../../src/engine/api.ts';
import type { ControlClient } from '../../../src/engine/control/control-client.ts';
import { twoHosts } from '../../engine/fixtures/two-hosts.ts';
import { attempt } from '../../programs.ts';
import { diskSize, LabFolder, type RunningEngine } from '../engine-process.ts';
import { NbdTap } from './nbd-tap.ts';
import { blockSize, WriteHistory, type Write } from './write-history.ts';

export const disks = ['web/data', 'db/data'] as const;
export const components = [
  'Left/zvm',
  'Right/zvm',
  'Left/kvm-l1/vra',
  'Left/kvm-l2/vra',
  'Right/kvm-r1/vra',
  'Right/kvm-r2/vra',
] as const;

const topology = twoHosts(
  [/40GiB/g, '400GiB'],
  ['images/web.img', 'disks/data.img'],
  ['history: 1h', 'history: 2h'],
);

export interface Checkpoint {
  readonly id: number;
  readonly time: number;
}

/** A disk or an image could not be read to its end. */
export class UnreadableError extends Error {}

export interface Load {
  /** Requests a second and disk. */
  readonly rate: number;
  readonly seed: number;
}

export class KilledLab {
  readonly history = new WriteHistory(disks, diskSize / blockSize);
  readonly #folder = new LabFolder();
  #engine: RunningEngine | undefined;
  #control: ControlClient | undefined;
  #taps: NbdTap<Write>[] = [];
  #writers: Writer[] = [];
  #copies = 0;

  constructor() {
    writeFileSync(this.#folder.topology, topology);
  }

  /** Starts an engine and kills it before it says that it is ready, or a little later. */
  async killWhileItStarts(after: number): Promise<void> {
    const engine = this.#folder.launch();
    await delay(after);
    assert.equal(engine.exit, undefined, `the engine has ended by itself: ${engine.told}`);
    await engine.kill('SIGKILL');
  }

  async start(): Promise<void> {
    this.#engine = await this.#folder.start();
    this.#control = await enginesOfThisMachine.connect(this.#folder.state);
  }

  /** Kills the engine, and all that goes with it. */
  async kill(): Promise<void> {
    const engine = this.#engine;
    assert(engine, 'no engine was started');
    await engine.kill('SIGKILL');
    assert.deepEqual(engine.exit, { code: null, signal: 'SIGKILL' }, engine.told);
    this.#control?.close();
    await this.stopLoad();
  }

  async remove(): Promise<void> {
    this.#control?.close();
    await this.stopLoad();
    await this.#folder.remove();
  }

  get log(): string {
    return readFileSync(join(this.#folder.state, 'engine.log'), 'utf8');
  }

  get state(): string {
    return this.#folder.state;
  }

  // --- The load --------------------------------------------------------------------------------

  startLoad({ rate, seed }: Load): void {
    const { disks: uris } = this.#running.ready;
    for (const [disk, name] of disks.entries()) {
      const upstream = new URL(uris[name] ?? '').searchParams.get('socket') ?? '';
      const path = join(this.#folder.path, `tap-${disk}.sock`);
      this.#taps.push(
        new NbdTap<Write>(path, upstream, {
          began: (offset, length, data) => this.history.begin(disk, offset, length, data),
          done: (write) => {
            this.history.acknowledge(write);
          },
        }),
      );
      this.#writers.push(new Writer(`nbd+unix:///${name}?socket=${path}`, rate, seed * 2 + disk));
    }
  }

  /** Ends the writers; one that ended while it could write is a failure. */
  async stopLoad(): Promise<void> {
    const [writers, taps] = [this.#writers, this.#taps];
    this.#writers = [];
    this.#taps = [];
    for (const writer of writers) await writer.end();
    for (const tap of taps) {
      await tap.close();
      if (tap.failure) throw tap.failure;
    }
  }

  checkLoad(): void {
    for (const writer of this.#writers) assert.equal(writer.ended, undefined, 'fio has ended');
  }

  // --- The engine ------------------------------------------------------------------------------

  get #running(): RunningEngine {
    assert(this.#engine, 'no engine was started');
    return this.#engine;
  }

  get #client(): ControlClient {
    assert(this.#control, 'no engine was started');
    return this.#control;
  }

  async vpg(): Promise<VpgSnapshot> {
    const [vpg] = (await this.#client.ask({ kind: 'snapshot' })).vpgs;
    assert(vpg);
    return vpg;
  }

  async power(component: string, verb: 'crash' | 'powerOff' | 'powerOn'): Promise<void> {
    await this.#client.ask({ kind: 'power', component, verb });
  }

  async cutLink(isCut: boolean): Promise<void> {
    await this.#client.ask({ kind: isCut ? 'cut-link' : 'heal-link', link: 'wire' });
  }

  /** What was down or cut when the engine was killed is so after its next start. */
  async repair(): Promise<void> {
    await this.cutLink(false);
    for (const component of components) await this.power(component, 'powerOn');
  }

  async offered(): Promise<readonly Checkpoint[]> {
    const { runs } = (await this.vpg()).checkpoints;
    return runs.flatMap(({ firstId, from, count, interval }) =>
      Array.from({ length: count }, (_, index) => ({
        id: firstId + index,
        time: from + index * interval,
      })),
    );
  }

  /** Holds the protected disks against what was written, and takes down what became of what a kill cut off. */
  async verifyProtected(): Promise<readonly Buffer[]> {
    const contents = await this.#protected();
    const now = Date.now();
    this.history.verify('the protected disks', contents, now);
    this.history.settle(contents, now);
    return contents;
  }

  /** On a machine that is very busy a program may take longer to say what it wants than the server waits for it. */
  async #protected(): Promise<readonly Buffer[]> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.#read(this.#running.ready.disks);
      } catch (error) {
        if (!(error instanceof UnreadableError) || attempts === 3) throw error;
      }
    }
  }

  /** Opens a checkpoint in a failover test and holds all that is in it against what was written. */
  async verifyCheckpoint({ id, time }: Checkpoint): Promise<readonly Buffer[]> {
    const contents = await this.#contentOf({ kind: 'id', id });
    this.history.verify(`checkpoint ${id}`, contents, time);
    return contents;
  }

  async #contentOf(checkpoint: CheckpointSelector): Promise<readonly Buffer[]> {
    const ask = { kind: 'failover-test', vpg: 'shop', checkpoint } as const;
    for (let attempts = 0; ; attempts++) {
      const reply = await this.#client.ask({ kind: 'request', request: ask });
      if (reply.result === 'success') {
        const contents = await this.#read(reply.images ?? {});
        await this.#stopTest();
        return contents;
      }
      // ZVMs and VRAs have just begun to find each other, or a test was cut off by the kill.
      assert(attempts < 200, `${JSON.stringify(checkpoint)} cannot be opened: ${reply.reason}`);
      if (reply.reason.includes('test')) await this.#stopTest();
      await delay(200);
    }
  }

  /** A test is stopped where it was started: at the protected site, where the other ZVM was down. */
  async #stopTest(): Promise<void> {
    const request = { kind: 'stop-test', vpg: 'shop' } as const;
    for (const site of ['Right', 'Left']) {
      const reply = await this.#client.ask({ kind: 'request', site, request });
      if (reply.result === 'success') return;
    }
  }

  /** By other people's program: what it reads is what a machine would. */
  async #read(uris: Readonly<Record<string, string>>): Promise<readonly Buffer[]> {
    const contents: Buffer[] = [];
    for (const name of disks) {
      const copy = join(this.#folder.path, `copy-${this.#copies++ % 4}.img`);
      const { status, stderr } = await attempt('nbdcopy', uris[name] ?? '', copy);
      if (status !== 0) throw new UnreadableError(`nbdcopy of ${name}: ${stderr}`);
      contents.push(readFileSync(copy));
    }
    return contents;
  }
}

/** fio, which writes at random places and trims now and then until it is ended. */
class Writer {
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  ended: number | undefined;

  constructor(uri: string, rate: number, seed: number) {
    const common = [
      ...['--ioengine=nbd', `--uri=${uri}`, `--size=${diskSize}`, '--time_based', '--runtime=1h'],
      // Each job in this process: one of its own would outlive it.
      ...['--blockalign=4k', '--norandommap', `--randseed=${seed}`, '--thread'],
    ];
    const writing = [
      ...['--name=write', ...common, '--rw=randwrite', '--bsrange=4k-16k', '--iodepth=8'],
      ...[`--rate_iops=${rate}`, '--refill_buffers', '--fsync=64'],
    ];
    const trimming = [
      ...['--name=trim', ...common, '--rw=randtrim', '--bsrange=4k-32k'],
      `--rate_iops=${Math.ceil(rate / 20)}`,
    ];
    this.#child = spawn('fio', [...writing, ...trimming, '--output=/dev/null'], {
      stdio: 'ignore',
    });
    this.#closed = new Promise((resolve) => {
      this.#child.once('error', () => {
        this.ended = -1;
        resolve();
      });
      this.#child.once('close', (status) => {
        this.ended = status ?? -1;
        resolve();
      });
    });
  }

  async end(): Promise<void> {
    if (this.ended === undefined) this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
