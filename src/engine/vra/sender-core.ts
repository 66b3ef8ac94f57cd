/**
 * The sending side of a VRA: a state machine over all streams that it protects.
 *
 * Inputs are the driver's writes, what peers and the ZVM say, finished reads and timers; effects are
 * what the shell has to do. The drivers' attachments are memory of the host and are used directly.
 */
import type { Attachment } from '../disk/write-tap.ts';
import type { StreamName } from '../journal/frame.ts';
import type { Payload } from '../world/payload.ts';
import type { Instant } from '../world/world.ts';
import type { MarkCommand } from './checkpoint-cuts.ts';
import { CheckpointCuts, longestHold } from './checkpoint-cuts.ts';
import type { Packer } from './compression.ts';
import type {
  Acknowledgement,
  ProtectedStream,
  ProtectedStreamReport,
  ReceiverControl,
} from './messages.ts';
import { longestEntryLength, maximumEntryLength, Outbox } from './outbox.ts';
import type { Framing, QuietTotals } from './quiet-stream.ts';
import type { SendBuffer } from './send-buffer.ts';
import { SendSchedule, WireLimit } from './send-schedule.ts';
import type { SenderEffect, SenderInput } from './sender-effects.ts';
import type { StreamSurroundings } from './sending-stream.ts';
import { SendingStream } from './sending-stream.ts';
import { Throttle } from './throttle.ts';

export interface SenderOptions {
  readonly buffer: SendBuffer;
  readonly packer: Packer;
  /** Milliseconds since midnight by the site's clock: what throttle windows go by. */
  timeOfDay(): number;
  /** Takes a stream's tap to the VM's driver; a string says why it cannot. */
  attach(stream: ProtectedStream): Attachment | string;
  /** The stream is no longer protected: the driver forgets it. */
  forget(stream: ProtectedStream): void;
}

interface Peer {
  readonly vra: string;
  address: string;
  connected: boolean;
  hearsItsZvm: boolean | undefined;
  readonly schedule: SendSchedule;
  readonly wire: WireLimit;
  readonly throttle: Throttle;
  /** A look at the throttle is due. */
  throttled: boolean;
}

