/** A running ZVM: binds the core to a World. */
import type { ScriptName } from '../../topology/scripts.ts';
import { checkpointInterval, ports } from '../../topology/limits.ts';
import type { Reply, Request } from '../api.ts';
import type { CheckpointCommand, CheckpointReply, VraCommand, VraReply } from '../vra/messages.ts';
import type {
  CloseReason,
  Connection,
  ConnectionHandler,
  Instant,
  Timer,
  World,
} from '../world/world.ts';
import type { Effect, Input, Vouching, VraChannel } from './events.ts';
import type { ZvmMessage } from './messages.ts';
import type { ZvmPlan } from './plan.ts';
import type { QuietZvm } from './quiet-zvm.ts';
import type { Deployment } from './state.ts';
import { StateStore, loadState } from './state-store.ts';
import { heartbeatInterval } from './timing.ts';
import { ZvmCore } from './zvm-core.ts';

export interface ZvmOptions {
  readonly plan: ZvmPlan;
  /** What is deployed already where the folder holds no state yet. */
  readonly fresh: Deployment;
  /** Where it keeps its state, as `datastore/folder`. */
  readonly folder: string;
  /** Runs a script of a recovery; undefined where nobody does: then it counts as done. */
  runScript?(vpg: string, which: ScriptName, done: ScriptDone): void;
  /** Puts a VRA on a host; `problem` says why it could not. */
  installVra(vra: string, done: (problem: string | undefined) => void): void;
}

/** A script has ended: its exit status, and what it printed where that is known. */
export type ScriptDone = (exit: number, output?: string) => void;

export interface Zvm {
  /** Undefined until the stored state has been read, a few milliseconds after the start. */
  readonly core: ZvmCore | undefined;
  /** What keeps it from working, such as a state log that cannot be read. */
  readonly failure: string | undefined;
  ask(request: Request, answer: (reply: Reply) => void): void;
  /** Undefined while anything is under way but the making of checkpoints, or of those as well. */
  quiet(): QuietZvm | undefined;
}

export function startZvm(world: World, options: ZvmOptions): Zvm {
  return new RunningZvm(world, options);
}

