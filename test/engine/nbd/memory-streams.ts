/**
 * Streams and a clock in memory, which move when they are told to: nothing in a test depends on what a machine
 * does meanwhile.
 */
import type {
  ByteStream,
  StreamAddress,
  StreamHandler,
  StreamListener,
  Streams,
  TlsSettings,
} from '../../../src/engine/world/streams.ts';
import { WorldError } from '../../../src/engine/world/world.ts';
import type { Answer, Clock, Timer } from '../../../src/engine/world/world.ts';

type Accept = (stream: ByteStream, from: string) => StreamHandler;

export class MemoryStreams implements Streams {
  readonly clock: Clock;
  /** Bytes in which everything arrives at most; whatever was written together, by default. */
  pieces = Number.MAX_SAFE_INTEGER;
  /** While it is set nobody is reached. */
  unreachable = false;
  readonly #listeners = new Map<string, Accept>();
  readonly #tasks: (() => void)[] = [];
  #timers: { readonly at: number; readonly run: () => void }[] = [];
  #now = 0;

  constructor() {
    this.clock = {
      now: () => this.#now,
      timeOfDay: () => this.#now,
      elapsed: () => this.#now,
      after: (delay, run) => this.#after(delay, run),
      beat: (delay, _period, run) =>
        this.#after(delay, () => {
          run(0);
        }),
    };
  }

  /** Open timers. */
  get timers(): number {
    return this.#timers.length;
  }

  listen(address: StreamAddress, accept: Accept, done: Answer<StreamListener>): void {
    const key = JSON.stringify(address);
    this.later(() => {
      this.#listeners.set(key, accept);
      done(undefined, {
        address,
        close: (closed) => {
          this.#listeners.delete(key);
          this.later(closed);
        },
      });
    });
  }

  connect(address: StreamAddress, handler: StreamHandler): MemoryStream {
    const here = new MemoryStream(this);
    this.later(() => {
      const accept = this.#listeners.get(JSON.stringify(address));
      if (here.ending) here.closedNow(undefined, handler);
      else if (!accept || this.unreachable) {
        here.closedNow(new WorldError('closed', 'memory', 'nobody listens there'), handler);
      } else {
        const there = new MemoryStream(this);
        here.join(there, handler);
        there.join(here, accept(there, 'memory'));
        handler.opened?.();
      }
    });
    return here;
  }

  later(run: () => void): void {
    this.#tasks.push(run);
  }

  /** Lets everything happen that needs no time to pass. Throws where that never ends. */
  settle(): void {
    for (let count = 0; this.#tasks.length > 0; count++) {
      if (count > 1_000_000) throw new Error('it does not come to rest');
      this.#tasks.shift()?.();
    }
  }

  /** Lets milliseconds pass. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      this.settle();
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = end;
  }

  #after(delay: number, run: () => void): Timer {
    if (delay <= 0) {
      let live = true;
      this.later(() => {
        if (live) run();
      });
      return {
        cancel: () => {
          live = false;
        },
      };
    }
    const timer = { at: this.#now + delay, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }
}

export class MemoryStream implements ByteStream {
  readonly #streams: MemoryStreams;
  #peer: MemoryStream | undefined;
  #handler: StreamHandler | undefined;
  /** What this side has sent and the other has not taken. */
  #sent: Uint8Array[] = [];
  #backlog = 0;
  #paused = false;
  #ending = false;
  #closed = false;
  tls: TlsSettings | undefined;

  constructor(streams: MemoryStreams) {
    this.#streams = streams;
  }

  get backlog(): number {
    return this.#backlog;
  }

  get ending(): boolean {
    return this.#ending;
  }

  join(peer: MemoryStream, handler: StreamHandler): void {
    this.#peer = peer;
    this.#handler = handler;
    this.#move();
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#closed || this.#ending) return;
    const together = Buffer.concat(parts);
    if (together.length > 0) this.#sent.push(together);
    this.#backlog += together.length;
    this.#move();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#peer?.move();
  }

  startTls(settings: TlsSettings): void {
    this.tls = settings;
  }

  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#move();
  }

  destroy(): void {
    this.#sent = [];
    this.#backlog = 0;
    this.#ending = true;
    this.#move();
  }

  closedNow(error: WorldError | undefined, handler = this.#handler): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sent = [];
    this.#backlog = 0;
    handler?.closed(error);
  }

  move(): void {
    this.#move();
  }

  #move(): void {
    this.#streams.later(() => {
      this.#deliver();
    });
  }

  #deliver(): void {
    const peer = this.#peer;
    if (!peer || this.#closed) return;
    if (this.#sent.length > 0) {
      if (peer.#paused || peer.#closed) return;
      const bytes = this.#next();
      this.#backlog -= bytes.length;
      peer.#handler?.received(bytes);
      if (this.#backlog === 0) this.#handler?.drained?.();
      this.#move();
    } else if (this.#ending) {
      this.closedNow(undefined);
      peer.closedNow(undefined);
    }
  }

  /** What was written first, or as much of it as may arrive at once; in memory of its own. */
  #next(): Uint8Array {
    const [first = new Uint8Array(0)] = this.#sent;
    const { pieces } = this.#streams;
    if (first.length <= pieces) this.#sent.shift();
    else this.#sent[0] = first.subarray(pieces);
    return first.slice(0, pieces);
  }
}
