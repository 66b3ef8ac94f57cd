/**
 * Stands between an NBD client and a server, hands every byte on, and tells what is written: before the server hears
 * of it, and when the server has answered, before the client hears of that. It survives the server.
 */
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import {
  chunkFlag,
  command,
  firstChunkError,
  headerLength,
  magic,
  option,
  optionReply,
} from '../../../src/engine/nbd/protocol.ts';

/** What is told of changes, in the order in which they begin and end. */
export interface TapListener<Change> {
  /** A write; `undefined` data is zeroes. */
  began(offset: number, length: number, data: Buffer | undefined): Change;
  /** Answered without an error. What is answered with one, or never, is not told of. */
  done(change: Change): void;
}

export class NbdTap<Change> {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What is wrong with the tap itself: then nothing that was recorded counts. */
  failure: Error | undefined;

  /** Listens at `path` and connects to `upstream` for each client. */
  constructor(path: string, upstream: string, listener: TapListener<Change>) {
    this.#server = createServer((client) => {
      const server = createConnection({ path: upstream });
      const conversation = new Conversation(listener);
      this.#join(client, server, (bytes) => {
        conversation.asked(bytes);
      });
      this.#join(server, client, (bytes) => {
        conversation.answered(bytes);
      });
    });
    this.#server.listen(path);
  }

  /** Ends it, and all that goes through it. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((done) => {
      this.#server.close(() => {
        done();
      });
    });
  }

  #join(from: Socket, to: Socket, hear: (bytes: Buffer) => void): void {
    this.#sockets.add(from);
    from.on('data', (bytes) => {
      try {
        hear(bytes);
      } catch (error) {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
        from.destroy();
      }
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => {
      from.resume();
    });
    // The end of one side, by whatever, is the end of the other.
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}

interface Asked<Change> {
  readonly change: Change | undefined;
  /** Bytes that follow a simple reply without an error. */
  readonly dataLength: number;
  failed: boolean;
}

/** One connection, taken apart on its way: as much of the protocol as is needed to find its changes. */
class Conversation<Change> {
  readonly #listener: TapListener<Change>;
  readonly #client = new Pieces();
  readonly #server = new Pieces();
  readonly #asked = new Map<bigint, Asked<Change>>();
  #clientGreeted = false;
  #serverGreeted = false;
  #transmits = false;

  constructor(listener: TapListener<Change>) {
    this.#listener = listener;
  }

  asked(bytes: Buffer): void {
    this.#client.add(bytes);
    while (this.#takeFromClient());
  }

  answered(bytes: Buffer): void {
    this.#server.add(bytes);
    while (this.#takeFromServer());
  }

  #takeFromClient(): boolean {
    const { length: waiting } = this.#client;
    if (!this.#clientGreeted) {
      if (waiting < headerLength.clientFlags) return false;
      this.#client.take(headerLength.clientFlags);
      return (this.#clientGreeted = true);
    }
    if (!this.#transmits) {
      const header = this.#client.peek(headerLength.option);
      if (!header) return false;
      const length = headerLength.option + header.readUInt32BE(12);
      if (waiting < length) return false;
      if (header.readUInt32BE(8) === option.exportName)
        throw new Error('EXPORT_NAME is not known here');
      this.#client.take(length);
      return true;
    }
    const header = this.#client.peek(headerLength.request);
    if (!header) return false;
    if (header.readUInt32BE(0) !== magic.request) throw new Error('no request where one was due');
    const type = header.readUInt16BE(6);
    const length = header.readUInt32BE(24);
    const whole = headerLength.request + (type === command.write ? length : 0);
    if (waiting < whole) return false;
    const data = this.#client.take(whole).subarray(headerLength.request);
    const offset = Number(header.readBigUInt64BE(16));
    const isZero = type === command.trim || type === command.writeZeroes;
    const change =
      isZero || type === command.write
        ? this.#listener.began(offset, length, isZero ? undefined : data)
        : undefined;
    const dataLength = type === command.read ? length : 0;
    this.#asked.set(header.readBigUInt64BE(8), { change, dataLength, failed: false });
    return true;
  }

  #takeFromServer(): boolean {
    const { length: waiting } = this.#server;
    if (!this.#serverGreeted) {
      if (waiting < headerLength.greeting) return false;
      this.#server.take(headerLength.greeting);
      return (this.#serverGreeted = true);
    }
    if (!this.#transmits) {
      const header = this.#server.peek(headerLength.optionReply);
      if (!header) return false;
      const length = headerLength.optionReply + header.readUInt32BE(16);
      if (waiting < length) return false;
      this.#server.take(length);
      const [about, type] = [header.readUInt32BE(8), header.readUInt32BE(12)];
      this.#transmits = about === option.go && type === optionReply.ack;
      return true;
    }
    const start = this.#server.peek(headerLength.simpleReply);
    if (!start) return false;
    const cookie = start.readBigUInt64BE(8);
    const asked = this.#asked.get(cookie);
    if (!asked) throw new Error('an answer to nothing');
    let isLast = true;
    if (start.readUInt32BE(0) === magic.simpleReply) {
      asked.failed = start.readUInt32BE(4) !== 0;
      const whole = headerLength.simpleReply + (asked.failed ? 0 : asked.dataLength);
      if (waiting < whole) return false;
      this.#server.take(whole);
    } else if (start.readUInt32BE(0) === magic.structuredReply) {
      const header = this.#server.peek(headerLength.structuredReply);
      if (!header) return false;
      const whole = headerLength.structuredReply + header.readUInt32BE(16);
      if (waiting < whole) return false;
      this.#server.take(whole);
      asked.failed ||= header.readUInt16BE(6) >= firstChunkError;
      isLast = (header.readUInt16BE(4) & chunkFlag.done) !== 0;
    } else {
      throw new Error('no answer where one was due');
    }
    if (!isLast) return true;
    this.#asked.delete(cookie);
    if (asked.change !== undefined && !asked.failed) this.#listener.done(asked.change);
    return true;
  }
}

/** Bytes that have arrived and are not taken yet. */
class Pieces {
  #bytes: Buffer = Buffer.alloc(0);

  get length(): number {
    return this.#bytes.length;
  }

  add(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  peek(length: number): Buffer | undefined {
    return this.#bytes.length < length ? undefined : this.#bytes.subarray(0, length);
  }

  take(length: number): Buffer {
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }
}
