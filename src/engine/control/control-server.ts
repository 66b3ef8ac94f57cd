/** The engine's side of the protocol: many clients, one engine. */
import type { Clock, Timer } from '../world/world.ts';
import type { ByteStream, StreamHandler } from '../world/streams.ts';
import { ClientSession, type SessionHost } from './client-session.ts';
import type { ControlledEngine, MountQuestion } from './controlled-engine.ts';
import { eventsOf } from './engine-events.ts';
import { encode, limits } from './protocol.ts';
import { QuestionError, type Answers, type Question, type QuestionKind } from './questions.ts';

export interface ServerOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Hears how many clients there are, whenever one comes or goes. */
  readonly population?: (clients: number) => void;
}

export class ControlServer {
  readonly #engine: ControlledEngine;
  readonly #options: ServerOptions;
  readonly #sessions = new Set<ClientSession>();
  readonly #host: SessionHost;
  #tick: Timer | undefined;
  /** While a snapshot goes out to all subscribers: it, once one of them has been sent it. */
  #shared: { snapshot: Uint8Array | undefined } | undefined;
  /** Events that every subscriber has been told or did not have to be; undefined where there is none. */
  #known: Set<string> | undefined;
  #present = 0;
  #stopping = false;

  constructor(engine: ControlledEngine, options: ServerOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#host = {
      info: () => engine.info(),
      after: (delay, run) => options.clock.after(delay, run),
      ask: (session, id, question) => {
        this.#ask(session, id, question);
      },
      encodedSnapshot: () => this.#encodedSnapshot(),
      left: (session, why) => {
        this.#sessions.delete(session);
        engine.report(`control: ${session.client} left: ${why}`);
        this.#count();
        this.#settle();
      },
    };
  }

  /** Clients that have said hello. */
  get clients(): number {
    return this.#present;
  }

  /** Connections, whether they have said hello or not. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Serves a client that has connected. What comes from it goes to the handler. */
  accept(stream: ByteStream): StreamHandler {
    const session = new ClientSession(this.#host, stream);
    this.#sessions.add(session);
    if (this.#stopping) {
      session.dismiss('stopping', 'The engine is ending.');
    } else if (this.#sessions.size > limits.clients) {
      const most = `${limits.clients} clients are connected`;
      session.dismiss('too-many-clients', `${most}, which is as many as are served.`);
    }
    return {
      received: (bytes) => {
        session.received(bytes);
        this.#count();
      },
      drained: () => {
        session.drained();
      },
      closed: () => {
        session.closed();
      },
    };
  }

  /** Says goodbye to all clients; whoever comes now is sent away. */
  stop(): void {
    this.#stopping = true;
    for (const session of [...this.#sessions]) session.dismiss('stopping', 'The engine is ending.');
    this.#tick?.cancel();
    this.#tick = undefined;
  }

  // --- Questions -------------------------------------------------------------------------------

  #ask(session: ClientSession, id: number, question: Question): void {
    const fail = (error: unknown): void => {
      if (error instanceof QuestionError) {
        session.fail(id, error.code, error.message);
        return;
      }
      const what = error instanceof Error ? error.message : String(error);
      this.#engine.report(`control: ${question.kind} failed: ${what}`);
      session.fail(id, 'internal', `The engine could not answer: ${what}`);
    };
    try {
      const answer = this.#answer(session, id, question);
      if (answer instanceof Promise) {
        answer.then((late) => {
          session.answer(id, late);
        }, fail);
      } else {
        session.answer(id, answer);
      }
    } catch (error) {
      fail(error);
    }
  }

  #answer(
    session: ClientSession,
    id: number,
    question: Question,
  ): Answers[QuestionKind] | Promise<Answers[QuestionKind]> {
    const engine = this.#engine;
    switch (question.kind) {
      case 'engine':
        return engine.info();
      case 'snapshot':
        return engine.snapshot();
      case 'timeline':
        return engine.timeline();
      case 'events':
        return eventsOf(engine.snapshot());
      case 'disks':
        return engine.disks();
      case 'images':
        return engine.images();
      case 'subscribe':
        session.subscribe(question.snapshots, question.events);
        this.#settle();
        // What it is sent first is the state that the events then go on from.
        if (question.snapshots) session.sendSnapshot();
        return { done: true };
      case 'request':
        return engine.request(question.site, question.request);
      case 'power':
        engine.power(question.component, question.verb);
        return { done: true };
      case 'cut-link':
        engine.cutLink(question.link);
        return { done: true };
      case 'heal-link':
        engine.healLink(question.link);
        return { done: true };
      case 'degrade-link': {
        const { bandwidth, latency, loss, mtu } = question;
        engine.degradeLink(question.link, { bandwidth, latency, loss, mtu });
        return { done: true };
      }
      case 'clone': {
        const progress = (done: number, total: number): void => {
          session.progress(id, done, total);
        };
        return engine.clone(question, progress, session.signalOf(id));
      }
      case 'mount':
        return this.#mount(session, question);
      case 'unmount':
        session.mounts.close(question.mount);
        return { done: true };
      case 'stop':
        engine.stop();
        return { done: true };
    }
  }

  async #mount(session: ClientSession, question: MountQuestion): Promise<Answers['mount']> {
    const { mounts } = session;
    mounts.begin();
    try {
      const mounted = await this.#engine.mount(question);
      const { answer } = mounted;
      if (answer.result === 'success') {
        mounts.add(answer.mount, () => {
          mounted.close();
        });
      }
      return answer;
    } finally {
      mounts.end();
    }
  }

  // --- Subscriptions ---------------------------------------------------------------------------

  #count(): void {
    let present = 0;
    for (const session of this.#sessions) if (session.isPresent) present++;
    if (present === this.#present) return;
    this.#present = present;
    this.#options.population?.(present);
  }

  /** Begins or ends what is done every second for subscribers. */
  #settle(): void {
    const sessions = [...this.#sessions];
    const events = sessions.some((session) => session.wantsEvents);
    if (!events) this.#known = undefined;
    else this.#known ??= new Set(eventsOf(this.#engine.snapshot()).map((each) => each.id));
    const wanted = events || sessions.some((session) => session.wantsSnapshots);
    if (wanted === (this.#tick !== undefined) || this.#stopping) return;
    this.#tick?.cancel();
    this.#tick = wanted
      ? this.#options.clock.after(limits.snapshotInterval, this.#publish)
      : undefined;
  }

  readonly #publish = (): void => {
    this.#tick = this.#options.clock.after(limits.snapshotInterval, this.#publish);
    const sessions = [...this.#sessions];
    this.#shared = { snapshot: undefined };
    try {
      if (this.#known) this.#publishEvents(sessions, this.#known);
      for (const session of sessions) if (session.wantsSnapshots) session.sendSnapshot();
    } catch (error) {
      // Whoever looks on must not be what ends the engine.
      const what = error instanceof Error ? error.message : String(error);
      this.#engine.report(`control: no snapshot could be sent: ${what}`);
    } finally {
      this.#shared = undefined;
    }
  };

  #publishEvents(sessions: readonly ClientSession[], known: Set<string>): void {
    const all = eventsOf(this.#engine.snapshot());
    for (const event of all) {
      if (known.has(event.id)) continue;
      for (const session of sessions) session.event(event);
    }
    // Only what a snapshot can still tell of is remembered.
    this.#known = new Set(all.map((each) => each.id));
  }

  #encodedSnapshot(): Uint8Array {
    const encoded =
      this.#shared?.snapshot ?? encode({ type: 'snapshot', snapshot: this.#engine.snapshot() });
    if (this.#shared) this.#shared.snapshot = encoded;
    return encoded;
  }
}
