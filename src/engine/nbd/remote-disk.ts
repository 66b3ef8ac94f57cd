/**
 * A disk on an NBD target, such as nbdkit, qemu-nbd or what they stand in front of.
 *
 * When the connection breaks, requests wait until there is another and are asked again; the target must be the
 * same then. What it had answered but not made durable may be lost with it, so the flush that comes next fails, once:
 * as with a file whose `fsync` has failed, all that was written since the flush before has to be written again.
 */
import type { Payload } from '../world/payload.ts';
import { isZeroes, joinPayloads, partsOf } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Done, Timer } from '../world/world.ts';
import type { ExportProperties } from './client-handshake.ts';
import { ClientSession } from './client-session.ts';
import type { ClientAnswer, ClientRequest, SessionSettings } from './client-session.ts';
import type { AllocationRun, ExportedDisk, ZeroOptions } from './exported-disk.ts';
import { eachPiece, whenAll } from './pieces.ts';
import { command, commandFlag, maxPayload, transmissionFlag } from './protocol.ts';

export interface RemoteDiskOptions extends SessionSettings {
  /** Milliseconds that a request waits for a connection before it fails; by default 30 s. */
  readonly patience?: number | undefined;
  /** Milliseconds after which a target that answers nothing is connected to anew; by default 60 s. */
  readonly answerTime?: number | undefined;
}

export interface RemoteDisk extends ExportedDisk {
  /** What it is called in errors. */
  readonly subject: string;
  /** Whether there is a connection at the moment. */
  readonly connected: boolean;
  allocation(offset: number, length: number, done: Answer<readonly AllocationRun[]>): void;
  /** Says goodbye to the target. What has not been answered fails. */
  close(): void;
}

/** Connects, once. Fails where that does not work, or the target cannot do what a disk needs. */
export function openRemoteDisk(options: RemoteDiskOptions, done: Answer<RemoteDisk>): void {
  let first = true;
  let opened: ReconnectingDisk | undefined;
  const session = new ClientSession(options, {
    ready: (properties) => {
      first = false;
      const problem = problemWith(properties, options.subject);
      if (problem) {
        session.end();
        done(problem, undefined);
      } else {
        opened = new ReconnectingDisk(options, properties);
        opened.adopt(session, properties);
        done(undefined, opened);
      }
    },
    answered: () => {
      opened?.answered();
    },
    closed: (error, leftOver) => {
      if (first) done(error, undefined);
      else opened?.lost(error, leftOver);
    },
  });
}

const defaultPatience = 30_000;
const defaultAnswerTime = 60_000;

/** Milliseconds between attempts to connect: the first, and the longest that doubling leads to. */
const shortestPause = 100;
const longestPause = 5000;

/** Requests that the target has to answer at once, and bytes in our memory that it has not taken. */
const mostAsked = 256;
const longestBacklog = 2 * maxPayload;

/** Bytes of one request without data; what is said of ranges has 32 bits. */
const longestRange = 1024 * 1024 * 1024;

class ReconnectingDisk implements RemoteDisk {
  readonly subject: string;
  readonly size: number;
  readonly readOnly: boolean;
  readonly zeroesFast: boolean;
  readonly #options: RemoteDiskOptions;
  readonly #largest: number;
  #session: ClientSession | undefined;
  #properties: ExportProperties;
  /** What waits for a connection, or for its turn. */
  #waiting: ClientRequest[] = [];
  #asked = 0;
  #answered = 0;
  /** Writes that were answered; and how many of them a flush has covered. */
  #written = 0;
  #durable = 0;
  /** Why the next flush has to fail. */
  #loss: WorldError | undefined;
  #pause = shortestPause;
  #attempt: Timer | undefined;
  #connecting: ClientSession | undefined;
  #giveUp: Timer | undefined;
  #watch: Timer | undefined;
  #lastError: WorldError | undefined;
  #closed = false;

