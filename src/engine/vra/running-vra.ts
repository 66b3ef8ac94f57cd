/**
 * A VRA in a World: its two sides, the ZVMs that command it, its images and tasks. One timer beats for the whole VRA,
 * however many streams it has.
 */
import { vraBufferPool } from '../../topology/limits.ts';
import type { Image } from '../journal/journal.ts';
import { Pulse } from '../world/pulse.ts';
import type { Instant, World } from '../world/world.ts';
import type { Copy } from './copies.ts';
import { Fences } from './fences.ts';
import { Images } from './images.ts';
import type { CheckpointReply, ImageId, VraCommand, VraReply } from './messages.ts';
import type { QuietVra } from './quiet-vra.ts';
import { ReceivingShell } from './receiving-shell.ts';
import { SendingShell } from './sending-shell.ts';
import type { VraConfiguration } from './stored-configuration.ts';
import { StoredConfiguration } from './stored-configuration.ts';
import { Tasks } from './tasks.ts';
import { heartbeatInterval, lonelyBeats, reportBeats, restBeats, retryBeats } from './timing.ts';
import type { Vra, VraLoad, VraOptions } from './vra-options.ts';
import { ZvmDoors } from './zvm-doors.ts';

/** Milliseconds for which changes gather before they are reported. */
const reportDelay = 10;

export class RunningVra implements Vra {
  readonly name: string;
  readonly #world: World;
  readonly #options: VraOptions;
  readonly #startedAt: Instant;
  readonly #sending: SendingShell;
  readonly #receiving: ReceivingShell;
  readonly #stored: StoredConfiguration;
  readonly #images: Images;
  readonly #fences: Fences;
  readonly #tasks: Tasks;
  readonly #zvms: ZvmDoors;
  #configuration: VraConfiguration | undefined;
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
    const { name, machines } = options;
    const around = {
      pool,
      tellOfCheckpoint: (reply: CheckpointReply): void => {
        this.#zvms.tellOfCheckpoint(reply);
      },
      stateChanged: (): void => {
        this.#reportSoon();
      },
      doubted,
    };
    this.#sending = new SendingShell(world, { ...around, name, machines });
    this.#receiving = new ReceivingShell(world, around);
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
      journalOf: (stream) => this.#receiving.core.journalOf(stream),
      settingsOf: (stream) => this.#receiving.core.settingsOf(stream),
      fence: (stream) => {
        this.#receiving.receive({ kind: 'fence', stream });
      },
      drop: (stream, closed) => {
        this.#drop(stream, closed);
      },
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
        this.#sending.checkpoint(message);
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
      this.#receiving.doors.open();
      this.#zvms.open();
      this.#pulse.start();
    });
  }

  load(): VraLoad {
    return {
      sendBuffer: this.#sending.buffer.used,
      receiveBuffer: this.#receiving.core.used,
      transmitted: this.#sending.core.transmitted,
      received: this.#receiving.core.received,
      written: this.#receiving.core.written,
      compression: this.#sending.packer.level,
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
    const [sending, receiving] = [this.#sending, this.#receiving];
    const isAtRest = this.#tasks.idle && this.#images.idle && receiving.idle && sending.holds.idle;
    const isSettled = this.#isCalm && !this.#reportDue && this.#failure === undefined;
    if (!isAtRest || !isSettled || this.#rests || !this.#hearsItsZvm) return undefined;
    return {
      now: () => this.#world.clock.now(),
      sending: (stream) => sending.quiet(stream),
      receiving: (stream) => receiving.core.quiet(stream),
      sent: (stream, totals) => {
        sending.core.leapt(stream, totals);
      },
      received: ({ bytes }) => {
        receiving.core.leapt(bytes);
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
    this.#sending.links.beat(hearsItsZvm);
    this.#receiving.doors.beat(hearsItsZvm);
    if (this.#beats % retryBeats === 0) this.#sending.send({ kind: 'retry' });
    if (this.#beats % reportBeats === 0) {
      this.#receiving.receive({ kind: 'age', rests: this.#rests });
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
      this.#zvms.vouched &&
      this.#sending.links.vouched &&
      this.#receiving.doors.vouched &&
      this.#sending.core.isSettled
    );
  }

  #wake(): void {
    const passed = this.#pulse.wake();
    if (passed === 0) return;
    this.#pass(passed);
    this.#zvms.pass(passed);
    this.#sending.links.pass(passed);
    this.#receiving.doors.pass(passed);
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
      protect: this.#sending.core.report(this.#world.clock.now()),
      recover: this.#receiving.core.report(this.#reportWhole).map((each) => {
        const scratch = this.#images.scratchOf(each.stream);
        return scratch ? { ...each, scratch } : each;
      }),
      datastores: this.#receiving.core.datastores(),
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
          const journal = this.#receiving.core.journalOf(stream);
          this.#images.open(message, journal, this.#receiving.core.settingsOf(stream), reply);
        };
        this.#receiving.whenOpen(image, stream, open);
        break;
      }
      case 'close-image':
        this.#receiving.dropWait(message.image);
        this.#images.close(message.image, reply);
        break;
      case 'catalogued': {
        const { vpg, checkpoint } = message;
        this.#receiving.receive({ kind: 'catalogued', vpg, checkpoint });
        break;
      }
      case 'force-sync': {
        const answer = (streams: readonly string[], unknown: readonly string[]): void => {
          reply({ kind: 'sync-forced', streams, unknown });
        };
        this.#sending.send({ kind: 'force-sync', streams: message.streams, answer });
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
    this.#receiving.receive({ kind: 'configure', recover, fresh, fenced: this.#fences.fenced });
    this.#sending.send({ kind: 'configure', protect, fresh });
  }

  #drop(stream: string, closed: () => void): void {
    if (!this.#configuration || !this.#receiving.core.journalOf(stream)) {
      closed();
      return;
    }
    this.#receiving.awaitClose(stream, closed);
    this.#apply(this.#configuration);
  }
}
