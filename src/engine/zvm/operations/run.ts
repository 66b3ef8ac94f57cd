/**
 * An operation under way. A verb is written as what is done one after the other: each step asks VRAs (or
 * waits) and names what follows. Nothing here is a promise: an answer comes in, and the next step runs.
 */
import type { OperationStep, Progress, Reply } from '../../api.ts';
import type { VraCommand, VraReply } from '../../vra/messages.ts';
import type { Instant } from '../../world/world.ts';
import { refuse } from '../deployment.ts';
import type { Outbox } from '../events.ts';
import { answerLimit, reachLimit } from '../timing.ts';
import { streamsOf } from '../plan.ts';
import type { PlannedStream } from '../plan.ts';
import type { Vpg } from '../vpg.ts';
import type { VraLinks } from '../vras.ts';
import type { OperationRecords } from './records.ts';

/** What a VRA is asked in an operation, and how its answer is recognised. */
export interface Question {
  readonly vra: string;
  /** See {@link answerKey}. */
  readonly key: string;
  readonly command: VraCommand;
  /** What is missing where no answer comes. */
  readonly silent: string;
}

export interface Asking {
  /** What a single answer means; a reply ends the operation with it. */
  readonly heard?: (key: string, answer: VraReply) => Reply | undefined;
  /** Milliseconds; undefined: as long as it takes. */
  readonly limit?: number | undefined;
  /** Asks a VRA that fell silent again when it is back, rather than giving up. */
  readonly patient?: boolean;
}

export interface ScriptEnd {
  readonly exit: number;
  readonly output?: string | undefined;
}

interface Wait extends Asking {
  readonly open: Map<string, Question | undefined>;
  /** VRAs of which one that falls silent ends it. */
  readonly vras?: ReadonlySet<string>;
  readonly deadline: Instant;
  /** It ends when everything up to this is on storage. */
  readonly token?: number;
  readonly late: (open: ReadonlyMap<string, Question | undefined>) => Reply;
  readonly then: () => void;
}

export interface RunTools {
  readonly outbox: Outbox;
  readonly vras: VraLinks;
  readonly records: OperationRecords;
  /** The run has ended: it hears nothing any more. */
  ended(run: Run): void;
}

/** How the answer to a question is recognised; undefined for what answers nothing. */
export function answerKey(vra: string, message: VraReply): string | undefined {
  switch (message.kind) {
    case 'image-opened':
    case 'image-refused':
    case 'image-closed':
      return `image ${message.image}`;
    case 'task-progress':
    case 'task-done':
    case 'task-failed':
      return `task ${message.task}`;
    case 'report':
      return `report ${vra}`;
    default:
      return undefined;
  }
}

export class Run {
  readonly vpg: Vpg;
  /** Of the VMs that the operation concerns. */
  readonly streams: readonly PlannedStream[];
  /** The operation that it works on. */
  readonly id: string;
  /** Undefined where nobody waits for an answer. */
  readonly ticket: number | undefined;
  now: Instant;
  /** Undoes what was begun, where the run ends with a refusal. */
  undo: (() => void) | undefined;
  readonly #tools: RunTools;
  readonly #ending: ((reply: Reply, at: Instant) => void) | undefined;
  readonly #borrowed: string[] = [];
  /** How the script that ran last ended. */
  scriptEnd: ScriptEnd | undefined;
  /** The VPG is in recovery because of this run, and is to leave it where the run is refused. */
  entered = false;
  /** It takes the VPG from one phase of its life to the next. */
  leads = false;
  /** VRAs have been told of the decision that it carries out: they say who comes first, and no ZVM does. */
  bound = false;
  #wait: Wait | undefined;
  /** Of the tasks that it waits for, by task; kept until all of them are done. */
  readonly #progress = new Map<string, Progress>();
  #over = false;
  #answered = false;

  constructor(
    tools: RunTools,
    vpg: Vpg,
    id: string,
    ticket: number | undefined,
    now: Instant,
    ending?: (reply: Reply, at: Instant) => void,
  ) {
    this.#tools = tools;
    this.#ending = ending;
    this.vpg = vpg;
    this.streams = streamsOf(vpg.plan, tools.records.find(id)?.vms);
    this.id = id;
    this.ticket = ticket;
    this.now = now;
  }

  get over(): boolean {
    return this.#over;
  }

