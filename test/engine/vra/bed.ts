/**
 * A test bed: a VRA in each of two sites, one protected VM on the left, and stand-ins for the ZVMs that
 * say what they are told to say and keep what they hear. All of it in a simulated universe.
 */
import assert from 'node:assert/strict';
import { openProtectedMachine } from '../../../src/engine/disk/protected-machine.ts';
import type { ProtectedMachine } from '../../../src/engine/disk/write-tap.ts';
import type {
  CheckpointCommand,
  CheckpointReply,
  ProtectedStream,
  RecoveryStream,
  VraCommand,
  VraReply,
} from '../../../src/engine/vra/messages.ts';
import type { Vra } from '../../../src/engine/vra/vra.ts';
import { startVra } from '../../../src/engine/vra/vra.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { SimulatedUniverse } from '../../../src/engine/world/simulated.ts';
import type { SimulatedProcess } from '../../../src/engine/world/simulated.ts';
import type { Connection, World } from '../../../src/engine/world/world.ts';
import { loadTopology } from '../../../src/topology/load.ts';
import type { Link, Site } from '../../../src/topology/model.ts';
import { endpointOfVra, endpointOfZvm } from '../../../src/topology/reachability.ts';

const site = (net: string, third: string): string => `
    platform: vsphere
    networks:
      wan: { cidr: ${net}.0/24 }
    zvm:
      license: true
      nics:
        wan: { network: wan, address: ${net}.10/24, gateway: ${net}.1 }
    datastores:
      ds: { capacity: 2TiB, free: 1TiB }
    hosts:
      ${third}:
        version: "6.7"
        vra: { memory: 3GiB, datastore: ds, network: wan, address: ${net}.21/24, gateway: ${net}.1 }
`;

const topologyText = `
version: 1
name: Two VRAs
sites:
  Left:${site('192.168.100', 'esx-l')}
  Right:${site('10.10.10', 'esx-r')}
links:
  mpls:
    joins: [Left/wan, Right/wan]
    bandwidth: 100Mbit/s
    latency: 12ms
    loss: 0
    mtu: 1500
`;

export const mib = 1024 * 1024;
export const leftName = 'Left/esx-l';
export const rightName = 'Right/esx-r';
const leftAddress = '192.168.100.21';
const rightAddress = '10.10.10.21';
export const stream = 'files/vm';

/** Memory with which a VRA has a pool of so many bytes. */
export function memoryForPool(pool: number): number {
  return 563 * mib + pool;
}

export interface BedOptions {
  readonly seed?: number;
  /** Bytes of the protected disk. */
  readonly diskSize?: number;
  readonly leftMemory?: number;
  readonly rightMemory?: number;
  readonly history?: number;
  /** False: nothing is configured yet. */
  readonly configured?: boolean;
  readonly freezeMessages?: boolean;
  /** Whether the protected host keeps an activity log. */
  readonly activityLog?: boolean;
  /** What the recovery volume holds already, before anything is configured. */
  readonly preseed?: Uint8Array;
}

/** Stands in for a ZVM: says what it is told to, keeps what it hears. */
export class ZvmDouble {
  readonly replies: VraReply[] = [];
  readonly cuts: CheckpointReply[] = [];
  /** A heartbeat each second, as a ZVM has. */
  beating = true;
  readonly #world: World;
  readonly #site: string;
  readonly #address: string;
  #control: Connection | undefined;
  #checkpoints: Connection | undefined;

  constructor(world: World, siteName: string, address: string) {
    this.#world = world;
    this.#site = siteName;
    this.#address = address;
    this.#beat();
  }

