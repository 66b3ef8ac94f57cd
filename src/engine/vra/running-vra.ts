/**
 * Binds the sender and receiver cores to a World: their effects become calls, and what the World calls
 * back with becomes their inputs. One timer beats for the whole VRA, however many streams it has.
 */
import { receiveBufferShare, sendBufferShare, vraBufferPool } from '../../topology/limits.ts';
import type { Attachment } from '../disk/write-tap.ts';
import type { Image, Journal } from '../journal/journal.ts';
import { Pulse } from '../world/pulse.ts';
import type { Instant, Timer, World } from '../world/world.ts';
import { compareWithJournal } from './compare-with-journal.ts';
import { createPacker, packedOf, packerAt } from './compression.ts';
import type { Packer } from './compression.ts';
import type { Copy } from './copies.ts';
import { Fences } from './fences.ts';
import { Images } from './images.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { JournalWaits } from './journal-waits.ts';
import type { CheckpointId } from '../journal/frame.ts';
import type {
  CheckpointCommand,
  ImageId,
  ProtectedStream,
  VraCommand,
  VraReply,
} from './messages.ts';
import { PeerDoors } from './peer-doors.ts';
import type { QuietVra } from './quiet-vra.ts';
import { PeerLinks } from './peer-links.ts';
import type { ReceivingStream } from './receiving-stream.ts';
import type { ReceiverInput } from './receiver-effects.ts';
import { ReceiverCore } from './receiver-core.ts';
import { Tasks } from './tasks.ts';
import { SendBuffer } from './send-buffer.ts';
import type { SenderEffect, SenderInput } from './sender-effects.ts';
import { SenderCore } from './sender-core.ts';
import { settleTime } from './sender-effects.ts';
import type { VraConfiguration } from './stored-configuration.ts';
import { StoredConfiguration } from './stored-configuration.ts';
import { heartbeatInterval, lonelyBeats, reportBeats, restBeats, retryBeats } from './timing.ts';
import { ZvmDoors } from './zvm-doors.ts';

import type { Vra, VraLoad, VraOptions } from './vra-options.ts';

/** Milliseconds for which changes gather before they are reported. */
const reportDelay = 10;

export class RunningVra implements Vra {
  readonly name: string;
  readonly #world: World;
  readonly #options: VraOptions;
  readonly #startedAt: Instant;
  readonly #buffer: SendBuffer;
  readonly #packer: Packer;
  readonly #sender: SenderCore;
  readonly #receiver: ReceiverCore;
  readonly #stored: StoredConfiguration;
  readonly #journals: JournalKeeper;
  readonly #journalWaits = new JournalWaits();
  readonly #images: Images;
  readonly #fences: Fences;
  readonly #tasks: Tasks;
  #configuration: VraConfiguration | undefined;
  /** Waiting for the journal of a stream to be closed. */
  readonly #closing = new Map<string, () => void>();
  readonly #links: PeerLinks;
  readonly #doors: PeerDoors;
  readonly #zvms: ZvmDoors;
  /** By VPG: the checkpoint, and when its hold ends by itself. The first to end comes first. */
  readonly #holds = new Map<
    string,
    { readonly checkpoint: CheckpointId; readonly until: Instant }
  >();
  #holdTimer: Timer | undefined;
  /** The site whose ZVM configured this VRA last. */
  #site: string | undefined;
  /** Why the configuration could not be read or stored. */
  #failure: string | undefined;
  /** It started without a stored configuration: it was just deployed, or its disk was lost. */
  #fresh = false;
  readonly #pulse: Pulse;
  #beats = 0;
  /** Those at which its ZVM was there. */
  #attendedBeats = 0;
  #reportDue = false;
  /** The next report tells of everything that the journals hold. */
  #reportWhole = false;

