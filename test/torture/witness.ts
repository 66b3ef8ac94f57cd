/**
 * Sees what crosses the wires and what is written to disks, and holds it against what was promised. It
 * knows the protocol's messages, and nothing of what the processes think.
 */
import type { Payload } from '../../src/engine/world/payload.ts';
import type { Observer, SimulatedUniverse } from '../../src/engine/world/simulated.ts';
import type { Message } from '../../src/engine/world/world.ts';
import type {
  Acknowledgement,
  CheckpointCommand,
  CheckpointReply,
  ReceiverControl,
  VraReply,
  VraTask,
} from '../../src/engine/vra/messages.ts';
import { Lies } from './lies.ts';
import type { GuestWrite, PlacedWrite, ShadowVm } from './shadow.ts';

/** A promise that was broken. */
export class Broken extends Error {
  /** Which one: what a smaller scenario has to break as well. */
  readonly promise: string;

  constructor(promise: string, message: string) {
    super(`${promise}: ${message}`);
    this.name = 'Broken';
    this.promise = promise;
  }
}

/** One VM at one checkpoint. */
export interface Cut {
  /** Entries of the VM's shadow that the checkpoint holds. */
  readonly entries: number;
  readonly at: number;
  /** Of the VM's generation in which it was made. */
  readonly shadow: ShadowVm;
  readonly generation: number;
  /** It was made in a stretch that time leapt over. */
  readonly isLeapt: boolean;
}

/** What a guest is told of its disks. */
export interface WatchedGuest {
  /** Something was written on a host's disk, by the guest where it is known of which of its writes. */
  wrote(host: string, write: PlacedWrite, at: number, by: GuestWrite | undefined): void;
  diskAt(host: string, path: string): number | undefined;
  shadowOf(generation: number): ShadowVm | undefined;
  /** A VRA is told to run it on an image. */
  runsOn(image: string): void;
  /** A VRA makes the disks of a recovery the VM's. */
  promoting(generation: number, cut: Cut, image: string): void;
  /** A VRA stores what of the image becomes disks: from now on none of it may be lost. */
  sealed(): void;
  promoted(generation: number): void;
}

export interface WitnessOptions {
  readonly universe: SimulatedUniverse;
  /** By VM name. */
  readonly guests: ReadonlyMap<string, WatchedGuest>;
  /** Bytes of the send and of the receive buffer, by VRA. */
  readonly buffers: ReadonlyMap<string, { readonly send: number; readonly receive: number }>;
  /** Whether what was acknowledged may be gone, because a datastore lied about it. */
  readonly mayForget: () => boolean;
  /** Whether an ageing may have been taken back, because a datastore failed. */
  readonly mayRetreat: () => boolean;
  /** Is told everything that is seen. */
  readonly record?: ((line: string) => void) | undefined;
}

/** Beside its limit a buffer may hold one frame for each stream, or what cannot be refused. */
const bufferSlack = 1024 * 1024 + 64 * 1024;

export class Witness implements Observer {
  readonly #options: WitnessOptions;
  /** By `vpg checkpoint`, then by VM. A later marker of the same number counts. */
  readonly #cuts = new Map<string, Map<string, Cut>>();
  /** Streams that a VRA was told to mark, by `vpg checkpoint vra`. */
  readonly #marks = new Map<string, readonly string[]>();
  /** By stream. */
  readonly #acknowledged = new Map<string, { readonly epoch: number; readonly sequence: number }>();
  /** By `vra stream`, in one life of the VRA. */
  readonly #oldest = new Map<string, number>();
  /** Guests' writes that have not begun on their disk, by their payload. */
  readonly #submitted = new Map<Payload, { readonly vm: string; readonly write: GuestWrite }>();
  readonly #zeroed: { readonly key: string; readonly write: GuestWrite }[] = [];
  readonly lies = new Lies();
  /** Called when a process begins an I/O. */
  readonly ioHooks = new Map<string, () => void>();
  /** Streams by the tasks that make the disks of a VM of them. */
  readonly #promotions = new Map<string, string>();
  /** Streams that have become the disks of a VM. */
  readonly #fenced = new Set<string>();
  #order = 0;
  /** Markers that were placed in stretches that time leapt over. */
  leapt = 0;
  broken: Broken | undefined;

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  // --- Guests ----------------------------------------------------------------------------------