  /** How far its tasks have come; undefined where none of them has said so. */
  get progress(): Progress | undefined {
    if (this.#progress.size === 0) return undefined;
    let done = 0;
    let total = 0;
    for (const each of this.#progress.values()) {
      done += each.done;
      total += each.total;
    }
    return { done, total };
  }

  /** A VRA said how far one of its tasks has come. */
  progressed(key: string, progress: Progress): void {
    if (this.#wait?.open.has(key) === true) this.#progress.set(key, progress);
  }

  // --- The report ------------------------------------------------------------------------------

  step(what: string, result: OperationStep['result'] = 'success'): void {
    this.#tools.records.step(this.id, { what, at: this.now, result });
  }

  // --- Steps -----------------------------------------------------------------------------------

  /** Turns to VRAs, those of a site whose ZVM is gone included, and goes on when all are heard. */
  reach(vras: readonly string[], then: () => void): void {
    const { vras: links } = this.#tools;
    const open = new Map<string, undefined>();
    for (const vra of vras) {
      links.borrow(vra);
      this.#borrowed.push(vra);
      if (!links.hears(vra)) open.set(vra, undefined);
    }
    const late = (left: ReadonlyMap<string, unknown>): Reply =>
      refuse(`${this.vpg.name} cannot be recovered`, [...left.keys()].map(heardOf));
    this.#await({ open, deadline: this.now + answerLimit, late, then });
  }

  /** Turns to VRAs, and goes on with those that are heard within a few seconds. */
  reachSome(vras: readonly string[], then: (heard: ReadonlySet<string>) => void): void {
    const { vras: links } = this.#tools;
    const open = new Map<string, undefined>();
    for (const vra of vras) {
      links.borrow(vra);
      this.#borrowed.push(vra);
      if (!links.hears(vra)) open.set(vra, undefined);
    }
    const goOn = (): void => {
      then(new Set(vras.filter((vra) => links.hears(vra))));
    };
    const late = (): Reply => {
      goOn();
      return { result: 'success' };
    };
    this.#await({ open, deadline: this.now + reachLimit, late, then: goOn });
  }

  /**
   * Goes on when all that was noted before is on storage: what cannot be taken back, or would be left behind
   * by a ZVM that forgets of it, is not done before.
   */
  durable(then: () => void): void {
    const token = this.#tools.outbox.lastToken;
    if (this.#tools.outbox.isDurable(token)) {
      then();
      return;
    }
    const late = (): Reply =>
      refuse(`${this.vpg.name} cannot be recovered`, ['storage that keeps the state of the ZVM']);
    const deadline = this.now + answerLimit;
    this.#await({ open: new Map([['kept', undefined]]), token, deadline, late, then });
  }

  ask(questions: readonly Question[], asking: Asking, then: () => void): void {
    const open = new Map(questions.map((question) => [question.key, question]));
    const vras = new Set(questions.map(({ vra }) => vra));
    const limit = 'limit' in asking ? (asking.limit ?? Infinity) : answerLimit;
    const late: Wait['late'] = (left) =>
      refuse(
        `${this.vpg.name} cannot be recovered`,
        [...left.values()].flatMap((question) => question?.silent ?? []),
      );
    for (const { vra, command } of questions) this.#tools.vras.tell(vra, command);
    this.#await({ ...asking, open, vras, deadline: this.now + limit, late, then });
  }

  /** Goes on when something has happened that is named by the key, or ends with `late`. */
  expect(key: string, limit: number, late: () => Reply, then: () => void): void {
    this.#await({ open: new Map([[key, undefined]]), deadline: this.now + limit, late, then });
  }

  /** Goes on when something has happened that is named by the key, or else when the limit has passed. */
  expectInTime(key: string, limit: number, late: () => void, then: () => void): void {
    this.expect(
      key,
      limit,
      () => {
        late();
        return { result: 'success' };
      },
      then,
    );
  }

  after(delay: number, then: () => void): void {
    if (delay <= 0) {
      then();
      return;
    }
    const late = (): Reply => {
      then();
      return { result: 'success' };
    };
    this.#await({ open: new Map([['time', undefined]]), deadline: this.now + delay, late, then });
  }

  #await(wait: Wait): void {
    if (this.#over) return;
    this.#wait = wait;
    if (wait.open.size === 0) this.#go(wait);
  }

  #go(wait: Wait): void {
    if (this.#wait !== wait) return;
    this.#wait = undefined;
    this.#progress.clear();
    wait.then();
  }

  // --- What happens ----------------------------------------------------------------------------

  kept(): void {
    const token = this.#wait?.token;
    if (token !== undefined && this.#tools.outbox.isDurable(token)) this.happened('kept');
  }

  happened(key: string): void {
    const wait = this.#wait;
    if (wait?.open.delete(key) === true && wait.open.size === 0) this.#go(wait);
  }

  vraOpened(vra: string): void {
    const wait = this.#wait;
    if (!wait) return;
    if (wait.patient === true) {
      for (const question of wait.open.values()) {
        if (question?.vra === vra) this.#tools.vras.tell(vra, question.command);
      }
    } else if (wait.open.has(vra)) this.happened(vra);
  }

  vraLost(vra: string): void {
    const wait = this.#wait;
    if (wait?.vras?.has(vra) !== true || wait.patient === true) return;
    this.end(refuse(`${this.vpg.name}: a VRA fell silent`, [heardOf(vra)]));
  }

  vraSaid(key: string, message: VraReply): void {
    const wait = this.#wait;
    if (wait?.open.has(key) !== true) return;
    const reply = wait.heard?.(key, message);
    if (reply) this.end(reply);
    else if (this.#wait === wait) this.happened(key);
  }

  tick(): void {
    const wait = this.#wait;
    if (!wait || this.now < wait.deadline) return;
    this.#wait = undefined;
    const reply = wait.late(wait.open);
    if (reply.result === 'refused') this.end(reply);
  }

  /** Ends the run. A refusal undoes what was begun. */
  end(reply: Reply): void {
    if (this.#over) return;
    this.#over = true;
    this.#wait = undefined;
    if (reply.result === 'refused') this.undo?.();
    this.#ending?.(reply, this.now);
    for (const vra of this.#borrowed) this.#tools.vras.giveBack(vra);
    this.answer(reply);
    this.#tools.ended(this);
  }

  /** Answers whoever asked; what follows goes on without them. */
  answer(reply: Reply): void {
    if (this.ticket === undefined || this.#answered) return;
    this.#answered = true;
    this.#tools.outbox.push({ kind: 'answer', ticket: this.ticket, reply });
  }
}

export function heardOf(vra: string): string {
  return `a connection to the VRA on ${vra}`;
}