  constructor(world: World, options: VraOptions) {
    this.name = options.name;
    this.#world = world;
    this.#options = options;
    this.#startedAt = world.clock.now();
    this.#pulse = new Pulse(world.clock, heartbeatInterval, (count) => this.#beat(count));
    const doubted = (): void => {
      this.#wake();
    };
    const pool = vraBufferPool(options.memory);
    this.#buffer = new SendBuffer(Math.floor(pool * sendBufferShare));
    this.#packer = createPacker(world.codec, world.cpu);
    this.#sender = new SenderCore({
      buffer: this.#buffer,
      packer: this.#packer,
      timeOfDay: () => world.clock.timeOfDay(),
      attach: (stream) => this.#attach(stream),
      forget: ({ vm, stream }) => options.machines.get(vm)?.forget(stream),
    });
    this.#receiver = new ReceiverCore({
      buffer: Math.floor(pool * receiveBufferShare),
      space: (path) => world.storage.space(path),
    });
    this.#images = new Images(world.clock);
    this.#stored = new StoredConfiguration(world, options.folder);
    this.#fences = new Fences((done) => {
      this.#saveFences(done);
    });
    this.#tasks = new Tasks({
      world,
      hypervisor: options.hypervisor,
      images: this.#images,
      fences: this.#fences,
      journalOf: (stream) => this.#receiver.journalOf(stream),
      settingsOf: (stream) => this.#receiver.settingsOf(stream),
      fence: (stream) => {
        this.#receive({ kind: 'fence', stream });
      },
      drop: (stream, closed) => {
        this.#drop(stream, closed);
      },
    });
    this.#journals = new JournalKeeper(world, {
      opened: (stream, journal) => {
        this.#receive({ kind: 'journal-opened', stream, journal });
        this.#journalWaits.settled(stream.settings.stream);
      },
      failed: (stream, failure) => {
        this.#receive({ kind: 'journal-failed', stream, failure });
        this.#journalWaits.settled(stream.settings.stream);
      },
    });
    this.#links = new PeerLinks(options.name, world.network, {
      connected: (peer) => {
        this.#send({ kind: 'peer-connected', peer });
      },
      lost: (peer) => {
        this.#send({ kind: 'peer-lost', peer });
      },
      control: (peer, message) => {
        this.#send({ kind: 'control', peer, message });
      },
      acknowledged: (peer, message) => {
        this.#send({ kind: 'ack', peer, message });
      },
      doubted,
    });
    this.#doors = new PeerDoors(world.network, {
      connected: (peer) => {
        this.#receive({ kind: 'peer-connected', peer });
      },
      lost: (peer) => {
        this.#receive({ kind: 'peer-lost', peer });
      },
      control: (peer, message) => {
        this.#receive({ kind: 'control', peer, message });
      },
      frame: (peer, message) => {
        this.#receive({ kind: 'frame', peer, message });
      },
      doubted,
    });
    this.#zvms = new ZvmDoors(world.network, {
      arrived: () => {
        this.#reportWhole = true;
        this.#reportSoon();
      },
      left: () => {
        this.#reportSoon();
      },
      command: (site, message, reply) => {
        this.#command(site, message, reply);
      },
      checkpoint: (message) => {
        this.#checkpoint(message);
      },
      doubted,
    });
  }

  start(): void {
    this.#stored.load((error, configuration) => {
      if (error) this.#failure = `the stored configuration cannot be read: ${error.message}`;
      this.#fresh = configuration === undefined;
      if (configuration) {
        this.#fences.restore(configuration.fenced ?? [], configuration.promoted ?? []);
        this.#apply(configuration);
      }
      this.#doors.open();
      this.#zvms.open();
      this.#pulse.start();
    });
  }

  load(): VraLoad {
    return {
      sendBuffer: this.#buffer.used,
      receiveBuffer: this.#receiver.used,
      transmitted: this.#sender.transmitted,
      received: this.#receiver.received,
      written: this.#receiver.written,
      compression: this.#packer.level,
    };
  }

  image(image: ImageId): Image | undefined {
    return this.#images.get(image);
  }

  images(): ReadonlyMap<ImageId, Image> {
    return this.#images.all;
  }

  mount(image: ImageId): Image | undefined {
    return this.#images.mounts.get(image);
  }

  takeMount(image: ImageId): Image | undefined {
    return this.#images.mounts.take(image);
  }

  closeMount(image: ImageId): void {
    this.#images.mounts.close(image, () => undefined);
  }

  copy(task: string): Copy | undefined {
    return this.#images.copy(task);
  }

  takeCopy(task: string): Copy | undefined {
    return this.#images.takeCopy(task);
  }

  quiet(): QuietVra | undefined {
    const isAtWork =
      !this.#tasks.idle || !this.#images.idle || this.#closing.size > 0 || this.#holds.size > 0;
    const isUnsettled = this.#reportDue || this.#failure !== undefined || !this.#isCalm;
    if (isAtWork || isUnsettled || this.#rests || !this.#hearsItsZvm) return undefined;
    const level = this.#packer.level;
    const packer = packerAt(this.#world.codec, level);
    return {
      now: () => this.#world.clock.now(),
      sending: (stream) => {
        const framing = this.#sender.quiet(stream);
        return framing && { ...framing, packer };
      },
      receiving: (stream) => this.#receiver.quiet(stream),
      sent: (stream, totals) => {
        this.#sender.leapt(stream, totals);
      },
      received: ({ bytes }) => {
        this.#receiver.leapt(bytes);
      },
    };
  }

  get #hearsItsZvm(): boolean {
    return this.#site !== undefined && this.#zvms.hears(this.#site);
  }

  // --- Time ----------------------------------------------------------------------------------

  /** Answers in how many beats the next thing is due. */
  #beat(count: number): number {
    this.#pass(count);
    this.#zvms.beat();
    const hearsItsZvm = this.#hearsItsZvm;
    this.#links.beat(hearsItsZvm);
    this.#doors.beat(hearsItsZvm);
    if (this.#beats % retryBeats === 0) this.#send({ kind: 'retry' });
    if (this.#beats % reportBeats === 0) {
      this.#receive({ kind: 'age', rests: this.#rests });
      this.#report();
    }
    return this.#isCalm ? reportBeats - (this.#beats % reportBeats) : 1;
  }

  /** Whether its journals give nothing up yet. */
  get #rests(): boolean {
    return this.#attendedBeats <= restBeats && this.#beats <= lonelyBeats;
  }

  #pass(beats: number): void {
    this.#beats += beats;
    if (this.#hearsItsZvm) this.#attendedBeats += beats;
  }

  /** Whether there is nobody to tell that it is there or to miss, and nothing to try again. */
  get #isCalm(): boolean {
    return (
      this.#zvms.vouched && this.#links.vouched && this.#doors.vouched && this.#sender.isSettled
    );
  }

  #wake(): void {
    const passed = this.#pulse.wake();
    if (passed === 0) return;
    this.#pass(passed);
    this.#zvms.pass(passed);
    this.#links.pass(passed);
    this.#doors.pass(passed);
  }

  #reportSoon(): void {
    this.#wake();
    if (this.#reportDue || !this.#zvms.attended) return;
    this.#reportDue = true;
    this.#world.clock.after(reportDelay, () => {
      this.#reportDue = false;
      this.#report();
    });
  }

  #report(): void {
    if (!this.#zvms.attended) return;
    const report: VraReply = {
      kind: 'report',
      startedAt: this.#startedAt,
      protect: this.#sender.report(this.#world.clock.now()),
      recover: this.#receiver.report(this.#reportWhole).map((each) => {
        const scratch = this.#images.scratchOf(each.stream);
        return scratch ? { ...each, scratch } : each;
      }),
      datastores: this.#receiver.datastores(),
      ...this.load(),
      ...(this.#images.all.size > 0 && { images: [...this.#images.all.keys()] }),
      ...(this.#failure !== undefined && { failures: [this.#failure] }),
    };
    this.#reportWhole = false;
    this.#zvms.tell(report);
  }

  // --- ZVMs ----------------------------------------------------------------------------------

  #command(site: string, message: VraCommand, reply: (reply: VraReply) => void): void {
    switch (message.kind) {
      case 'configure': {
        const { protect, recover } = message;
        this.#configure({ site, protect, recover });
        break;
      }
      case 'report-now':
        this.#reportWhole = true;
        this.#reportSoon();
        break;
      case 'open-image': {
        const { image, stream } = message;
        const open = (): void => {
          if (message.mount === true && this.#fences.fenced.has(stream)) {
            reply({ kind: 'image-refused', image, reason: 'stream-unknown' });
            return;
          }
          const journal = this.#receiver.journalOf(stream);
          this.#images.open(message, journal, this.#receiver.settingsOf(stream), reply);
        };
        if (this.#receiver.isOpening(stream)) this.#journalWaits.add(image, stream, open);
        else open();
        break;
      }
      case 'close-image':
        this.#journalWaits.drop(message.image);
        this.#images.close(message.image, reply);
        break;
      case 'catalogued': {
        const { vpg, checkpoint } = message;
        this.#receive({ kind: 'catalogued', vpg, checkpoint });
        break;
      }
      case 'force-sync': {
        const answer = (streams: readonly string[], unknown: readonly string[]): void => {
          reply({ kind: 'sync-forced', streams, unknown });
        };
        this.#send({ kind: 'force-sync', streams: message.streams, answer });
        break;
      }
      case 'power':
      case 'run-recovered':
      case 'discard-recovered':
      case 'check-promotion':
      case 'promote':
      case 'copy':
        this.#tasks.do(message, reply);
        break;
      case 'hello':
      case 'heartbeat':
        break;
    }
  }

  /** Acts on it at once, and stores it: a restart before that is the same as a message lost. */
  #configure(configuration: VraConfiguration): void {
    this.#save(configuration, () => undefined);
    this.#apply(configuration);
  }

  #save(
    { site, protect, recover }: VraConfiguration,
    done: (problem: string | undefined) => void,
  ): void {
    const { fenced, promotedStreams: promoted } = this.#fences;
    const stored: VraConfiguration = {
      site,
      protect,
      recover,
      ...(fenced.size > 0 && { fenced: [...fenced] }),
      ...(promoted.size > 0 && { promoted: [...promoted] }),
    };
    this.#stored.save(stored, (error) => {
      this.#failure = error && `the configuration cannot be stored: ${error.message}`;
      this.#reportSoon();
      done(this.#failure);
    });
  }

  #saveFences(done: (problem: string | undefined) => void): void {
    if (this.#configuration) this.#save(this.#configuration, done);
    else done('the VRA has no configuration');
  }

  #apply(configuration: VraConfiguration): void {
    const { site, protect } = configuration;
    this.#configuration = configuration;
    this.#site = site;
    const fresh = this.#fresh;
    const recover = configuration.recover.filter(({ stream }) => !this.#fences.isPromoted(stream));
    // What becomes a replica is no VM of this host any more, before anything is written to it.
    for (const { seeded, vm } of recover)
      if (seeded === true) this.#options.hypervisor?.release(vm);
    this.#receive({ kind: 'configure', recover, fresh, fenced: this.#fences.fenced });
    this.#send({ kind: 'configure', protect, fresh });
  }

  #drop(stream: string, closed: () => void): void {
    if (!this.#configuration || !this.#receiver.journalOf(stream)) {
      closed();
      return;
    }
    this.#closing.set(stream, closed);
    this.#apply(this.#configuration);
  }

  #checkpoint(message: CheckpointCommand): void {
    if (message.kind === 'mark') this.#send({ kind: 'mark', command: message });
    else if (message.kind === 'release') {
      this.#disarmHold(message.vpg);
      this.#send({ kind: 'release', command: message });
    }
  }

  /** One timer serves all: a hold is as long as any other. */
  #armHold({ vpg, checkpoint, delay }: Extract<SenderEffect, { kind: 'arm-hold' }>): void {
    this.#holds.delete(vpg);
    this.#holds.set(vpg, { checkpoint, until: this.#world.clock.elapsed() + delay });
    if (!this.#holdTimer) this.#awaitHold(delay);
  }

  #awaitHold(delay: number): void {
    this.#holdTimer = this.#world.clock.after(delay, () => {
      this.#holdTimer = undefined;
      const now = this.#world.clock.elapsed();
      for (const [vpg, { checkpoint, until }] of this.#holds) {
        if (until > now) {
          this.#awaitHold(until - now);
          return;
        }
        this.#holds.delete(vpg);
        this.#send({ kind: 'hold-over', vpg, checkpoint });
      }
    });
  }

  #disarmHold(vpg: string): void {
    if (!this.#holds.delete(vpg) || this.#holds.size > 0) return;
    this.#holdTimer?.cancel();
    this.#holdTimer = undefined;
  }

  // --- Sending -------------------------------------------------------------------------------

  #attach(settings: ProtectedStream): Attachment | string {
    const { stream, vm, disks } = settings;
    const machine = this.#options.machines.get(vm);
    if (!machine) return `${vm} does not run on the host of ${this.name}`;
    const there = machine.disks.map(({ name, size }) => `${name} ${size}`).join(', ');
    const wanted = disks.map(({ name, size }) => `${name} ${size}`).join(', ');
    if (there !== wanted) return `${vm} has the disks ${there}, the VPG was made for ${wanted}`;
    const { clock } = this.#world;
    const sender = this.#sender;
    return machine.attach(stream, {
      write: (disk, offset, payload) => {
        const sequence = sender.write(stream, disk, offset, payload, clock.now());
        this.#afterSending(sender.takeEffects());
        return sequence;
      },
      zero: (disk, offset, length) => {
        const sequence = sender.zero(stream, disk, offset, length, clock.now());
        this.#afterSending(sender.takeEffects());
        return sequence;
      },
      writeFailed: () => {
        sender.writeFailed(stream, clock.now());
        this.#afterSending(sender.takeEffects());
      },
    });
  }

  #send(input: SenderInput): void {
    this.#afterSending(this.#sender.handle(input, this.#world.clock.now()));
  }

  #afterSending(effects: readonly SenderEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'peers':
          this.#links.configure(effect.peers);
          break;
        case 'control':
          this.#links.control(effect.peer, effect.message);
          break;
        case 'frame':
          this.#links.frame(effect.peer, effect.message);
          break;
        case 'read':
          this.#read(effect);
          break;
        case 'pack':
          this.#pack(effect);
          break;
        case 'arm-settle':
          this.#world.clock.after(settleTime, () => {
            this.#send({ kind: 'settled' });
          });
          break;
        case 'arm-throttle': {
          const { peer, delay } = effect;
          this.#world.clock.after(delay, () => {
            this.#send({ kind: 'throttle-over', peer });
          });
          break;
        }
        case 'arm-hold':
          this.#armHold(effect);
          break;
        case 'checkpoint':
          this.#zvms.tellOfCheckpoint(effect.reply);
          break;
        case 'state-changed':
          this.#reportSoon();
          break;
      }
    }
  }

  #read({ stream, driver, read }: Extract<SenderEffect, { kind: 'read' }>): void {
    driver.read(read.disk, read.offset, read.length, (error, payload) => {
      const failure = error && `the protected disk cannot be read: ${error.message}`;
      this.#send({ kind: 'read-done', stream, read, payload, failure });
    });
  }

  #pack({ stream, toPack }: Extract<SenderEffect, { kind: 'pack' }>): void {
    const { frame, parts, level } = toPack;
    this.#world.codec.aside?.compress(parts, level, (compressed) => {
      this.#send({ kind: 'packed', stream, frame, packed: packedOf(parts, compressed) });
    });
  }

  // --- Receiving -----------------------------------------------------------------------------

  #close(stream: ReceivingStream, journal: Journal): void {
    const name = stream.settings.stream;
    const closed = this.#closing.get(name);
    this.#closing.delete(name);
    this.#journals.close(stream, journal, closed);
  }

  #receive(input: ReceiverInput): void {
    for (const effect of this.#receiver.handle(input)) {
      switch (effect.kind) {
        case 'open-journal':
          this.#journals.open(effect.stream);
          break;
        case 'close-journal':
          this.#close(effect.stream, effect.journal);
          break;
        case 'append': {
          const { stream, journal, message } = effect;
          const [data] = message.payloads;
          if (!data) break;
          journal.append({ ...message.frame, data }, (error) => {
            this.#receive({ kind: 'appended', stream, message, error });
          });
          break;
        }
        case 'age': {
          const { stream, journal } = effect;
          const now = this.#world.clock.now();
          if (!journal.needsAgeing(now)) {
            this.#receive({ kind: 'aged', stream, error: undefined });
            break;
          }
          journal.age(now, (error) => {
            this.#receive({ kind: 'aged', stream, error });
          });
          break;
        }
        case 'control':
          this.#doors.control(effect.peer, effect.message);
          break;
        case 'compare': {
          const { peer, journal, message } = effect;
          compareWithJournal(journal, message, (answer) => {
            this.#doors.control(peer, answer);
          });
          break;
        }
        case 'ack':
          this.#doors.acknowledge(effect.peer, effect.message);
          break;
        case 'durable':
          this.#zvms.tellOfCheckpoint(effect.reply);
          break;
        case 'state-changed':
          this.#reportSoon();
          break;
      }
    }
  }
}
