/** One client of the engine: what it may say now, what is sent to it, and when it is dropped. */
import type { Timer } from '../world/world.ts';
import type { ByteStream, StreamHandler } from '../world/streams.ts';
import type { EngineEvent } from './engine-events.ts';
import { ClientMounts } from './client-mounts.ts';
import { LineReader } from './lines.ts';
import {
  askSchema,
  check,
  encode,
  helloSchema,
  limits,
  protocolVersion,
  questionSchema,
  readLine,
  type FromEngine,
  type GoodbyeCode,
} from './protocol.ts';
import type { EngineInfo, FailureCode, Question } from './questions.ts';

/** What a session asks of its server. */
export interface SessionHost {
  info(): EngineInfo;
  after(delay: number, run: () => void): Timer;
  /** A question whose answer comes by {@link ClientSession.answer} or {@link ClientSession.fail}. */
  ask(session: ClientSession, id: number, question: Question): void;
  /** A snapshot as a message, made once for all clients. */
  encodedSnapshot(): Uint8Array;
  left(session: ClientSession, why: string): void;
}

/** How long a client that was told goodbye has to read that, in milliseconds. */
const farewellTime = 2000;

type State = 'new' | 'greeted' | 'leaving' | 'gone';

export class ClientSession implements StreamHandler {
  readonly #host: SessionHost;
  readonly #stream: ByteStream;
  readonly #lines = new LineReader(limits.clientLine);
  readonly #open = new Map<number, AbortController>();
  readonly mounts = new ClientMounts();
  #state: State = 'new';
  /** Until the hello, then until the end of the farewell. */
  #patience: Timer;
  #client = 'a client that has not said hello';
  #wantsEvents = false;
  #wantsSnapshots = false;
  #owesSnapshot = false;