  constructor(options: RemoteDiskOptions, properties: ExportProperties) {
    const { flags, largestRequest, size } = properties;
    this.#options = options;
    this.#properties = properties;
    this.subject = options.subject;
    this.size = size;
    this.readOnly = (flags & transmissionFlag.readOnly) !== 0;
    this.zeroesFast = (flags & transmissionFlag.sendWriteZeroes) !== 0;
    this.#largest = Math.min(largestRequest ?? maxPayload, maxPayload);
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    const parts: Payload[] = [];
    const gather = whenAll(this.#options.clock, Math.ceil(length / this.#largest), (error) => {
      if (error) done(error, undefined);
      else done(undefined, joinPayloads(parts));
    });
    eachPiece(offset, length, this.#largest, (at, part, index) => {
      this.#submit(command.read, 0, at, part, [], (error, answer) => {
        if (answer?.payload) parts[index] = answer.payload;
        gather(error);
      });
    });
  }

  write(offset: number, payload: Payload, fua: boolean, done: Done): void {
    if (isZeroes(payload)) {
      this.zero(offset, payload.length, { fua, mayTrim: true }, done);
      return;
    }
    const gather = whenAll(this.#options.clock, Math.ceil(payload.length / this.#largest), done);
    eachPiece(offset, payload.length, this.#largest, (at, length) => {
      const part = payload.slice(at - offset, at - offset + length);
      this.#submitWrite(command.write, at, length, bytesOf(part), 0, fua, gather);
    });
  }

  flush(done: Done): void {
    const covered = this.#written;
    this.#submit(command.flush, 0, 0, 0, [], (error) => {
      const loss = this.#loss;
      if (!error && !loss) {
        this.#durable = Math.max(this.#durable, covered);
        done(undefined);
        return;
      }
      this.#loss = undefined;
      // Whoever asked writes anew what this flush was for: it is lost once, not for ever.
      if (loss) this.#durable = this.#written;
      done(loss ?? error);
    });
  }

  zero(offset: number, length: number, { fua, mayTrim }: ZeroOptions, done: Done): void {
    if ((this.#properties.flags & transmissionFlag.sendWriteZeroes) !== 0) {
      const flags = mayTrim ? 0 : commandFlag.noHole;
      this.#eachRange(command.writeZeroes, offset, length, flags, fua, done);
      return;
    }
    const gather = whenAll(this.#options.clock, Math.ceil(length / writtenZeroes.length), done);
    eachPiece(offset, length, writtenZeroes.length, (at, part) => {
      const data = [writtenZeroes.subarray(0, part)];
      this.#submitWrite(command.write, at, part, data, 0, fua, gather);
    });
  }

  trim(offset: number, length: number, fua: boolean, done: Done): void {
    if ((this.#properties.flags & transmissionFlag.sendTrim) !== 0) {
      this.#eachRange(command.trim, offset, length, 0, fua, done);
    } else {
      // Leaving it as it was is a way to trim.
      this.#options.clock.after(0, () => {
        done(undefined);
      });
    }
  }

  allocation(offset: number, length: number, done: Answer<readonly AllocationRun[]>): void {
    const part = Math.min(length, longestRange);
    if (this.#properties.allocationId === undefined) {
      this.#options.clock.after(0, () => {
        done(undefined, [{ length: part, hole: false, zero: false }]);
      });
      return;
    }
    this.#submit(command.blockStatus, 0, offset, part, [], (error, answer) => {
      const runs = answer?.runs?.filter((run) => run.length > 0) ?? [];
      if (error) done(error, undefined);
      else if (runs.length > 0) done(undefined, runs);
      else {
        const why = 'the NBD server told nothing of the range that was asked for';
        done(new WorldError('corrupt', this.subject, why), undefined);
      }
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of [this.#attempt, this.#giveUp, this.#watch]) timer?.cancel();
    const closed = new WorldError('closed', this.subject, 'the disk was closed');
    this.#fail(closed);
    this.#connecting?.abandon('the disk was closed');
    this.#session?.end();
  }

  /** Goes on through a connection. */
  adopt(session: ClientSession, properties: ExportProperties): void {
    this.#session = session;
    this.#properties = properties;
    this.#pause = shortestPause;
    this.#giveUp?.cancel();
    this.#giveUp = undefined;
    this.#lastError = undefined;
    this.#watchOver(session);
    this.#proceed();
  }

  /** The target has answered one request. */
  answered(): void {
    this.#asked--;
    this.#answered++;
    if (this.#waiting.length > 0) this.#proceed();
  }

  /** The connection is gone: what it left over waits for the next one. */
  lost(error: WorldError, leftOver: readonly ClientRequest[]): void {
    this.#session = undefined;
    this.#watch?.cancel();
    this.#asked = 0;
    if (this.#written > this.#durable) {
      const why = `the connection broke before all that was written was durable (${error.message})`;
      this.#loss = new WorldError('input-output', this.subject, why);
    }
    this.#waiting = [...leftOver, ...this.#waiting];
    if (this.#closed) {
      this.#fail(new WorldError('closed', this.subject, 'the disk was closed'));
      return;
    }
    this.#lastError = error;
    this.#expectConnection();
    this.#connectSoon();
  }

  #connectSoon(): void {
    this.#attempt = this.#options.clock.after(this.#pause, () => {
      this.#connect();
    });
    this.#pause = Math.min(this.#pause * 2, longestPause);
  }

  #connect(): void {
    let adopted = false;
    let refused: WorldError | undefined;
    const session = new ClientSession(this.#options, {
      ready: (properties) => {
        this.#connecting = undefined;
        refused = problemWith(properties, this.subject) ?? this.#change(properties);
        adopted = !refused;
        if (refused) session.end();
        else this.adopt(session, properties);
      },
      answered: () => {
        this.answered();
      },
      closed: (error, leftOver) => {
        this.#connecting = undefined;
        if (adopted) this.lost(error, leftOver);
        else if (!this.#closed) {
          this.#lastError = refused ?? error;
          this.#connectSoon();
        }
      },
    });
    this.#connecting = session;
  }

  /** Why the target is not the one that it was, where it is not. */
  #change({ flags, size }: ExportProperties): WorldError | undefined {
    if (size !== this.size) {
      const why = `it had ${this.size} bytes before the connection broke, and has ${size} now`;
      return new WorldError('input-output', this.subject, why);
    }
    if (((flags & transmissionFlag.readOnly) !== 0) === this.readOnly) return undefined;
    return new WorldError('input-output', this.subject, 'what may be done to it has changed');
  }

  /** Lets what waits fail where no connection comes. */
  #expectConnection(): void {
    if (this.#giveUp || this.#session || this.#waiting.length === 0) return;
    this.#giveUp = this.#options.clock.after(this.#options.patience ?? defaultPatience, () => {
      this.#giveUp = undefined;
      const why = this.#lastError?.message ?? 'no connection';
      this.#fail(new WorldError('input-output', this.subject, `it cannot be reached (${why})`));
    });
  }

  /** Breaks off a connection over which nothing is answered any more. */
  #watchOver(session: ClientSession): void {
    const answered = this.#answered;
    const wasWaiting = this.#asked > 0;
    this.#watch = this.#options.clock.after(this.#options.answerTime ?? defaultAnswerTime, () => {
      if (this.#session !== session) return;
      if (wasWaiting && this.#asked > 0 && this.#answered === answered) {
        session.abandon('the NBD server does not answer');
      } else {
        this.#watchOver(session);
      }
    });
  }

  #fail(error: WorldError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { done } of waiting) done(error, undefined);
  }

  #submitWrite(
    type: number,
    offset: number,
    length: number,
    data: readonly Uint8Array[],
    flags: number,
    fua: boolean,
    done: Done,
  ): void {
    const canFua = (this.#properties.flags & transmissionFlag.sendFua) !== 0;
    const all = flags | (fua && canFua ? commandFlag.fua : 0);
    this.#submit(type, all, offset, length, data, (error) => {
      if (!error && !(fua && canFua)) this.#written++;
      if (error || !fua || canFua) done(error);
      else this.flush(done);
    });
  }

  #eachRange(
    type: number,
    offset: number,
    length: number,
    flags: number,
    fua: boolean,
    done: Done,
  ): void {
    const gather = whenAll(this.#options.clock, Math.ceil(length / longestRange), done);
    eachPiece(offset, length, longestRange, (at, part) => {
      this.#submitWrite(type, at, part, [], flags, fua, gather);
    });
  }

  #submit(
    type: number,
    flags: number,
    offset: number,
    length: number,
    data: readonly Uint8Array[],
    done: (error: WorldError | undefined, answer: ClientAnswer | undefined) => void,
  ): void {
    if (this.#closed) {
      this.#options.clock.after(0, () => {
        done(new WorldError('closed', this.subject, 'the disk was closed'), undefined);
      });
      return;
    }
    this.#waiting.push({ type, flags, offset, length, data, done });
    this.#proceed();
    this.#expectConnection();
  }

  #proceed(): void {
    const session = this.#session;
    if (!session) return;
    let taken = 0;
    while (taken < this.#waiting.length && this.#asked < mostAsked) {
      if (session.backlog > longestBacklog && this.#asked > 0) break;
      const request = this.#waiting[taken++];
      if (!request) break;
      this.#asked++;
      session.ask(request);
    }
    if (taken > 0) this.#waiting.splice(0, taken);
  }
}

const writtenZeroes = new Uint8Array(1024 * 1024);

function bytesOf(payload: Payload): Uint8Array[] {
  return partsOf(payload).map((part) => part.bytes());
}

function problemWith(properties: ExportProperties, subject: string): WorldError | undefined {
  const { flags, smallestBlock } = properties;
  const unusable = (why: string): WorldError => new WorldError('input-output', subject, why);
  if (smallestBlock > 1) {
    const help = 'put `nbdkit --filter=blocksize` in front of it';
    return unusable(`it wants to be asked in blocks of ${smallestBlock} bytes; ${help}`);
  }
  const writable = (flags & transmissionFlag.readOnly) === 0;
  if (writable && (flags & transmissionFlag.sendFlush) === 0) {
    return unusable('it cannot be asked to make durable what was written');
  }
  return undefined;
}