export class SenderCore {
  readonly #options: SenderOptions;
  readonly #streams = new Map<StreamName, SendingStream>();
  readonly #peers = new Map<string, Peer>();
  readonly #cuts = new CheckpointCuts();
  readonly #around: StreamSurroundings;
  /** Streams whose entries wait to settle. */
  #settling: SendingStream[] = [];
  #settleArmed = false;
  #fresh = false;
  #effects: SenderEffect[] = [];
  #transmitted = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#around = {
      buffer: options.buffer,
      makeRoom: (bytes, stream, now) => this.#makeRoom(bytes, stream, now),
      read: (stream, read) => {
        const { driver, settings } = stream;
        if (driver) this.#effects.push({ kind: 'read', stream: settings.stream, driver, read });
      },
      compare: ({ settings, outbox }, request, parts) => {
        const { stream, peer } = settings;
        const message = { kind: 'compare', stream, epoch: outbox.epoch, request, parts } as const;
        this.#effects.push({ kind: 'control', peer: peer.vra, message });
      },
      stateChanged: () => this.#effects.push({ kind: 'state-changed' }),
    };
  }

  /** Compressed bytes put on the wire since the start. */
  get transmitted(): number {
    return this.#transmitted;
  }

  /** Whether a retry would find nothing to do. */
  get isSettled(): boolean {
    for (const stream of this.#streams.values()) if (!stream.isSettled) return false;
    return true;
  }

  handle(input: SenderInput, now: Instant): readonly SenderEffect[] {
    switch (input.kind) {
      case 'configure':
        if (input.fresh === true) this.#fresh = true;
        this.#configure(input.protect, now);
        break;
      case 'peer-connected':
        this.#connected(input.peer);
        break;
      case 'peer-lost':
        this.#lost(input.peer, now);
        break;
      case 'control':
        this.#control(input.peer, input.message, now);
        break;
      case 'ack':
        this.#acknowledged(input.peer, input.message, now);
        break;
      case 'read-done': {
        const stream = this.#streams.get(input.stream);
        stream?.copied(input.read, input.payload, input.failure, now);
        if (stream) this.#offer(stream, now);
        break;
      }
      case 'packed': {
        const stream = this.#streams.get(input.stream);
        if (stream?.outbox.packed(input.frame, input.packed)) this.#offer(stream, now);
        break;
      }
      case 'settled':
        this.#settled(now);
        break;
      case 'mark':
        this.#mark(input.command, now);
        break;
      case 'release':
        this.#effects.push({ kind: 'checkpoint', reply: this.#cuts.release(input.command) });
        break;
      case 'hold-over':
        this.#cuts.expire(input.vpg, input.checkpoint);
        break;
      case 'throttle-over':
        this.#throttleOver(input.peer, now);
        break;
      case 'force-sync':
        this.#forceSync(input, now);
        break;
      case 'retry':
        this.#retry(now);
        break;
    }
    return this.takeEffects();
  }

  /** What has to be done since the last call; {@link handle} answers it by itself. */
  takeEffects(): readonly SenderEffect[] {
    const effects = this.#effects;
    if (effects.length > 0) this.#effects = [];
    return effects;
  }

  /** A write of the VM, for its tap to answer; effects follow by {@link takeEffects}. */
  write(name: StreamName, disk: number, offset: number, payload: Payload, now: Instant): number {
    const stream = this.#streams.get(name);
    if (!stream) return 0;
    const wire = this.#peers.get(stream.settings.peer.vra)?.wire;
    stream.longestEntry = Math.min(longestEntryLength, wire?.frameLimit ?? maximumEntryLength);
    const sequence = stream.write(disk, offset, payload, now);
    if (sequence > 0) this.#offer(stream, now);
    return sequence;
  }

  zero(name: StreamName, disk: number, offset: number, length: number, now: Instant): number {
    const stream = this.#streams.get(name);
    if (!stream) return 0;
    const sequence = stream.zero(disk, offset, length, now);
    if (sequence > 0) this.#offer(stream, now);
    return sequence;
  }

  writeFailed(name: StreamName, now: Instant): void {
    const stream = this.#streams.get(name);
    if (!stream) return;
    stream.writeFailed(now);
    this.#offer(stream, now);
  }

  /** How a stream's frames are cut, as long as nothing changes; undefined while anything of it is under way. */
  quiet(name: StreamName): Omit<Framing, 'packer'> | undefined {
    const stream = this.#streams.get(name);
    const peer = stream && this.#peers.get(stream.settings.peer.vra);
    if (!peer?.connected || peer.throttle.windows.length > 0 || !stream?.isQuiet) return undefined;
    const { frameLimit } = peer.wire;
    return {
      stream: name,
      epoch: stream.outbox.epoch,
      nextSequence: stream.outbox.nextSequence,
      longestEntry: Math.min(longestEntryLength, frameLimit),
      frameLimit,
      compress: stream.settings.compression,
    };
  }

  /** A quiet stream has sent so much, and all of it is acknowledged. */
  leapt(name: StreamName, { entries, bytes, newest }: QuietTotals): void {
    this.#transmitted += bytes;
    this.#streams.get(name)?.leapt(entries, newest?.checkpoint);
  }

  report(now: Instant): readonly ProtectedStreamReport[] {
    return [...this.#streams.values()].map((stream) =>
      stream.report(now, this.#peers.get(stream.settings.peer.vra)?.hearsItsZvm),
    );
  }

  // --- Configuration -------------------------------------------------------------------------

  #configure(protect: readonly ProtectedStream[], now: Instant): void {
    const wanted = new Map(protect.map((settings) => [settings.stream, settings]));
    for (const [name, stream] of this.#streams) {
      if (wanted.has(name)) continue;
      this.#detach(stream);
      stream.outbox.clear();
      this.#cuts.forget(stream);
      this.#streams.delete(name);
      this.#options.forget(stream.settings);
    }
    this.#configurePeers(protect, now);
    this.#configureThrottles(protect, now);
    for (const settings of protect) {
      const known = this.#streams.get(settings.stream);
      if (known) this.#reconfigure(known, settings, now);
      else this.#add(settings);
    }
    const peers = [...this.#peers.values()].map(({ vra, address }) => ({ vra, address }));
    this.#effects.push({ kind: 'peers', peers });
    this.#effects.push({ kind: 'state-changed' });
  }

  #configurePeers(protect: readonly ProtectedStream[], now: Instant): void {
    const wanted = new Map(protect.map(({ peer }) => [peer.vra, peer.address]));
    for (const [vra, peer] of this.#peers) {
      const address = wanted.get(vra);
      if (address === peer.address) continue;
      this.#lost(vra, now);
      if (address === undefined) this.#peers.delete(vra);
      else peer.address = address;
    }
    for (const [vra, address] of wanted) {
      if (this.#peers.has(vra)) continue;
      this.#peers.set(vra, {
        vra,
        address,
        connected: false,
        hearsItsZvm: undefined,
        schedule: new SendSchedule(),
        wire: new WireLimit(),
        throttle: new Throttle(),
        throttled: false,
      });
    }
  }

  #configureThrottles(protect: readonly ProtectedStream[], now: Instant): void {
    for (const { peer } of protect) {
      const known = this.#peers.get(peer.vra);
      if (!known || known.throttle.windows === peer.throttle) continue;
      known.throttle.windows = peer.throttle ?? [];
      this.#pump(known, now);
    }
  }

  #add(settings: ProtectedStream): void {
    const outbox = new Outbox(settings.stream, this.#options.buffer, this.#options.packer);
    const stream = new SendingStream(settings, outbox, this.#around);
    stream.fresh = this.#fresh;
    this.#streams.set(settings.stream, stream);
    stream.bind(this.#options.attach(settings));
    this.#ask(stream);
  }

  #reconfigure(stream: SendingStream, settings: ProtectedStream, now: Instant): void {
    const before = stream.settings;
    if (before.peer.vra !== settings.peer.vra) this.#detach(stream);
    stream.settings = settings;
    if (!stream.driver) stream.bind(this.#options.attach(settings));
    if (settings.paused && !stream.tracking) stream.overflow(now);
    if (stream.attached === 'no') this.#ask(stream);
    stream.tryCopy(now);
    this.#offer(stream, now);
  }

  // --- Peers ---------------------------------------------------------------------------------

  #connected(vra: string): void {
    const peer = this.#peers.get(vra);
    if (!peer) return;
    peer.connected = true;
    for (const stream of this.#streams.values()) this.#ask(stream);
    this.#effects.push({ kind: 'state-changed' });
  }

  #lost(vra: string, now: Instant): void {
    const peer = this.#peers.get(vra);
    if (!peer?.connected) return;
    peer.connected = false;
    peer.hearsItsZvm = undefined;
    const stuck = peer.wire.lost(now);
    for (const stream of this.#streams.values()) {
      if (stream.settings.peer.vra !== vra) continue;
      if (stuck) stream.stuck = true;
      this.#detach(stream);
    }
    peer.schedule.clear();
    this.#effects.push({ kind: 'state-changed' });
  }

  #detach(stream: SendingStream): void {
    this.#recall(stream, () => {
      stream.lost();
    });
  }

  /** Does what may take frames back from the wire, and keeps the peer's account of it. */
  #recall(stream: SendingStream, act: () => void): void {
    const before = stream.outbox.inFlight;
    act();
    const peer = this.#peers.get(stream.settings.peer.vra);
    peer?.wire.recalled(before - stream.outbox.inFlight);
  }

  /** Asks the peer where the stream stands there. */
  #ask(stream: SendingStream): void {
    const { settings, outbox } = stream;
    const peer = this.#peers.get(settings.peer.vra);
    if (!peer?.connected || !stream.driver || stream.attached !== 'no') return;
    stream.attached = 'asking';
    const { epoch, nextSequence } = outbox;
    const message = { kind: 'attach', stream: settings.stream, epoch, nextSequence } as const;
    this.#effects.push({ kind: 'control', peer: peer.vra, message });
  }

  #control(vra: string, message: ReceiverControl, now: Instant): void {
    const peer = this.#peers.get(vra);
    if (!peer?.connected) return;
    if (message.kind === 'heartbeat') {
      if (peer.hearsItsZvm !== message.hearsItsZvm) {
        peer.hearsItsZvm = message.hearsItsZvm;
        this.#effects.push({ kind: 'state-changed' });
      }
      return;
    }
    const stream = this.#streams.get(message.stream);
    if (stream?.settings.peer.vra !== vra) return;
    switch (message.kind) {
      case 'attached':
        this.#recall(stream, () => {
          stream.attach(message, now);
        });
        this.#offer(stream, now);
        break;
      case 'compared':
        stream.compared(message, now);
        this.#offer(stream, now);
        break;
      case 'unknown-stream':
        // Its ZVM may not have told it yet: the next retry asks again.
        stream.attached = 'no';
        break;
      case 'suspend':
        this.#recall(stream, () => {
          stream.suspend();
        });
        this.#effects.push({ kind: 'state-changed' });
        break;
      case 'unsuspend':
        this.#recall(stream, () => {
          stream.lost();
        });
        this.#ask(stream);
        this.#effects.push({ kind: 'state-changed' });
        break;
    }
  }

  #acknowledged(vra: string, message: Acknowledgement, now: Instant): void {
    const peer = this.#peers.get(vra);
    const stream = this.#streams.get(message.stream);
    if (!peer || stream?.settings.peer.vra !== vra) return;
    if (message.epoch !== stream.outbox.epoch) return;
    const hadRoom = this.#options.buffer.fitsInHalf(0);
    const { newest, landed } = stream.acknowledge(message.sequence);
    if (!newest) return;
    if (newest.sentAt === undefined) peer.wire.recalled(landed);
    else peer.wire.landed(landed, newest.cost, newest.sentAt, now);
    stream.pumpCopy(now);
    this.#offer(stream, now);
    if (!hadRoom && this.#options.buffer.fitsInHalf(0)) this.#copyAll(now);
    this.#pump(peer, now);
  }

  // --- Sending -------------------------------------------------------------------------------

  /** Has the stream's frames sent, or its entries wait for company. */
  #offer(stream: SendingStream, now: Instant): void {
    if (stream.outbox.fillsFrame) stream.due = true;
    if (stream.isReady()) {
      const peer = this.#peers.get(stream.settings.peer.vra);
      if (!peer) return;
      peer.schedule.add(stream);
      this.#pump(peer, now);
    }
    if (stream.due || stream.settling || !stream.sendable || !stream.outbox.hasWaiting) return;
    stream.settling = true;
    this.#settling.push(stream);
    if (this.#settleArmed) return;
    this.#settleArmed = true;
    this.#effects.push({ kind: 'arm-settle' });
  }

  /** One timer serves all streams: some are sent a little before their time, none after it. */
  #settled(now: Instant): void {
    this.#settleArmed = false;
    const streams = this.#settling;
    this.#settling = [];
    for (const stream of streams) {
      stream.settling = false;
      stream.due = stream.outbox.hasWaiting;
      this.#offer(stream, now);
    }
  }

  #pump(peer: Peer, now: Instant): void {
    while (peer.connected && peer.wire.open && this.#passes(peer, now)) {
      const turn = peer.schedule.next();
      if (!turn) return;
      const { stream } = turn;
      if (!stream.isReady()) continue;
      if (!stream.outbox.hasFrame) this.#cut(stream, peer.wire.frameLimit);
      const frame = stream.outbox.send(now);
      if (!stream.outbox.hasWaiting) stream.due = false;
      if (frame?.message) {
        turn.sent(frame.cost);
        peer.wire.sent(frame.cost);
        peer.throttle.sent(frame.cost);
        this.#transmitted += frame.message.payloads[0]?.length ?? 0;
        this.#effects.push({ kind: 'frame', peer: peer.vra, message: frame.message });
      }
      if (stream.isReady()) peer.schedule.add(stream);
    }
  }

  #cut(stream: SendingStream, rawLimit: number): void {
    const { settings, outbox } = stream;
    const toPack = outbox.cut(settings.compression, rawLimit);
    if (toPack) this.#effects.push({ kind: 'pack', stream: settings.stream, toPack });
  }

  /** Whether the peer's throttle lets a frame through; where it does not, it is looked at again in time. */
  #passes(peer: Peer, now: Instant): boolean {
    if (peer.throttle.windows.length === 0) return true;
    const delay = peer.throttle.wait(this.#options.timeOfDay(), now);
    if (delay === 0) return true;
    if (!peer.throttled) this.#effects.push({ kind: 'arm-throttle', peer: peer.vra, delay });
    peer.throttled = true;
    return false;
  }

  #throttleOver(vra: string, now: Instant): void {
    const peer = this.#peers.get(vra);
    if (!peer) return;
    peer.throttled = false;
    this.#pump(peer, now);
  }

  /** There is room in the buffer again. */
  #copyAll(now: Instant): void {
    for (const stream of this.#streams.values()) {
      if (!stream.tracking && !stream.copying) continue;
      stream.tryCopy(now);
      stream.pumpCopy(now);
      this.#offer(stream, now);
    }
  }

  /**
   * Streams whose peer is away cannot use what they hold of the buffer soon, and would push others
   * into a synchronisation: they give theirs up first, the largest one foremost.
   */
  #makeRoom(bytes: number, asking: SendingStream, now: Instant): boolean {
    const { buffer } = this.#options;
    if (!asking.sendable) return false;
    while (!buffer.fits(bytes)) {
      let largest: SendingStream | undefined;
      for (const stream of this.#streams.values()) {
        if (stream.sendable || stream.outbox.droppable <= (largest?.outbox.droppable ?? 0))
          continue;
        largest = stream;
      }
      if (!largest) return false;
      largest.overflow(now);
    }
    return true;
  }

  #mark(command: MarkCommand, now: Instant): void {
    const { reply, marked } = this.#cuts.mark(command, (name) => this.#streams.get(name));
    this.#effects.push({ kind: 'checkpoint', reply });
    if (marked.length === 0) return;
    if (command.hold) {
      const { vpg, checkpoint } = command;
      this.#effects.push({ kind: 'arm-hold', vpg, checkpoint, delay: longestHold });
    }
    for (const stream of marked) this.#offer(stream, now);
  }

  #forceSync(
    { streams, answer }: Extract<SenderInput, { kind: 'force-sync' }>,
    now: Instant,
  ): void {
    const forced: StreamName[] = [];
    const unknown: StreamName[] = [];
    for (const name of streams) {
      const stream = this.#streams.get(name);
      if (!stream?.driver) {
        unknown.push(name);
        continue;
      }
      stream.forceSync(now);
      this.#offer(stream, now);
      forced.push(name);
    }
    answer(forced, unknown);
  }

  #retry(now: Instant): void {
    for (const stream of this.#streams.values()) {
      if (!stream.driver) stream.bind(this.#options.attach(stream.settings));
      this.#ask(stream);
    }
    this.#copyAll(now);
  }
}
