/**
 * Everything outside the engine: time, files, sockets, randomness, compression.
 *
 * Every process of the engine (a ZVM, a VRA, a protected machine's disk) is given a World of its own,
 * which dies with it: after a crash none of its timers fires, none of its callbacks is called, and of
 * its files only what was synced is sure to be there. `simulated.ts` makes Worlds in virtual time,
 * `node.ts` will make them on a real machine.
 *
 * Completions arrive by callback, never inside the call that asked for them, and a completion's
 * `error` is a {@link WorldError} or undefined.
 */
import type { Payload } from './payload.ts';

/** Milliseconds; in a simulated world since the start of the simulation, warm-up included. */
export type Instant = number;

export interface World {
  /** What the process is called in events and errors, such as `zvm Prod_Site`. */
  readonly name: string;
  readonly clock: Clock;
  readonly network: Network;
  readonly storage: Storage;
  readonly random: Random;
  readonly codec: Codec;
  readonly cpu: Cpu;
}

/** The CPU of the machine that the process runs on. */
export interface Cpu {
  /** Share of it, 0 to 1, that is taken by others than this process. Cheap: asked for each frame. */
  load(): number;
}

export interface Clock {
  /** The site's own clock, which may be wrong against another site's. */
  now(): Instant;
  /** Milliseconds since midnight by that clock, in the site's own time zone. */
  timeOfDay(): number;
  /** Milliseconds of real time since some moment before the process began: nobody sets this clock. */
  elapsed(): Instant;
  /** Calls back once, after `delay` milliseconds of real (not of clock) time. */
  after(delay: number, run: () => void): Timer;
  /**
   * The same for what is done again and again at steady times, the first of them in `delay`, one every `period`
   * milliseconds: it calls back once, and who is called asks for the next call. Where time can leap, the calls of
   * the stretch that is leapt over are left out, and the call comes at the first of the steady times behind it. It
   * is told how many of them were left out: always none on a real machine, however late it comes.
   */
  beat(delay: number, period: number, run: (leftOut: number) => void): Timer;
}

export interface Timer {
  cancel(): void;
}

export interface Random {
  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** A whole number from 0 to below `bound`. */
  integer(bound: number): number;
  /** An independent stream: drawing from one never changes what another draws. */
  fork(label: string): Random;
  /** Another stream, which goes on as this one will from here: drawing from one changes nothing in the other. */
  copy(): Random;
}

// --- Network ---------------------------------------------------------------------------------

/**
 * What crosses a connection: a plain object of JSON values, with the data beside it, so that a real
 * connection can encode it and a simulated one can hand it over.
 */
export interface Message {
  readonly kind: string;
  readonly payloads?: readonly Payload[];
}

export interface Network {
  /** Accepts connections to a port on every address of this process. */
  listen(port: number, accept: (connection: Connection, from: string) => ConnectionHandler): void;
  /** Connects to an IPv4 address. The handler hears `opened` or `closed`, later. */
  connect(address: string, port: number, handler: ConnectionHandler): Connection;
}

export interface Connection {
  /** In order and at most once; lost without notice when the connection breaks. */
  send(message: Message): void;
  /** The other side hears `closed`, where it can be reached. */
  close(): void;
  /**
   * Whether the World knows that the other side is there and would hear, and be heard, within a second: then
   * neither side needs a heartbeat of the other. Both sides are told the same. Who goes by it hears `doubted`
   * when that may have changed. Never so on a real machine, where only a heartbeat can tell.
   */
  readonly vouched: boolean;
}

export interface ConnectionHandler {
  opened?(): void;
  received(message: Message): void;
  /** Heard once. A cut cable or a dead machine is not heard at all: use heartbeats. */
  closed(reason: CloseReason): void;
  /**
   * Up to now the connection was what {@link Connection.vouched} said, and perhaps it is so no longer. Comes within
   * whatever changed it, so nothing may be said or closed here.
   */
  doubted?(): void;
}

