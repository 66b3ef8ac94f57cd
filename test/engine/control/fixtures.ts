/** A control server without sockets: streams in memory, a clock that is turned by hand, a lab that stands still. */
import type { LabSnapshot, Reply, Request } from '../../../src/engine/api.ts';
import { ControlClient, type ClientOptions } from '../../../src/engine/control/control-client.ts';
import { ControlServer } from '../../../src/engine/control/control-server.ts';
import type {
  CloneQuestion,
  ControlledEngine,
  Mounted,
  MountQuestion,
  Progress,
} from '../../../src/engine/control/controlled-engine.ts';
import type { CloneAnswer, EngineInfo } from '../../../src/engine/control/questions.ts';
import type { ByteStream, StreamHandler } from '../../../src/engine/world/streams.ts';
import type { Timer } from '../../../src/engine/world/world.ts';

/** Time, and what is to happen in it. Deliveries are timers without a delay, so nothing is heard inside a call. */
export class ManualClock {
  now = 0;
  #timers: { at: number; run: () => void }[] = [];

  after(delay: number, run: () => void): Timer {
    const timer = { at: this.now + delay, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((each) => each !== timer);
      },
    };
  }

  get waiting(): number {
    return this.#timers.length;
  }

  /** Lives through everything up to `until`, in order. */
  run(until = this.now): void {
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until);
      const next = due.reduce<(typeof due)[number] | undefined>(
        (first, each) => (first === undefined || each.at < first.at ? each : first),
        undefined,
      );
      if (!next) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = Math.max(this.now, until);
  }
}

/** One end of a stream in memory. */
export class MemoryEnd implements ByteStream {
  readonly #clock: ManualClock;
  handler: StreamHandler | undefined;
  peer: MemoryEnd | undefined;
  /** The other side takes nothing: all that is written to it waits. */
  isStuck = false;
  isClosed = false;
  #ending = false;
  #waiting: Uint8Array[] = [];
  #backlog = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  get backlog(): number {
    return this.#backlog;
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.isClosed || this.#ending) return;
    for (const part of parts) {
      this.#waiting.push(part);
      this.#backlog += part.length;
    }
    this.flush();
  }

  flush(): void {
    if (this.isStuck) return;
    const parts = this.#waiting;
    const ended = this.#ending;
    this.#waiting = [];
    if (parts.length === 0 && !ended) return;
    this.#clock.after(0, () => {
      for (const part of parts) {
        if (this.isClosed) return;
        this.#backlog -= part.length;
        this.peer?.hear(part.slice());
      }
      if (ended) this.destroy();
      else if (this.#backlog === 0 && !this.isClosed) this.handler?.drained?.();
    });
  }

  hear(bytes: Uint8Array): void {
    if (!this.isClosed) this.handler?.received(bytes);
  }

  end(): void {
    this.#ending = true;
    this.flush();
  }

  destroy(): void {
    if (this.isClosed) return;
    const { peer } = this;
    this.isClosed = true;
    for (const end of [this, ...(peer && !peer.isClosed ? [peer] : [])]) {
      this.#clock.after(0, () => {
        end.isClosed = true;
        end.handler?.closed(undefined);
      });
    }
  }

  pause(): void {}
  resume(): void {}
  startTls(): void {
    throw new Error('There is no TLS in memory.');
  }
}

export const info: EngineInfo = {
  version: '1.2.3',
  pid: 4711,
  topology: '/srv/lab.dr.yaml',
  state: '/srv/.tidemark',
  started: 1000,
  stays: true,
};

export const quiet: LabSnapshot = {
  now: 0,
  sites: [],
  vpgs: [],
  alerts: [],
  operations: [],
  tasks: [],
  outages: [],
};

/** Says what it is told to say, and remembers what it was asked. */
export class ScriptedEngine implements ControlledEngine {
  state: LabSnapshot = quiet;
  readonly asked: string[] = [];
  readonly reports: string[] = [];
  reply: (request: Request) => Promise<Reply> = () =>
    Promise.resolve({ result: 'success', operation: 'op 1' });
  copy: (progress: Progress, signal: AbortSignal) => Promise<CloneAnswer> = () =>
    Promise.resolve({ result: 'success', files: {} });
  stopped = false;