  submit(vm: string, payload: Payload): GuestWrite {
    const write = { submitted: this.#order++, completed: Infinity };
    this.#submitted.set(payload, { vm, write });
    return write;
  }

  submitZeroes(vm: string, disk: number, offset: number, length: number): GuestWrite {
    const write = { submitted: this.#order++, completed: Infinity };
    this.#zeroed.push({ key: `${vm} ${disk} ${offset} ${length}`, write });
    return write;
  }

  done(write: GuestWrite): void {
    write.completed = this.#order++;
  }

  /** What a VM's host had under way is gone with it. */
  forgetSubmitted(vm: string): void {
    for (const [payload, submitted] of this.#submitted) {
      if (submitted.vm === vm) this.#submitted.delete(payload);
    }
    for (let index = this.#zeroed.length - 1; index >= 0; index--) {
      if (this.#zeroed[index]?.key.startsWith(`${vm} `)) this.#zeroed.splice(index, 1);
    }
  }

  // --- Checkpoints -----------------------------------------------------------------------------

  /** By VM; undefined where no marker was ever placed. */
  cutsOf(vpg: string, checkpoint: number): ReadonlyMap<string, Cut> | undefined {
    return this.#cuts.get(`${vpg} ${checkpoint}`);
  }

  // --- Observer --------------------------------------------------------------------------------

  wrote(process: string, path: string, offset: number, parts: readonly Payload[]): void {
    this.ioHooks.get(process)?.();
    const { record, universe } = this.#options;
    record?.(`${universe.now} ${process} ${path} ${offset} ${sumsOf(parts)}`);
    const vm = vmOf(path);
    const guest = this.#options.guests.get(vm);
    this.lies.wrote(path, { offset, length: parts.reduce((sum, { length }) => sum + length, 0) });
    // The second copy: the first one is durable by then.
    if (path.endsWith('/merge-2')) guest?.sealed();
    if (!process.startsWith('host ')) return;
    const host = process.slice('host '.length);
    const disk = guest?.diskAt(host, path);
    if (!guest || disk === undefined) return;
    const { now } = universe;
    let at = offset;
    for (const payload of parts) {
      let write = this.#submitted.get(payload)?.write;
      if (write) this.#submitted.delete(payload);
      else {
        const key = `${vm} ${disk} ${at} ${payload.length}`;
        const index = this.#zeroed.findIndex((each) => each.key === key);
        if (index >= 0) write = this.#zeroed.splice(index, 1)[0]?.write;
      }
      guest.wrote(host, { disk, offset: at, payload }, now, write);
      at += payload.length;
    }
  }

  touched(process: string): void {
    this.ioHooks.get(process)?.();
  }

  sent(from: string, to: string | undefined, message: Message): void {
    const { record, universe } = this.#options;
    if (record) {
      const { payloads = [], ...rest } = message;
      record(`${universe.now} ${from} ${to} ${JSON.stringify(rest)} ${sumsOf(payloads)}`);
    }
    switch (message.kind) {
      case 'mark': {
        const { vpg, checkpoint, streams } = message as Extract<
          CheckpointCommand,
          { kind: 'mark' }
        >;
        this.#marks.set(`${vpg} ${checkpoint} ${to}`, streams);
        break;
      }
      case 'marked':
        this.#marked(from, message as Extract<CheckpointReply, { kind: 'marked' }>);
        break;
      case 'ack':
        this.#acked(from, message as Acknowledgement);
        break;
      case 'attached':
        this.#attached(from, message as Extract<ReceiverControl, { kind: 'attached' }>);
        break;
      case 'run-recovered': {
        const { vm, image } = message as Extract<VraTask, { kind: 'run-recovered' }>;
        this.#options.guests.get(vm)?.runsOn(image);
        break;
      }
      case 'promote':
        this.#promoting(message as Extract<VraTask, { kind: 'promote' }>);
        break;
      case 'task-done':
        this.#promoted((message as Extract<VraReply, { kind: 'task-done' }>).task);
        break;
      case 'report':
        this.#reported(from, message as Extract<VraReply, { kind: 'report' }>);
        break;
    }
  }

  /** The marker was placed in this very moment. */
  #marked(vra: string, { vpg, checkpoint }: Extract<CheckpointReply, { kind: 'marked' }>): void {
    const streams = this.#marks.get(`${vpg} ${checkpoint} ${vra}`) ?? [];
    this.#cut(vpg, checkpoint, streams, this.#options.universe.now, false);
  }

  leaptWrite(process: string, path: string, offset: number, payload: Payload, at: number): void {
    this.#options.record?.(`${at} ${process} ${path} ${offset} ${sumsOf([payload])}`);
    const vm = vmOf(path);
    const guest = this.#options.guests.get(vm);
    const host = process.slice('host '.length);
    const disk = guest?.diskAt(host, path);
    if (!guest || disk === undefined) {
      this.#fail('a leap is true', `${process} wrote to ${path}, which is no disk of a VM of its`);
      return;
    }
    guest.wrote(host, { disk, offset, payload }, at, undefined);
  }

  leaptMarker(vra: string, vpg: string, stream: string, checkpoint: number, at: number): void {
    this.#options.record?.(`${at} ${vra} ${stream} ${checkpoint}`);
    this.#cut(vpg, checkpoint, [stream], at, true);
    this.leapt += 1;
  }

  #cut(
    vpg: string,
    checkpoint: number,
    streams: readonly string[],
    at: number,
    isLeapt: boolean,
  ): void {
    const key = `${vpg} ${checkpoint}`;
    let cuts = this.#cuts.get(key);
    if (!cuts) this.#cuts.set(key, (cuts = new Map<string, Cut>()));
    for (const stream of streams) {
      const { vm, generation } = partsOf(stream);
      const shadow = this.#options.guests.get(vm)?.shadowOf(generation);
      if (!shadow) continue;
      const before = [...cuts.values()][0]?.generation ?? generation;
      // A side that has missed a commit goes on with numbers that its other side has given anew.
      if (before > generation) continue;
      if (before < generation) cuts.clear();
      cuts.set(vm, { entries: shadow.length, at, shadow, generation, isLeapt });
    }
  }

  // --- Commits ---------------------------------------------------------------------------------

  #promoting(promote: Extract<VraTask, { kind: 'promote' }>): void {
    const { task, vm, stream, image, checkpoint } = promote;
    const { vpg, generation } = partsOf(stream);
    const guest = this.#options.guests.get(vm);
    if (!guest || this.#promotions.has(task)) return;
    this.#promotions.set(task, stream);
    const cut = this.cutsOf(vpg, checkpoint)?.get(vm);
    if (cut?.generation === generation) guest.promoting(generation, cut, image);
    else {
      const what = `${vpg} is committed at ${checkpoint}, where ${vm} has no marker`;
      this.fail(new Broken('a checkpoint is a promise', what));
    }
  }

  #promoted(task: string): void {
    const stream = this.#promotions.get(task);
    if (stream === undefined) return;
    this.#fenced.add(stream);
    const { vm, generation } = partsOf(stream);
    this.#options.guests.get(vm)?.promoted(generation);
  }