export type CloseReason =
  /** The other side closed it or its process ended. */
  | 'closed'
  /** Nothing listens there. */
  | 'refused'
  /** Nothing answered in time: no path, a firewall, a machine that is off. */
  | 'unreachable';

// --- Storage ---------------------------------------------------------------------------------

export type Done = (error: WorldError | undefined) => void;
export type Answer<T> = (error: WorldError | undefined, value: T | undefined) => void;

export interface OpenOptions {
  readonly create: boolean;
  /** A write is durable when it is done, without a `sync`. Absent: it is not. */
  readonly writeThrough?: boolean;
}

export interface StoredRange {
  readonly offset: number;
  readonly length: number;
}

export interface Storage {
  /** Opens a file, making it (and its folders) where `create` is set. */
  open(path: string, options: OpenOptions, done: Answer<StoredFile>): void;
  /** Paths of the files below a folder, relative to it, sorted; none where there is no such folder. */
  list(folder: string, done: Answer<readonly string[]>): void;
  remove(path: string, done: Done): void;
  /** Makes additions and removals in a folder survive a crash. */
  syncFolder(folder: string, done: Done): void;
  /** Space of the datastore that holds the path, in bytes; undefined where there is no such datastore. */
  space(path: string): Space | undefined;
}

/** Bytes of a datastore. */
export interface Space {
  readonly capacity: number;
  readonly free: number;
  /** What has to stay free; undefined: as much as is usual for the capacity. */
  readonly floor?: number | undefined;
}

export interface StoredFile {
  readonly path: string;
  size(): number;
  /** Writes the parts one behind the other from `offset` on. Not durable before a `sync`. */
  write(offset: number, parts: readonly Payload[], done: Done): void;
  /** What is there, as one payload; holes read as zeroes, beyond the end is an `out-of-range`. */
  read(offset: number, length: number, done: Answer<Payload>): void;
  /** Everything written (and completed) before is durable. After an error nothing is known. */
  sync(done: Done): void;
  truncate(size: number, done: Done): void;
  /**
   * Ranges outside of which the file holds nothing but zeroes, in ascending order. Absent where the
   * world cannot tell: then it is all of the file.
   */
  written?(done: Answer<readonly StoredRange[]>): void;
  /**
   * When it was written to last, by whomever and by the clock of its file system. Absent where the world cannot tell.
   */
  changed?(done: Answer<Instant>): void;
  close(): void;
}

export type WorldErrorCode =
  'not-found' | 'no-space' | 'out-of-range' | 'input-output' | 'closed' | 'corrupt';

/** A failure of the world below the engine. */
export class WorldError extends Error {
  readonly code: WorldErrorCode;
  /** The file or address that it happened to. */
  readonly subject: string;

  constructor(code: WorldErrorCode, subject: string, message: string) {
    super(`${subject}: ${message}`);
    this.name = 'WorldError';
    this.code = code;
    this.subject = subject;
  }
}

// --- Compression -----------------------------------------------------------------------------

export type Encoding = 'none' | 'zstd';

/** Compression that takes its time elsewhere. */
export interface CodecAside {
  /** Bytes from which on it is worth the way there and back. */
  readonly from: number;
  /** Each payload by itself. */
  compress(
    payloads: readonly Payload[],
    level: number,
    done: (compressed: readonly Compressed[]) => void,
  ): void;
}

/** Bytes that are best compressed by themselves: less of them compresses badly, and whoever needs a few expands all. */
export interface PieceLengths {
  readonly least: number;
  readonly longest: number;
}

export interface Compressed {
  readonly encoding: Encoding;
  readonly data: Payload;
}

export interface Codec {
  readonly pieces: PieceLengths;
  /** Level 1 (fast) to 9 (small). The result is never longer than the input with `none`. */
  compress(payload: Payload, level: number): Compressed;
  /**
   * The same for what is long, on another core, while the process does other things. Absent in a World in which
   * compressing takes no time.
   */
  readonly aside?: CodecAside;
  /** Throws a `corrupt` {@link WorldError} where the data is not what was compressed. */
  expand(encoding: Encoding, data: Payload, rawLength: number): Payload;
}