  #beat(): void {
    if (this.beating) {
      this.#connect();
      this.say({ kind: 'heartbeat' });
    }
    this.#world.clock.after(1000, () => {
      this.#beat();
    });
  }

  #connect(): void {
    const { network } = this.#world;
    const hello = { kind: 'hello', site: this.#site } as const;
    if (!this.#control) {
      this.#control = network.connect(this.#address, 4006, {
        received: (message) => this.replies.push(message as VraReply),
        closed: () => {
          this.#control = undefined;
          this.#checkpoints?.close();
          this.#checkpoints = undefined;
        },
      });
      this.#control.send(hello);
    }
    if (!this.#checkpoints) {
      this.#checkpoints = network.connect(this.#address, 4009, {
        received: (message) => this.cuts.push(message as CheckpointReply),
        closed: () => (this.#checkpoints = undefined),
      });
      this.#checkpoints.send(hello);
    }
  }

  say(command: VraCommand): void {
    this.#control?.send(command);
  }

  cut(command: CheckpointCommand): void {
    this.#checkpoints?.send(command);
  }

  get report(): Extract<VraReply, { kind: 'report' }> | undefined {
    return this.replies.findLast((reply) => reply.kind === 'report');
  }
}

export class Bed {
  readonly universe: SimulatedUniverse;
  readonly leftSite: Site;
  readonly rightSite: Site;
  readonly link: Link;
  readonly leftProcess: SimulatedProcess;
  readonly rightProcess: SimulatedProcess;
  readonly leftZvmProcess: SimulatedProcess;
  readonly rightZvmProcess: SimulatedProcess;
  readonly hostProcess: SimulatedProcess;
  leftZvm: ZvmDouble;
  rightZvm: ZvmDouble;
  machine!: ProtectedMachine;
  left!: Vra;
  right!: Vra;
  /** What the protected disk holds, with every write that has begun. */
  readonly shadow: Uint8Array;
  /** Called at the moment at which a hold begins, which is that of the marker. */
  onHold: () => void = () => {};
  readonly #options: BedOptions;
  readonly #diskSize: number;
  #writes = 0;

  constructor(options: BedOptions = {}) {
    this.#options = options;
    this.#diskSize = options.diskSize ?? mib;
    this.shadow = new Uint8Array(this.#diskSize);
    const { topology, problems } = loadTopology(topologyText, 'two-vras.dr.yaml');
    assert.deepEqual(problems, []);
    const { seed = 1, freezeMessages = true } = options;
    this.universe = new SimulatedUniverse(topology, { seed, freezeMessages });
    this.leftSite = named(topology.sites, 'Left');
    this.rightSite = named(topology.sites, 'Right');
    this.link = named(topology.links, 'mpls');
    this.leftProcess = this.#vraProcess(this.leftSite);
    this.rightProcess = this.#vraProcess(this.rightSite);
    this.leftZvmProcess = this.#zvmProcess(this.leftSite);
    this.rightZvmProcess = this.#zvmProcess(this.rightSite);
    this.leftZvm = new ZvmDouble(this.leftZvmProcess.world, 'Left', leftAddress);
    this.rightZvm = new ZvmDouble(this.rightZvmProcess.world, 'Right', rightAddress);
    this.hostProcess = this.universe.createProcess('host esx-l', { site: this.leftSite });
    this.openMachine();
    if (options.preseed) this.overwriteReplica(0, options.preseed);
    this.startLeft();
    this.startRight();
    if (options.configured ?? true) {
      this.until(() => this.leftZvm.replies.length > 0, 'the left VRA answers');
      this.until(() => this.rightZvm.replies.length > 0, 'the right VRA answers');
      this.configure();
      this.run(3000);
    }
  }

  openMachine(): void {
    const disks = [{ name: 'data', size: this.#diskSize, path: 'ds/vm/data' }];
    let opened: ProtectedMachine | undefined;
    const activityLog = this.#options.activityLog === true ? 'ds/vm/activity' : undefined;
    const options = { name: 'vm', disks, activityLog };
    openProtectedMachine(this.hostProcess.world, options, (error, machine) => {
      assert.equal(error, undefined);
      opened = machine;
    });
    this.universe.runWhile(() => opened === undefined, this.universe.now + 1000);
    assert(opened);
    this.machine = opened;
    this.#shadowWrites(opened);
  }

  /** A tap of the test's own sees each write at the moment at which it takes effect. */
  #shadowWrites(machine: ProtectedMachine): void {
    machine.attach('shadow', {
      write: (_disk, offset, payload) => {
        this.shadow.set(payload.bytes(), offset);
        return 0;
      },
      zero: (_disk, offset, length) => {
        this.shadow.fill(0, offset, offset + length);
        return 0;
      },
      writeFailed: () => {},
    });
  }

  #vraProcess(of: Site): SimulatedProcess {
    const [host] = [...of.hosts.values()];
    assert(host?.vra);
    const endpoint = endpointOfVra(host.vra);
    return this.universe.createProcess(`vra ${host.name}`, { site: of, endpoint });
  }

  #zvmProcess(of: Site): SimulatedProcess {
    assert(of.zvm);
    const endpoint = endpointOfZvm(of.zvm);
    return this.universe.createProcess(`zvm ${of.name}`, { site: of, endpoint });
  }

