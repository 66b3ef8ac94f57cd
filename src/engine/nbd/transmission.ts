/**
 * The server's side of the transmission phase: requests go in, calls on a disk and replies come out. Requests run
 * side by side and are answered as they finish.
 */
import type { Payload } from '../world/payload.ts';
import { zeroes } from '../world/payloads.ts';
import type { WorldError } from '../world/world.ts';
import type { Budget } from './budget.ts';
import type { ExportedDisk } from './exported-disk.ts';
import type { Agreement } from './exports.ts';
import { failureOf } from './failures.ts';
import type { Failure } from './failures.ts';
import { command, commandFlag, errno, headerLength, magic, maxPayload, wide } from './protocol.ts';
import type { ReceivedBytes } from './received-bytes.ts';
import { ReplyWriter } from './replies.ts';
import type { Cookie } from './replies.ts';
import { problemOf } from './request.ts';
import type { Request } from './request.ts';

export interface TransmissionEffects {
  /** Bytes of replies that the client has not read yet and that are still in our memory. */
  readonly backlog: number;
  send(parts: readonly Uint8Array[]): void;
  /** Stops, or lets on, the bytes that arrive. Doing it again does nothing. */
  pause(): void;
  resume(): void;
  /** All that was begun is done, nothing more will be: the stream can end. May be said more than once. */
  close(): void;
}

/** Requests of one client that run at once. */
const mostRequests = 1024;

/**
 * Shares of the memory of all clients that one may have: a quarter for what is being written, read and sent, and a
 * sixteenth for what it has not read of it. With more than that to send, a client first has to read.
 */
const heldShare = 1 / 4;
const backlogShare = 1 / 16;

/** What is fetched ahead at once, and in all for one request. */
const cachedAtOnce = 1024 * 1024;

export class Transmission {
  readonly #disk: ExportedDisk;
  readonly #agreement: Agreement;
  readonly #input: ReceivedBytes;
  readonly #budget: Budget;
  readonly #effects: TransmissionEffects;
  readonly #replies: ReplyWriter;
  readonly #mostHeld: number;
  readonly #longestBacklog: number;
  /** A write whose data is on its way. */
  #writing: Request | undefined;
  /** Data of a refused write that is still to come, and how its request is answered. */
  #discarding = 0;
  #discarded: { readonly cookie: Cookie; readonly failure: Failure } | undefined;
  #running = 0;
  /** Bytes taken from the budget, and how many of them are replies that are being sent. */
  #held = 0;
  #sending = 0;
  #blocked = false;
  #waitsForBudget = false;
  #stepping = false;
  /** Nothing more is begun. */
  #ending = false;
  #closed = false;

  constructor(
    agreement: Agreement,
    input: ReceivedBytes,
    budget: Budget,
    effects: TransmissionEffects,
  ) {
    this.#disk = agreement.served.disk;
    this.#agreement = agreement;
    this.#input = input;
    this.#budget = budget;
    this.#effects = effects;
    this.#mostHeld = budget.limit * heldShare;
    this.#longestBacklog = budget.limit * backlogShare;
    this.#replies = new ReplyWriter(agreement.structuredReplies);
  }

  /** Whether no call on the disk is under way. */
  get idle(): boolean {
    return this.#running === 0;
  }

