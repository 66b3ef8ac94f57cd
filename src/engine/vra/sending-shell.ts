/** Binds the sending core to a World: its effects become calls, and what comes of them its inputs. */
import { sendBufferShare } from '../../topology/limits.ts';
import type { Attachment, ProtectedMachine } from '../disk/write-tap.ts';
import type { World } from '../world/world.ts';
import { createPacker, packedOf, packerAt } from './compression.ts';
import type { Packer } from './compression.ts';
import { Holds } from './holds.ts';
import type { CheckpointCommand, CheckpointReply, ProtectedStream } from './messages.ts';
import { PeerLinks } from './peer-links.ts';
import type { Framing } from './quiet-stream.ts';
import { SendBuffer } from './send-buffer.ts';
import { SenderCore } from './sender-core.ts';
import type { SenderEffect, SenderInput } from './sender-effects.ts';
import { settleTime } from './sender-effects.ts';

export interface SendingShellOptions {
  /** The VRA's. */
  readonly name: string;
  /** Bytes of its buffers. */
  readonly pool: number;
  readonly machines: ReadonlyMap<string, ProtectedMachine>;
  tellOfCheckpoint(reply: CheckpointReply): void;
  stateChanged(): void;
  /** The World may vouch for less than before. */
  readonly doubted: () => void;
}

export class SendingShell {
  readonly core: SenderCore;
  readonly links: PeerLinks;
  readonly buffer: SendBuffer;
  readonly packer: Packer;
  readonly holds: Holds;
  readonly #world: World;
  readonly #options: SendingShellOptions;

  constructor(world: World, options: SendingShellOptions) {
    this.#world = world;
    this.#options = options;
    this.buffer = new SendBuffer(Math.floor(options.pool * sendBufferShare));
    this.packer = createPacker(world.codec, world.cpu);
    this.core = new SenderCore({
      buffer: this.buffer,
      packer: this.packer,
      timeOfDay: () => world.clock.timeOfDay(),
      attach: (stream) => this.#attach(stream),
      forget: ({ vm, stream }) => options.machines.get(vm)?.forget(stream),
    });
    this.holds = new Holds(world.clock, (vpg, checkpoint) => {
      this.send({ kind: 'hold-over', vpg, checkpoint });
    });
    this.links = new PeerLinks(options.name, world.network, {
      connected: (peer) => {
        this.send({ kind: 'peer-connected', peer });
      },
      lost: (peer) => {
        this.send({ kind: 'peer-lost', peer });
      },
      control: (peer, message) => {
        this.send({ kind: 'control', peer, message });
      },
      acknowledged: (peer, message) => {
        this.send({ kind: 'ack', peer, message });
      },
      doubted: options.doubted,
    });
  }

  send(input: SenderInput): void {
    this.#act(this.core.handle(input, this.#world.clock.now()));
  }

  checkpoint(message: CheckpointCommand): void {
    if (message.kind === 'mark') this.send({ kind: 'mark', command: message });
    else if (message.kind === 'release') {
      this.holds.disarm(message.vpg);
      this.send({ kind: 'release', command: message });
    }
  }

  /** How a stream is cut into frames; undefined where anything of it is under way. */
  quiet(stream: string): Framing | undefined {
    const framing = this.core.quiet(stream);
    return framing && { ...framing, packer: packerAt(this.#world.codec, this.packer.level) };
  }

  #attach(settings: ProtectedStream): Attachment | string {
    const { stream, vm, disks } = settings;
    const machine = this.#options.machines.get(vm);
    if (!machine) return `${vm} does not run on the host of ${this.#options.name}`;
    const there = machine.disks.map(({ name, size }) => `${name} ${size}`).join(', ');
    const wanted = disks.map(({ name, size }) => `${name} ${size}`).join(', ');
    if (there !== wanted) return `${vm} has the disks ${there}, the VPG was made for ${wanted}`;
    const { clock } = this.#world;
    const { core } = this;
    return machine.attach(stream, {
      write: (disk, offset, payload) => {
        const sequence = core.write(stream, disk, offset, payload, clock.now());
        this.#act(core.takeEffects());
        return sequence;
      },
      zero: (disk, offset, length) => {
        const sequence = core.zero(stream, disk, offset, length, clock.now());
        this.#act(core.takeEffects());
        return sequence;
      },
      writeFailed: () => {
        core.writeFailed(stream, clock.now());
        this.#act(core.takeEffects());
      },
    });
  }

  #act(effects: readonly SenderEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'peers':
          this.links.configure(effect.peers);
          break;
        case 'control':
          this.links.control(effect.peer, effect.message);
          break;
        case 'frame':
          this.links.frame(effect.peer, effect.message);
          break;
        case 'read':
          this.#read(effect);
          break;
        case 'pack':
          this.#pack(effect);
          break;
        case 'arm-settle':
          this.#world.clock.after(settleTime, () => {
            this.send({ kind: 'settled' });
          });
          break;
        case 'arm-throttle': {
          const { peer, delay } = effect;
          this.#world.clock.after(delay, () => {
            this.send({ kind: 'throttle-over', peer });
          });
          break;
        }
        case 'arm-hold':
          this.holds.arm(effect.vpg, effect.checkpoint, effect.delay);
          break;
        case 'checkpoint':
          this.#options.tellOfCheckpoint(effect.reply);
          break;
        case 'state-changed':
          this.#options.stateChanged();
          break;
      }
    }
  }

  #read({ stream, driver, read }: Extract<SenderEffect, { kind: 'read' }>): void {
    driver.read(read.disk, read.offset, read.length, (error, payload) => {
      const failure = error && `the protected disk cannot be read: ${error.message}`;
      this.send({ kind: 'read-done', stream, read, payload, failure });
    });
  }

  #pack({ stream, toPack }: Extract<SenderEffect, { kind: 'pack' }>): void {
    const { frame, parts, level } = toPack;
    this.#world.codec.aside?.compress(parts, level, (compressed) => {
      this.send({ kind: 'packed', stream, frame, packed: packedOf(parts, compressed) });
    });
  }
}