  startLeft(world: World = this.leftProcess.world): void {
    const machines = new Map([['vm', this.#observed(this.machine)]]);
    const memory = this.#options.leftMemory ?? memoryForPool(64 * mib);
    this.left = startVra(world, { name: leftName, memory, folder: 'ds/vra-l', machines });
  }

  /** Lets the test see when a hold begins. */
  #observed(machine: ProtectedMachine): ProtectedMachine {
    return {
      name: machine.name,
      disks: machine.disks,
      quiet: machine.quiet,
      attachedStreams: machine.attachedStreams,
      wrote: machine.wrote.bind(machine),
      write: machine.write.bind(machine),
      zero: machine.zero.bind(machine),
      read: machine.read.bind(machine),
      flush: machine.flush.bind(machine),
      writtenBytes: machine.writtenBytes.bind(machine),
      detachAll: machine.detachAll.bind(machine),
      forget: machine.forget.bind(machine),
      leave: machine.leave.bind(machine),
      attach: (name, tap) => {
        const attachment = machine.attach(name, tap);
        const hold = attachment.hold.bind(attachment);
        attachment.hold = () => {
          this.onHold();
          hold();
        };
        return attachment;
      },
    };
  }

  startRight(world: World = this.rightProcess.world): void {
    const memory = this.#options.rightMemory ?? memoryForPool(64 * mib);
    const machines = new Map<string, ProtectedMachine>();
    this.right = startVra(world, { name: rightName, memory, folder: 'ds/vra-r', machines });
  }

  killLeft(silent = false): void {
    this.leftProcess.kill({ silent });
    this.machine.detachAll();
    this.#shadowWrites(this.machine);
  }

  /** The left host loses its power and comes back, with its VRA: what was not on the disk is gone. */
  crashHost(): void {
    this.leftProcess.kill({ silent: true });
    this.hostProcess.kill({ silent: true });
    this.hostProcess.restart();
    this.openMachine();
    let content: Uint8Array | undefined;
    this.machine.read(0, 0, this.#diskSize, (error, payload) => {
      assert.equal(error, undefined);
      content = payload?.bytes();
    });
    this.universe.runWhile(() => content === undefined, this.universe.now + 1000);
    assert(content);
    this.shadow.set(content);
    this.startLeft(this.leftProcess.restart());
  }

  killRight(silent = false): void {
    this.rightProcess.kill({ silent });
  }

  protect(change: Partial<ProtectedStream> = {}): ProtectedStream {
    return {
      stream,
      vpg: 'files',
      vm: 'vm',
      disks: [{ name: 'data', size: this.#diskSize, preseed: this.#options.preseed !== undefined }],
      peer: { vra: rightName, address: rightAddress },
      compression: true,
      priority: 'medium',
      paused: false,
      ...change,
    };
  }

  recover(change: Partial<RecoveryStream> = {}): RecoveryStream {
    return {
      stream,
      vpg: 'files',
      vm: 'vm',
      disks: [{ name: 'data', size: this.#diskSize }],
      peer: { vra: leftName, address: leftAddress },
      history: this.#options.history ?? 3_600_000,
      replicaFolder: 'ds/replica/vm',
      journalFolder: 'ds/journal/vm',
      scratchFolder: 'ds/scratch/vm',
      ...change,
    };
  }

  configure(protect: Partial<ProtectedStream> = {}): void {
    this.rightZvm.say({ kind: 'configure', protect: [], recover: [this.recover()] });
    this.leftZvm.say({ kind: 'configure', protect: [this.protect(protect)], recover: [] });
  }

  run(milliseconds: number): void {
    this.universe.run(this.universe.now + milliseconds);
  }

  /** Runs until the condition holds; fails after `limit` milliseconds. */
  until(condition: () => boolean, what: string, limit = 60_000): void {
    const end = this.universe.now + limit;
    while (!condition()) {
      assert(this.universe.now < end, `in ${limit} ms: ${what}`);
      this.run(10);
    }
  }

  /** Changes the replica disk behind the back of its VRA. */
  overwriteReplica(offset: number, bytes: Uint8Array): void {
    let done = false;
    const { storage } = this.rightProcess.world;
    storage.open('ds/replica/vm/data.replica', { create: true }, (error, file) => {
      assert.equal(error, undefined);
      assert(file);
      file.write(offset, [bytesPayload(bytes)], () => {
        file.sync(() => (done = true));
      });
    });
    this.until(() => done, 'the replica is overwritten');
  }

  /** A guest write of fresh content. */
  write(offset: number, length: number, done: () => void = () => {}): void {
    this.machine.write(0, offset, this.content(length), (error) => {
      assert.equal(error, undefined);
      done();
    });
  }

  content(length: number): Payload {
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    const stamp = ++this.#writes;
    for (let at = 0; at + 4 <= length; at += 4) view.setUint32(at, stamp * 2_654_435_761 + at);
    return bytesPayload(bytes);
  }

  mark(checkpoint: number, hold = true): void {
    const time = this.universe.now;
    this.leftZvm.cut({
      kind: 'mark',
      vpg: 'files',
      checkpoint,
      time,
      streams: [stream],
      hold,
    });
  }

  release(checkpoint: number): void {
    this.leftZvm.cut({ kind: 'release', vpg: 'files', checkpoint });
  }

  get durable(): ReadonlySet<number> {
    const cuts = this.rightZvm.cuts.filter((reply) => reply.kind === 'durable');
    return new Set(cuts.map((reply) => reply.checkpoint));
  }

  /** Cuts a checkpoint and answers the disk's content at it. */
  checkpoint(checkpoint: number): Uint8Array {
    let content: Uint8Array | undefined;
    this.onHold = () => (content = this.shadow.slice());
    this.mark(checkpoint);
    this.until(() => this.durable.has(checkpoint), `checkpoint ${checkpoint} becomes durable`);
    this.release(checkpoint);
    this.run(50);
    this.onHold = () => {};
    assert(content);
    return content;
  }

  /** The disk's content in the image at a checkpoint, or why there is none. */
  imageAt(checkpoint: number): Uint8Array | string {
    const image = `test-${checkpoint}-${this.universe.now}/vm`;
    this.rightZvm.say({ kind: 'open-image', image, stream, checkpoint });
    const answers = (): VraReply | undefined =>
      this.rightZvm.replies.findLast((reply) => 'image' in reply && reply.image === image);
    this.until(() => answers() !== undefined, `an answer to ${image}`);
    const answer = answers();
    if (answer?.kind === 'image-refused') return answer.reason;
    const opened = this.right.image(image);
    assert(opened);
    let content: Uint8Array | undefined;
    opened.read(0, 0, this.#diskSize, (error, payload) => {
      assert.equal(error, undefined);
      content = payload?.bytes();
    });
    this.until(() => content !== undefined, 'the image is read');
    this.rightZvm.say({ kind: 'close-image', image });
    this.run(100);
    assert(content);
    return content;
  }
}

/** Fails with the first difference, which says more than two megabytes would. */
export function assertSame(actual: Uint8Array | string, expected: Uint8Array, what: string): void {
  if (typeof actual === 'string') assert.fail(`${what}: no image (${actual})`);
  assert.equal(actual.length, expected.length, what);
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  assert.fail(`${what}: differs from byte ${at} on`);
}

function named<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  assert(value, `the test topology has ${name}`);
  return value;
}