  /** There may be something new to do: bytes have come, the backlog is shorter, memory is free. */
  readonly proceed = (): void => {
    // A disk may answer within the call: then the loop below is running already.
    if (this.#stepping) return;
    this.#settle();
    this.#takeSteps();
    if (this.#ended()) return;
    if (this.#blocked) this.#effects.pause();
    else this.#effects.resume();
  };

  /** Begins nothing more and closes when what runs is done. */
  stop(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#input.clear();
    this.#closeWhenIdle();
  }

  /** The stream is gone. What runs still comes to its end, and nobody hears of it. */
  closed(): void {
    this.#closed = true;
    this.#ending = true;
    this.#input.clear();
    this.#writing = undefined;
    this.#release(this.#sending);
    this.#sending = 0;
    if (this.#running === 0) this.#release(this.#held);
  }

  #takeSteps(): void {
    this.#stepping = true;
    this.#blocked = false;
    while (this.#step());
    this.#stepping = false;
  }

  #ended(): boolean {
    if (!this.#ending) return false;
    this.#input.clear();
    this.#closeWhenIdle();
    return true;
  }

  #step(): boolean {
    if (this.#ending) return false;
    if (this.#discarding > 0) return this.#discard();
    if (this.#writing) return this.#takeData(this.#writing);
    return this.#header();
  }

  #header(): boolean {
    if (this.#input.length < headerLength.request) return false;
    const { view, at } = this.#input.look(headerLength.request);
    if (view.getUint32(at) !== magic.request) {
      // Nothing tells where the next request begins.
      this.#ending = true;
      return false;
    }
    const request: Request = {
      flags: view.getUint16(at + 4),
      type: view.getUint16(at + 6),
      cookie: { high: view.getUint32(at + 8), low: view.getUint32(at + 12) },
      offset: wide(view.getUint32(at + 16), view.getUint32(at + 20)),
      length: view.getUint32(at + 24),
    };
    if (!this.#mayBegin(request)) {
      this.#blocked = true;
      return false;
    }
    this.#input.skip(headerLength.request);
    this.#begin(request);
    return true;
  }

  /** Whether there is room for the request; takes it where there is. */
  #mayBegin({ type, length }: Request): boolean {
    if (this.#running >= mostRequests || this.#effects.backlog > this.#longestBacklog) return false;
    const moves = type === command.read || type === command.write;
    if (!moves || length > maxPayload) return true;
    if (this.#held + length > this.#mostHeld && this.#held > 0) return false;
    if (this.#budget.take(length, this.#held === 0)) {
      this.#held += length;
      return true;
    }
    if (!this.#waitsForBudget) {
      this.#waitsForBudget = true;
      this.#budget.wait(() => {
        this.#waitsForBudget = false;
        if (!this.#ending) this.proceed();
      });
    }
    return false;
  }

  #begin(request: Request): void {
    const { cookie, type, length } = request;
    // What runs is still done and answered.
    if (type === command.disconnect) {
      this.#ending = true;
      return;
    }
    const failure = problemOf(request, this.#agreement);
    const moves = type === command.read || type === command.write;
    if (failure) {
      if (moves && length <= maxPayload) this.#giveBack(length);
      if (type === command.write && length > 0) {
        this.#discarding = length;
        this.#discarded = { cookie, failure };
      } else {
        this.#send(this.#replies.failure(cookie, failure));
      }
      return;
    }
    if (type === command.write) this.#writing = request;
    else this.#run(request);
  }

  #discard(): boolean {
    this.#discarding -= this.#input.skip(this.#discarding);
    if (this.#discarding > 0) return false;
    if (this.#discarded) {
      const { cookie, failure } = this.#discarded;
      this.#send(this.#replies.failure(cookie, failure));
    }
    this.#discarded = undefined;
    return true;
  }

  #takeData(request: Request): boolean {
    const { cookie, flags, offset, length } = request;
    if (this.#input.length < length) return false;
    this.#writing = undefined;
    const payload = this.#input.take(length);
    const fua = (flags & commandFlag.fua) !== 0;
    this.#running++;
    const finished = this.#finish(cookie, length);
    if (length === 0) finished(undefined);
    else this.#disk.write(offset, payload, fua, finished);
    return true;
  }

  #run(request: Request): void {
    const { cookie, flags, length, offset, type } = request;
    const disk = this.#disk;
    this.#running++;
    const fua = (flags & commandFlag.fua) !== 0;
    if (type === command.read) {
      this.#read(request);
      return;
    }
    if (type === command.blockStatus) {
      this.#blockStatus(request);
      return;
    }
    const finished = this.#finish(cookie, 0);
    if (type === command.flush) disk.flush(finished);
    else if (length === 0) finished(undefined);
    else if (type === command.trim) disk.trim(offset, length, fua, finished);
    else if (type === command.cache) this.#cache(offset, Math.min(length, maxPayload), finished);
    else {
      const mayTrim = (flags & commandFlag.noHole) === 0;
      disk.zero(offset, length, { fua, mayTrim }, finished);
    }
  }

  #read({ cookie, flags, offset, length }: Request): void {
    const read = (error: WorldError | undefined, payload: Payload | undefined): void => {
      this.#running--;
      if (payload?.length === length && !error) {
        const whole = (flags & commandFlag.df) !== 0;
        this.#send(this.#replies.data(cookie, offset, payload, whole));
        this.#sending += length;
      } else {
        this.#giveBack(length);
        this.#send(this.#replies.failure(cookie, error ? failureOf(error) : shortRead));
      }
      this.#finished();
    };
    if (length === 0) read(undefined, zeroes(0));
    else this.#disk.read(offset, length, read);
  }

  #blockStatus({ cookie, flags, offset, length }: Request): void {
    const one = (flags & commandFlag.reqOne) !== 0;
    const disk = this.#disk;
    if (!disk.allocation) {
      this.#running--;
      const all = [{ length, hole: false, zero: false }];
      this.#send(this.#replies.allocation(cookie, all, length, one));
      this.#finished();
      return;
    }
    disk.allocation(offset, length, (error, runs) => {
      this.#running--;
      if (runs && runs.length > 0 && !error) {
        this.#send(this.#replies.allocation(cookie, runs, length, one));
      } else {
        this.#send(this.#replies.failure(cookie, error ? failureOf(error) : shortRead));
      }
      this.#finished();
    });
  }

  /** Reads what the client is about to read, so that whatever caches below the disk has it. */
  #cache(offset: number, length: number, done: (error: WorldError | undefined) => void): void {
    const part = Math.min(length, cachedAtOnce);
    this.#disk.read(offset, part, (error) => {
      if (error || part === length || this.#closed) done(error);
      else this.#cache(offset + part, length - part, done);
    });
  }

  #finish(cookie: Cookie, held: number): (error: WorldError | undefined) => void {
    return (error) => {
      this.#running--;
      this.#giveBack(held);
      if (error) this.#send(this.#replies.failure(cookie, failureOf(error)));
      else this.#send(this.#replies.success(cookie));
      this.#finished();
    };
  }

  #finished(): void {
    if (this.#closed) {
      if (this.#running === 0) this.#release(this.#held);
      this.#effects.close();
      return;
    }
    if (this.#ending) this.#closeWhenIdle();
    else if (this.#blocked) this.proceed();
  }

  #send(parts: readonly Uint8Array[]): void {
    if (!this.#closed) this.#effects.send(parts);
  }

  #closeWhenIdle(): void {
    if (this.#running === 0) this.#effects.close();
  }

  #giveBack(bytes: number): void {
    this.#release(Math.min(bytes, this.#held));
  }

  /** Gives back what replies held that the client has read by now. */
  #settle(): void {
    const { backlog } = this.#effects;
    if (this.#sending <= backlog) return;
    const sent = this.#sending - backlog;
    this.#sending = backlog;
    this.#release(sent);
  }

  #release(bytes: number): void {
    this.#held -= bytes;
    this.#budget.give(bytes);
  }
}

const shortRead: Failure = {
  errno: errno.inputOutput,
  message: 'the disk answered something else than was asked for',
};
