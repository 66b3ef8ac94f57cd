/** A client's side of the protocol: questions as promises, and what was subscribed to as calls. */
import type { LabSnapshot } from '../api.ts';
import type { ByteStream, StreamHandler } from '../world/streams.ts';
import type { EngineEvent } from './engine-events.ts';
import { LineReader } from './lines.ts';
import {
  check,
  encode,
  limits,
  protocolVersion,
  readFromEngine,
  type FromClient,
  type FromEngine,
  type GoodbyeCode,
} from './protocol.ts';
import {
  QuestionError,
  type Answers,
  type EngineInfo,
  type Question,
  type QuestionKind,
} from './questions.ts';
import { answerSchemas } from './schema/questions.ts';

/** The connection to the engine is over, or never came to be. */
export class DisconnectedError extends Error {
  /** What the engine gave as its reason; undefined where it gave none. */
  readonly code: GoodbyeCode | undefined;

  constructor(message: string, code?: GoodbyeCode) {
    super(message);
    this.name = 'DisconnectedError';
    this.code = code;
  }
}

export interface ClientOptions {
  /** Who is there, for the engine's log, such as `tidemark 0.1.0`. */
  readonly client: string;
  snapshot?(snapshot: LabSnapshot): void;
  event?(event: EngineEvent): void;
  /** Heard once, where the connection had been made. */
  disconnected?(error: DisconnectedError): void;
}

interface Pending {
  readonly kind: QuestionKind;
  readonly progress: ((done: number, total: number) => void) | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** After the stream has closed nothing is asked any more, and everything open is rejected. */
export class ControlClient {
  readonly #stream: ByteStream;
  readonly #options: ClientOptions;
  readonly #lines = new LineReader(limits.engineLine);
  readonly #pending = new Map<number, Pending>();
  readonly #hello: Promise<EngineInfo>;
  #greeted: ((engine: EngineInfo) => void) | undefined;
  #notGreeted: ((error: Error) => void) | undefined;
  #end: DisconnectedError | undefined;
  #next = 1;

  constructor(connect: (handler: StreamHandler) => ByteStream, options: ClientOptions) {
    this.#options = options;
    this.#hello = new Promise((resolve, reject) => {
      this.#greeted = resolve;
      this.#notGreeted = reject;
    });
    // Who never asks for it need not be told that it did not come.
    this.#hello.catch(() => undefined);
    this.#stream = connect({
      opened: () => {
        this.#send({ type: 'hello', protocol: protocolVersion, client: options.client });
      },
      received: (bytes) => {
        this.#received(bytes);
      },
      closed: (error) => {
        const why = error?.message ?? 'The engine closed the connection without a word.';
        this.#over(new DisconnectedError(why));
      },
    });
  }

  /**
   * Resolves when the engine has said hello.
   *
   * @throws DisconnectedError where it sends the client away or ends
   */
  hello(): Promise<EngineInfo> {
    return this.#hello;
  }

  /**
   * @throws QuestionError where the engine cannot answer
   * @throws DisconnectedError where the connection ends before the answer
   */
  async ask<Q extends Question>(
    question: Q,
    progress?: (done: number, total: number) => void,
  ): Promise<Answers[Q['kind']]> {
    await this.#hello;
    return new Promise((resolve, reject) => {
      if (this.#end) {
        reject(this.#end);
        return;
      }
      const id = this.#next++;
      this.#pending.set(id, {
        kind: question.kind,
        progress,
        // The schema of the question's kind has seen it.
        resolve: resolve as (answer: unknown) => void,
        reject,
      });
      this.#send({ type: 'ask', id, question });
    });
  }

  /** Ends the connection; what is open is rejected. */
  close(): void {
    this.#over(new DisconnectedError('The connection to the engine was closed.'));
  }

  #received(bytes: Uint8Array): void {
    const fault = this.#lines.read(bytes, (line) => {
      const message = readFromEngine(line);
      if (message.ok) this.#take(message.value);
      else this.#broken(message.problem);
      return this.#end === undefined;
    });
    if (fault !== undefined) this.#broken(`a line is ${fault === 'too-long' ? 'too long' : fault}`);
  }

  #send(message: FromClient): void {
    this.#stream.write([encode(message)]);
  }

  #broken(problem: string): void {
    this.#over(new DisconnectedError(`The engine is not understood: ${problem}.`));
  }

  #take(message: FromEngine): void {
    switch (message.type) {
      case 'hello':
        this.#greeted?.(message.engine);
        return;
      case 'answer': {
        const pending = this.#pending.get(message.id);
        if (!pending) return;
        const answer = check<unknown>(message.answer, answerSchemas[pending.kind]);
        if (!answer.ok) {
          this.#broken(`its answer to ${pending.kind}: ${answer.problem}`);
          return;
        }
        this.#pending.delete(message.id);
        pending.resolve(answer.value);
        return;
      }
      case 'failed': {
        const pending = this.#pending.get(message.id);
        this.#pending.delete(message.id);
        pending?.reject(new QuestionError(message.code, message.message));
        return;
      }
      case 'progress':
        this.#pending.get(message.id)?.progress?.(message.done, message.total);
        return;
      case 'snapshot':
        this.#options.snapshot?.(message.snapshot);
        return;
      case 'event':
        this.#options.event?.(message.event);
        return;
      case 'bye':
        this.#over(new DisconnectedError(message.message, message.code));
        return;
    }
  }

  #over(error: DisconnectedError): void {
    if (this.#end) return;
    this.#end = error;
    this.#stream.destroy();
    this.#notGreeted?.(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#options.disconnected?.(error);
  }
}