  constructor(host: SessionHost, stream: ByteStream) {
    this.#host = host;
    this.#stream = stream;
    this.#patience = host.after(limits.helloTime, () => {
      this.dismiss('no-hello', `No hello came within ${limits.helloTime / 1000} s.`);
    });
  }

  get client(): string {
    return this.#client;
  }

  get wantsEvents(): boolean {
    return this.#wantsEvents && this.#state === 'greeted';
  }

  get wantsSnapshots(): boolean {
    return this.#wantsSnapshots && this.#state === 'greeted';
  }

  /** Whether it has said hello and not left. */
  get isPresent(): boolean {
    return this.#state === 'greeted';
  }

  // --- What arrives ----------------------------------------------------------------------------

  received(bytes: Uint8Array): void {
    if (!this.#listens()) return;
    const fault = this.#lines.read(bytes, (line) => {
      this.#take(line);
      return this.#listens();
    });
    if (!this.#listens()) return;
    if (fault === 'too-long') {
      const most = `${limits.clientLine / 1024} KiB`;
      this.dismiss('line-too-long', `A line is longer than ${most}.`);
    } else if (fault === 'not-utf-8') {
      this.dismiss('bad-message', 'A line is no UTF-8.');
    }
  }

  drained(): void {
    if (!this.#owesSnapshot || !this.wantsSnapshots) return;
    this.sendSnapshot();
  }

  closed(): void {
    this.#leave('it closed the connection');
  }

  #listens(): boolean {
    return this.#state === 'new' || this.#state === 'greeted';
  }

  #take(line: string): void {
    if (this.#state === 'new') this.#greet(line);
    else this.#asked(line);
  }

  #greet(line: string): void {
    const hello = readLine(line, helloSchema);
    if (!hello.ok) {
      this.dismiss('bad-message', `The first line is no hello: ${hello.problem}.`);
      return;
    }
    const { protocol, client } = hello.value;
    this.#client = client;
    if (protocol !== protocolVersion) {
      const own = `this engine speaks version ${protocolVersion} of the protocol`;
      const { version } = this.#host.info();
      const newer = protocol > protocolVersion ? 'engine' : 'client';
      this.dismiss(
        'protocol-version',
        `The client speaks version ${protocol}, and ${own} (Tidemark ${version}). Update the ${newer}.`,
      );
      return;
    }
    this.#patience.cancel();
    this.#state = 'greeted';
    this.#send({ type: 'hello', protocol: protocolVersion, engine: this.#host.info() });
  }

  #asked(line: string): void {
    const ask = readLine(line, askSchema);
    if (!ask.ok) {
      this.dismiss('bad-message', `A line is no question: ${ask.problem}.`);
      return;
    }
    const { id } = ask.value;
    if (this.#open.has(id)) {
      this.dismiss('bad-message', `The question ${id} is asked a second time.`);
      return;
    }
    if (this.#open.size >= limits.openQuestions) {
      const most = `${limits.openQuestions} questions are open`;
      this.#refuse(id, 'too-many-questions', `${most}: wait for an answer.`);
      return;
    }
    const question = check(ask.value.question, questionSchema);
    if (!question.ok) {
      this.#refuse(id, 'bad-question', `The question is not understood: ${question.problem}.`);
      return;
    }
    this.#open.set(id, new AbortController());
    this.#host.ask(this, id, question.value);
  }

  // --- What is sent ----------------------------------------------------------------------------

  subscribe(snapshots: boolean, events: boolean): void {
    this.#wantsSnapshots = snapshots;
    this.#wantsEvents = events;
  }

  /** Aborted when the client leaves before its answer. */
  signalOf(id: number): AbortSignal {
    return this.#open.get(id)?.signal ?? AbortSignal.abort();
  }

  answer(id: number, answer: unknown): void {
    if (this.#open.delete(id)) this.#send({ type: 'answer', id, answer });
  }

  fail(id: number, code: FailureCode, message: string): void {
    if (this.#open.delete(id)) this.#refuse(id, code, message);
  }

  /** Of an open question. Left out where the client does not keep up. */
  progress(id: number, done: number, total: number): void {
    if (this.#open.has(id) && this.#stream.backlog === 0) {
      this.#send({ type: 'progress', id, done, total });
    }
  }

  event(event: EngineEvent): void {
    if (this.wantsEvents) this.#send({ type: 'event', event });
  }

  /** The state of now. While an earlier message waits, one is owed, and a newer one takes its place. */
  sendSnapshot(): void {
    this.#owesSnapshot = this.#stream.backlog > 0;
    if (!this.#owesSnapshot) this.#write(this.#host.encodedSnapshot());
  }

  /** Tells the client why, and closes the connection. */
  dismiss(code: GoodbyeCode, message: string): void {
    if (!this.#listens()) return;
    this.#state = 'leaving';
    this.#patience.cancel();
    this.#stream.write([encode({ type: 'bye', code, message })]);
    // A client that does not read must not keep anything.
    this.#patience = this.#host.after(farewellTime, () => {
      this.#stream.destroy();
    });
    this.#stream.end();
    this.#abandon();
    this.#host.left(this, message);
  }

  #refuse(id: number, code: FailureCode, message: string): void {
    this.#send({ type: 'failed', id, code, message });
  }

  #send(message: FromEngine): void {
    if (this.#state === 'greeted') this.#write(encode(message));
  }

  #write(bytes: Uint8Array): void {
    if (this.#stream.backlog > limits.queuedBytes) {
      const most = `${limits.queuedBytes / 1024 / 1024} MiB`;
      this.dismiss('too-slow', `More than ${most} wait for this client.`);
      return;
    }
    this.#stream.write([bytes]);
  }

  #leave(why: string): void {
    const told = this.#state === 'leaving';
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#patience.cancel();
    this.#abandon();
    if (!told) this.#host.left(this, why);
  }

  #abandon(): void {
    for (const controller of this.#open.values()) controller.abort();
    this.#open.clear();
    this.mounts.closeAll();
  }
}