  info(): EngineInfo {
    return info;
  }
  snapshot(): LabSnapshot {
    return this.state;
  }
  timeline() {
    return { from: 0, to: 0, snapshot: this.state, rates: [] };
  }
  disks() {
    return [{ disk: 'FS01/data', size: 1024, uri: 'nbd+unix:///FS01/data?socket=/x' }];
  }
  images() {
    return [];
  }
  request(site: string | undefined, request: Request): Promise<Reply> {
    this.asked.push(`${request.kind} at ${site ?? 'any site'}`);
    return this.reply(request);
  }
  power(component: string, verb: string): void {
    this.asked.push(`${verb} ${component}`);
  }
  cutLink(link: string): void {
    this.asked.push(`cut ${link}`);
  }
  healLink(link: string): void {
    this.asked.push(`heal ${link}`);
  }
  degradeLink(link: string, change: object): void {
    this.asked.push(`degrade ${link} ${JSON.stringify(change)}`);
  }
  clone(_: CloneQuestion, progress: Progress, signal: AbortSignal): Promise<CloneAnswer> {
    return this.copy(progress, signal);
  }
  /** Of mounts that were closed, in that order. */
  readonly unmounted: string[] = [];
  opened: (question: MountQuestion, count: number) => Promise<Mounted> = (_, count) => {
    const mount = `DR_Site ${count}`;
    const answer = { result: 'success', mount, checkpoint: { id: 1, time: 5 }, disks: [] } as const;
    return Promise.resolve({ answer, close: () => this.unmounted.push(mount) });
  };
  #mounts = 0;
  mount(question: MountQuestion): Promise<Mounted> {
    return this.opened(question, ++this.#mounts);
  }
  stop(): void {
    this.stopped = true;
  }
  report(problem: string): void {
    this.reports.push(problem);
  }
}

export class ControlBed {
  readonly clock = new ManualClock();
  readonly engine = new ScriptedEngine();
  readonly populations: number[] = [];
  readonly server = new ControlServer(this.engine, {
    clock: this.clock,
    population: (clients) => {
      this.populations.push(clients);
    },
  });

  /** Both ends of a new connection, the server's served. */
  connect(): { readonly own: MemoryEnd; readonly served: MemoryEnd } {
    const own = new MemoryEnd(this.clock);
    const served = new MemoryEnd(this.clock);
    own.peer = served;
    served.peer = own;
    served.handler = this.server.accept(served);
    return { own, served };
  }

  client(options: Partial<ClientOptions> = {}): ControlClient {
    return new ControlClient(
      (handler) => {
        const { own } = this.connect();
        own.handler = handler;
        this.clock.after(0, () => handler.opened?.());
        return own;
      },
      { client: 'a test', ...options },
    );
  }

  /** Sends lines as they are, and collects what comes back. */
  raw(): RawClient {
    const { own, served } = this.connect();
    return new RawClient(this.clock, own, served);
  }

  /** Turns the clock until promises and deliveries have nothing left to do. */
  async settle(until = this.clock.now): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      this.clock.run(until);
      await Promise.resolve();
    }
  }
}

export class RawClient {
  readonly #clock: ManualClock;
  readonly own: MemoryEnd;
  readonly served: MemoryEnd;
  readonly heard: Record<string, unknown>[] = [];
  closed = false;
  #text = '';

  constructor(clock: ManualClock, own: MemoryEnd, served: MemoryEnd) {
    this.#clock = clock;
    this.own = own;
    this.served = served;
    own.handler = {
      received: (bytes) => {
        this.#text += new TextDecoder().decode(bytes);
        const lines = this.#text.split('\n');
        this.#text = lines.pop() ?? '';
        for (const line of lines) this.heard.push(JSON.parse(line) as Record<string, unknown>);
      },
      closed: () => {
        this.closed = true;
      },
    };
  }

  send(...lines: unknown[]): void {
    for (const line of lines) {
      this.bytes(
        new TextEncoder().encode(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`),
      );
    }
  }

  bytes(bytes: Uint8Array): void {
    this.own.write([bytes]);
    this.#clock.run();
  }

  hello(): void {
    this.send({ type: 'hello', protocol: 1, client: 'raw' });
  }

  get last(): Record<string, unknown> | undefined {
    return this.heard.at(-1);
  }
}