  #acked(vra: string, { stream, epoch, sequence }: Acknowledgement): void {
    if (this.#fenced.has(stream)) {
      const what = `${vra} takes a frame of ${stream}, which has become the disks of its VM`;
      this.fail(new Broken('a VPG has one owner', what));
    }
    const known = this.#acknowledged.get(stream);
    if (known && (known.epoch > epoch || (known.epoch === epoch && known.sequence >= sequence))) {
      return;
    }
    this.#acknowledged.set(stream, { epoch, sequence });
  }

  /** Law 3: what was acknowledged is held. */
  #attached(vra: string, message: Extract<ReceiverControl, { kind: 'attached' }>): void {
    const { stream, epoch, lastSequence, replica } = message;
    const known = this.#acknowledged.get(stream);
    if (!known) return;
    const less = epoch < known.epoch || (epoch === known.epoch && lastSequence < known.sequence);
    if (!less) return;
    if (!this.#options.mayForget() && replica !== 'damaged') {
      this.#fail(
        'acknowledged means durable',
        `${vra} acknowledged ${stream} up to ${known.epoch}/${known.sequence}, ` +
          `and holds it up to ${epoch}/${lastSequence}`,
      );
    }
    this.#acknowledged.delete(stream);
  }

  #reported(vra: string, report: Extract<VraReply, { kind: 'report' }>): void {
    const limits = this.#options.buffers.get(vra.replace(/^vra /, ''));
    if (limits) {
      const { sendBuffer, receiveBuffer, recover } = report;
      if (sendBuffer > limits.send + bufferSlack) {
        this.#fail('buffers keep their limits', `${vra} sends from ${sendBuffer} bytes`);
      }
      if (receiveBuffer > limits.receive + bufferSlack * Math.max(1, recover.length)) {
        this.#fail('buffers keep their limits', `${vra} receives into ${receiveBuffer} bytes`);
      }
    }
    for (const { stream, oldest } of report.recover) {
      const key = `${vra} ${report.startedAt} ${stream}`;
      const before = this.#oldest.get(key);
      if (oldest === undefined) continue;
      if (before !== undefined && oldest.checkpoint < before && !this.#options.mayRetreat()) {
        this.#fail(
          'the watermark never goes back',
          `${vra} offers checkpoint ${oldest.checkpoint} of ${stream} after it gave up ` +
            `everything before ${before}`,
        );
      }
      this.#oldest.set(key, oldest.checkpoint);
    }
  }

  #fail(promise: string, message: string): void {
    this.fail(new Broken(promise, message));
  }

  /** Something was seen that must not be. */
  fail(broken: Broken): void {
    this.broken ??= broken;
  }
}

/** Whose a disk is, by its path. */
function vmOf(path: string): string {
  return /\/([^/]+)\/[^/]+$/.exec(path)?.[1] ?? '';
}

/** `vpg/vm`, with `@generation` behind it once it has been committed. */
function partsOf(stream: string): { vpg: string; vm: string; generation: number } {
  const [, vpg = '', vm = '', generation = '0'] =
    /^([^/]+)\/([^@]+)(?:@(\d+))?$/.exec(stream) ?? [];
  return { vpg, vm, generation: Number(generation) };
}

function sumsOf(payloads: readonly Payload[]): string {
  return payloads.map((payload) => `${payload.length}:${payload.checksum()}`).join(' ');
}
