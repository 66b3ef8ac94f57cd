/** A socket as a {@link ByteStream}: what is written in one turn of the event loop leaves in one call. */
import type { Socket } from 'node:net';
import { WorldError } from '../world.ts';
import type { ByteStream, StreamHandler, TlsSettings } from '../streams.ts';
import { secured } from './tls.ts';

/** From so many bytes on there is nothing to gain from waiting for more. */
const sentAtOnce = 256 * 1024;

/** Milliseconds that a stream which is ending waits for the other side to take anything. */
const patience = 10_000;

export class SocketStream implements ByteStream {
  readonly #subject: string;
  #socket: Socket;
  #handler: StreamHandler | undefined;
  /** What was written in this turn, or while TLS is being agreed on. */
  #parts: Uint8Array[] = [];
  #queued = 0;
  #scheduled = false;
  #securing = false;
  /** Whether somebody may wait for the backlog to become empty. */
  #wasFull = false;
  #ending = false;
  #closed = false;
  #failure: WorldError | undefined;
  #lastResort: NodeJS.Timeout | undefined;

  constructor(socket: Socket, subject: string) {
    this.#socket = socket;
    this.#subject = subject;
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    this.#listen(this.#socket);
  }

  get backlog(): number {
    return this.#queued + this.#socket.writableLength;
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#closed || this.#ending) return;
    for (const part of parts) {
      this.#parts.push(part);
      this.#queued += part.length;
    }
    if (this.#queued >= sentAtOnce) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#turnEnded);
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  startTls(settings: TlsSettings): void {
    this.#flush();
    const raw = this.#socket;
    raw.removeAllListeners();
    this.#securing = true;
    const failed = (error: Error): void => {
      this.#fail(`TLS could not be agreed on (${error.message})`);
      raw.destroy();
    };
    raw.on('error', failed);
    raw.on('close', this.#closedByNow);
    secured(raw, settings, failed, (socket) => {
      raw.off('close', this.#closedByNow);
      this.#securing = false;
      this.#socket = socket;
      this.#listen(socket);
      if (this.#ending) socket.end();
      else this.#flush();
    });
  }

  end(): void {
    if (this.#closed || this.#ending) return;
    this.#flush();
    this.#ending = true;
    if (!this.#securing) this.#socket.end();
    this.#expectProgress();
  }

  destroy(): void {
    this.#parts = [];
    this.#queued = 0;
    this.#ending = true;
    this.#socket.destroy();
  }

  readonly #turnEnded = (): void => {
    this.#scheduled = false;
    this.#flush();
  };

  #flush(): void {
    const parts = this.#parts;
    if (parts.length === 0 || this.#securing) return;
    this.#parts = [];
    this.#queued = 0;
    if (this.#closed) return;
    const socket = this.#socket;
    let goesOn = true;
    const pieces = gathered(parts);
    const [only] = pieces;
    if (only && pieces.length === 1) {
      goesOn = socket.write(only);
    } else {
      socket.cork();
      for (const piece of pieces) goesOn = socket.write(piece);
      socket.uncork();
    }
    if (!goesOn) this.#wasFull = true;
  }

  #listen(socket: Socket): void {
    socket.on('data', (bytes) => this.#handler?.received(bytes));
    socket.on('drain', () => {
      if (!this.#wasFull || this.#closed) return;
      this.#wasFull = false;
      this.#handler?.drained?.();
    });
    socket.on('error', (error) => {
      this.#fail(error.message);
    });
    // Who says no more hears no more either.
    socket.on('end', () => {
      this.end();
    });
    socket.on('close', this.#closedByNow);
  }

  readonly #closedByNow = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts = [];
    this.#queued = 0;
    clearTimeout(this.#lastResort);
    this.#handler?.closed(this.#failure);
  };

  #expectProgress(): void {
    const before = this.#socket.bytesWritten - this.#socket.writableLength;
    this.#lastResort = setTimeout(() => {
      const now = this.#socket.bytesWritten - this.#socket.writableLength;
      if (now > before) this.#expectProgress();
      else this.#socket.destroy();
    }, patience);
    this.#lastResort.unref();
  }

  #fail(why: string): void {
    this.#failure ??= new WorldError('closed', this.#subject, why);
  }
}

/** Bytes up to which a part is copied: less work than a buffer of its own is for the system. */
const smallPart = 8 * 1024;

/** The parts, with runs of small ones copied together. */
function gathered(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < parts.length;) {
    let length = 0;
    let end = index;
    for (let part = parts[end]; part && part.length <= smallPart; part = parts[++end]) {
      length += part.length;
    }
    if (end <= index + 1) {
      const part = parts[index];
      if (part) pieces.push(part);
      index++;
      continue;
    }
    const together = Buffer.allocUnsafe(length);
    let at = 0;
    for (; index < end; index++) {
      const part = parts[index];
      if (!part) continue;
      together.set(part, at);
      at += part.length;
    }
    pieces.push(together);
  }
  return pieces;
}