class RunningZvm implements Zvm {
  core: ZvmCore | undefined;
  failure: string | undefined;
  readonly #world: World;
  readonly #options: ZvmOptions;
  readonly #peers = new Map<number, Connection>();
  readonly #vras: Readonly<Record<VraChannel, Map<string, Connection>>> = {
    control: new Map(),
    checkpoints: new Map(),
  };
  readonly #answers = new Map<number, (reply: Reply) => void>();
  /** Answers to what is not on storage yet: nobody is told of what a loss of power could still undo. */
  #waiting: { readonly token: number; readonly ticket: number; readonly reply: Reply }[] = [];
  #lastToken = 0;
  #durableToken = 0;
  #store: StateStore | undefined;
  #early: (() => void)[] = [];
  #tickets = 0;
  #timer: Timer | undefined;
  /** Whether nothing is due before the next checkpoint is. */
  #calm = false;
  /** Up to when beats have been counted, by a clock that nobody sets. */
  #counted: Instant = 0;
  readonly #vouching: Vouching = {
    peer: (connection) => this.#peers.get(connection)?.vouched === true,
    vra: (vra) => this.#vras.control.get(vra)?.vouched === true,
  };

  constructor(world: World, options: ZvmOptions) {
    this.#world = world;
    this.#options = options;
    loadState(world.storage, options.folder, (error, stored) => {
      if (error) {
        // A ZVM that began from nothing here would forget what it protects.
        this.failure = `the state of the ZVM of ${options.plan.site} cannot be read: ${error.message}`;
        this.#askEarly();
        return;
      }
      const now = world.clock.now();
      const core = new ZvmCore(options.plan, now, stored?.state, options.fresh);
      this.core = core;
      this.#store = new StateStore(
        world.storage,
        options.folder,
        {
          kept: (token) => {
            this.#durableToken = token;
            this.#handle({ kind: 'kept', token });
            this.#answerUpTo(token);
          },
          failed: (problem) => {
            this.#handle({ kind: 'not-kept', problem });
            // It has been done all the same, and an alert says that the ZVM may not remember it.
            this.#answerUpTo(this.#lastToken);
          },
          state: () => core.save(world.clock.now()),
        },
        stored,
      );
      world.network.listen(ports.zvmPeer, (connection) => this.#accepted(core, connection));
      this.#act(core.start(now));
      this.#counted = world.clock.elapsed();
      this.#schedule();
      this.#askEarly();
    });
  }

  ask(request: Request, answer: (reply: Reply) => void): void {
    if (!this.core && this.failure === undefined) {
      // It is reading its state, which takes milliseconds.
      this.#early.push(() => {
        this.ask(request, answer);
      });
      return;
    }
    if (!this.core) {
      const reason = this.failure ?? '';
      this.#world.clock.after(0, () => {
        answer({ result: 'refused', reason, missing: [`the ZVM of ${this.#options.plan.site}`] });
      });
      return;
    }
    this.#tickets += 1;
    const ticket = this.#tickets;
    this.#answers.set(ticket, answer);
    this.#handle({ kind: 'request', ticket, request });
  }

  quiet(): QuietZvm | undefined {
    const { core } = this;
    const isAtWork = this.#answers.size > 0 || this.#durableToken < this.#lastToken;
    if (!core || !this.#calm || isAtWork) return undefined;
    const quiet = core.quiet(this.#vouching, this.#world.clock.now());
    return (
      quiet && {
        ...quiet,
        leapt: (vpgs) => {
          this.#handle({ kind: 'leapt', vpgs });
        },
      }
    );
  }

  #askEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const ask of early) ask();
  }

  /** On whole seconds of the ZVM's clock, so that one timer serves heartbeats and checkpoints. */
  #schedule(): void {
    const { clock } = this.#world;
    const interval = this.#calm ? checkpointInterval : heartbeatInterval;
    this.#timer = clock.beat(interval - (clock.now() % interval), interval, () => {
      this.#tick();
    });
  }

  #tick(): void {
    const { core } = this;
    if (!core) return;
    const { clock } = this.#world;
    const elapsed = clock.elapsed();
    const beats = Math.max(1, Math.round((elapsed - this.#counted) / heartbeatInterval));
    this.#counted = elapsed;
    this.#calm = false;
    this.#handle({ kind: 'tick', beats, vouching: this.#vouching });
    this.#calm = core.isCalm(this.#vouching);
    this.#schedule();
  }

  /** Something may be due within a second again. */
  readonly #wake = (): void => {
    if (!this.#calm) return;
    this.#pass();
    this.#calm = false;
    this.#timer?.cancel();
    this.#schedule();
  };

  /** Counts the beats that have passed since the last tick. */
  #pass(): void {
    const since = this.#world.clock.elapsed() - this.#counted;
    if (since < heartbeatInterval) return;
    const beats = Math.floor(since / heartbeatInterval);
    this.#counted += beats * heartbeatInterval;
    this.core?.pass(beats);
  }

  #handle(input: Input): void {
    if (!this.core) return;
    if (this.#calm) {
      if (isUsual(input)) this.#pass();
      else this.#wake();
    }
    this.#act(this.core.handle(input, this.#world.clock.now()));
  }

  #act(effects: readonly Effect[]): void {
    const act = (): void => {
      for (const effect of effects) this.#do(effect);
    };
    // A write for each of a hundred VPGs' checkpoints would take as long as all of them together.
    if (this.#store && effects.some(({ kind }) => kind === 'keep')) this.#store.gather(act);
    else act();
  }

  #do(effect: Effect): void {
    switch (effect.kind) {
      case 'dial-peer':
        this.#dialPeer(effect.site, effect.connection);
        return;
      case 'close-peer':
        this.#peers.get(effect.connection)?.close();
        this.#peers.delete(effect.connection);
        return;
      case 'tell-peer':
        this.#peers.get(effect.connection)?.send(effect.message);
        return;
      case 'dial-vra':
        this.#dialVra(effect.vra, effect.channel);
        return;
      case 'close-vra':
        this.#vras[effect.channel].get(effect.vra)?.close();
        this.#vras[effect.channel].delete(effect.vra);
        return;
      case 'tell-vra':
        this.#tellVra(effect.vra, 'control', effect.message);
        return;
      case 'cut':
        this.#tellVra(effect.vra, 'checkpoints', effect.message);
        return;
      case 'install-vra':
        this.#options.installVra(effect.vra, (problem) => {
          this.#handle({ kind: 'vra-installed', vra: effect.vra, problem });
        });
        return;
      case 'run-script': {
        const { key, vpg, which } = effect;
        const ended: ScriptDone = (exit, output) => {
          this.#handle({ kind: 'script-ended', key, exit, output });
        };
        if (this.#options.runScript) this.#options.runScript(vpg, which, ended);
        else
          this.#world.clock.after(0, () => {
            ended(0);
          });
        return;
      }
      case 'keep':
        this.#lastToken = effect.token;
        this.#store?.keep(effect.token, effect.record);
        return;
      case 'answer': {
        const { ticket, reply } = effect;
        const token = this.#lastToken;
        if (token > this.#durableToken) this.#waiting.push({ token, ticket, reply });
        else this.#answer(ticket, reply);
        return;
      }
    }
  }

  #answerUpTo(token: number): void {
    const due = this.#waiting.filter((each) => each.token <= token);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((each) => each.token > token);
    for (const { ticket, reply } of due) this.#answer(ticket, reply);
  }

  #answer(ticket: number, reply: Reply): void {
    const answer = this.#answers.get(ticket);
    this.#answers.delete(ticket);
    answer?.(reply);
  }

  #accepted(core: ZvmCore, connection: Connection): ConnectionHandler {
    const number = core.takeConnectionNumber();
    this.#peers.set(number, connection);
    this.#handle({ kind: 'peer-accepted', connection: number });
    return this.#peerHandler(number);
  }

  #dialPeer(site: string, number: number): void {
    const address = this.#options.plan.peers.find((peer) => peer.site === site)?.address;
    if (address === undefined) return;
    const handler = this.#peerHandler(number);
    this.#peers.set(number, this.#world.network.connect(address, ports.zvmPeer, handler));
  }

  #peerHandler(number: number): ConnectionHandler {
    return {
      opened: () => {
        this.#handle({ kind: 'peer-opened', connection: number });
      },
      received: (message) => {
        if (!this.#peers.has(number)) return;
        // Only a ZVM speaks on this port, and both are of one release.
        this.#handle({
          kind: 'peer-said',
          connection: number,
          message: message as ZvmMessage,
        });
      },
      closed: (_reason: CloseReason) => {
        if (!this.#peers.delete(number)) return;
        this.#handle({ kind: 'peer-closed', connection: number });
      },
      doubted: this.#wake,
    };
  }

  #dialVra(vra: string, channel: VraChannel): void {
    const { plan } = this.#options;
    const planned = [...plan.vras, ...plan.foreignVras].find((candidate) => candidate.vra === vra);
    if (!planned) return;
    const vras = this.#vras[channel];
    const port = channel === 'control' ? ports.vraControl : ports.vraCheckpoints;
    const connection = this.#world.network.connect(planned.address, port, {
      opened: () => {
        if (vras.get(vra) === connection) this.#handle({ kind: 'vra-opened', vra, channel });
      },
      received: (message) => {
        if (vras.get(vra) !== connection) return;
        if (channel === 'control') {
          this.#handle({ kind: 'vra-said', vra, message: message as VraReply });
        } else {
          this.#handle({ kind: 'vra-cut', vra, message: message as CheckpointReply });
        }
      },
      closed: () => {
        if (vras.get(vra) !== connection) return;
        vras.delete(vra);
        this.#handle({ kind: 'vra-closed', vra, channel });
      },
      doubted: this.#wake,
    });
    vras.set(vra, connection);
  }

  #tellVra(vra: string, channel: VraChannel, message: VraCommand | CheckpointCommand): void {
    this.#vras[channel].get(vra)?.send(message);
  }
}

/** Whether it is a part of making checkpoints, or a report of a VRA: both leave a calm ZVM as it was. */
function isUsual(input: Input): boolean {
  switch (input.kind) {
    case 'kept':
    case 'leapt':
    case 'vra-cut':
      return true;
    case 'vra-said':
      return input.message.kind === 'report' || input.message.kind === 'heartbeat';
    case 'peer-said':
      return usual.has(input.message.kind);
    default:
      return false;
  }
}

const usual: ReadonlySet<ZvmMessage['kind']> = new Set([
  'checkpoint-proposed',
  'checkpoint-accepted',
  'checkpoint-sealed',
  'checkpoint-catalogued',
  'catalogue-trimmed',
  'heartbeat',
]);
