/** One connection to an NBD server, as its client: requests go in, answers come out, until it breaks. */
import type { Payload } from '../world/payload.ts';
import { joinPayloads, zeroes } from '../world/payloads.ts';
import type { ByteStream, StreamHandler, Streams, TlsSettings } from '../world/streams.ts';
import { WorldError } from '../world/world.ts';
import type { Clock, Timer } from '../world/world.ts';
import { ClientHandshake } from './client-handshake.ts';
import type { ExportProperties } from './client-handshake.ts';
import type { AllocationRun } from './exported-disk.ts';
import { decodeName } from './exports.ts';
import { errorOf } from './failures.ts';
import {
  allocationFlag,
  chunk,
  chunkFlag,
  command,
  firstChunkError,
  headerLength,
  magic,
  wide,
} from './protocol.ts';
import { ReceivedBytes } from './received-bytes.ts';
import type { NbdTarget } from './uri.ts';

/** A request and what becomes of it. It outlives the connection: it can be asked again on another. */
export interface ClientRequest {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly length: number;
  /** Of a write. */
  readonly data: readonly Uint8Array[];
  readonly done: (error: WorldError | undefined, answer: ClientAnswer | undefined) => void;
}

export interface ClientAnswer {
  /** Of a read. */
  readonly payload?: Payload;
  /** Of a block status. */
  readonly runs?: readonly AllocationRun[];
}

export interface SessionSettings {
  readonly streams: Streams;
  readonly clock: Clock;
  readonly target: NbdTarget;
  /** What the target is called in errors. */
  readonly subject: string;
  readonly tls?: TlsSettings | undefined;
}

export interface SessionEvents {
  /** Requests can be asked from here on. */
  ready(properties: ExportProperties): void;
  /** A request was answered; it hears so right behind this. */
  answered(): void;
  /** Heard once. What was not answered is left over, in the order in which it was asked. */
  closed(error: WorldError, leftOver: readonly ClientRequest[]): void;
}

interface Pending {
  readonly request: ClientRequest;
  /** What has arrived of a read. */
  readonly pieces: { readonly offset: number; readonly payload: Payload }[];
  runs: AllocationRun[];
  error: WorldError | undefined;
}

/** Milliseconds that a server may take to be connected to and to agree. */
const handshakeTime = 15_000;

/** Bytes; a chunk that carries no data is never near it. */
const longestChunk = 1024 * 1024;

export class ClientSession implements StreamHandler {
  readonly subject: string;
  readonly #events: SessionEvents;
  readonly #stream: ByteStream;
  readonly #tls: TlsSettings | undefined;
  readonly #handshake: ClientHandshake;
  readonly #patience: Timer;
  readonly #input = new ReceivedBytes();
  /** By the lower half of their cookies. */
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #properties: ExportProperties | undefined;
  #failure: WorldError | undefined;
  #closed = false;

  constructor(settings: SessionSettings, events: SessionEvents) {
    const { clock, streams, subject, target, tls } = settings;
    this.subject = subject;
    this.#events = events;
    this.#tls = tls;
    this.#handshake = new ClientHandshake(target.name, target.tls, {
      send: (parts) => {
        this.#stream.write(parts);
      },
      startTls: () => {
        if (this.#tls) this.#stream.startTls(this.#tls);
        else this.#break('there are no settings for TLS');
      },
      agreed: (properties) => {
        this.#patience.cancel();
        this.#properties = properties;
        this.#events.ready(properties);
      },
      failed: (why) => {
        this.#break(why);
      },
    });
    this.#patience = clock.after(handshakeTime, () => {
      this.#break('the NBD server took too long to agree');
    });
    this.#stream = streams.connect(target.address, this);
  }

  get backlog(): number {
    return this.#stream.backlog;
  }

  /** Asks; only once it is ready. */
  ask(request: ClientRequest): void {
    const { type, flags, offset, length, data } = request;
    const cookie = this.#next;
    this.#next = this.#next === 0xffffffff ? 1 : this.#next + 1;
    this.#pending.set(cookie, { request, pieces: [], runs: [], error: undefined });
    const header = new Uint8Array(headerLength.request);
    const view = new DataView(header.buffer);
    view.setUint32(0, magic.request);
    view.setUint16(4, flags);
    view.setUint16(6, type);
    view.setUint32(12, cookie);
    view.setUint32(16, Math.floor(offset / 0x100000000));
    view.setUint32(20, offset >>> 0);
    view.setUint32(24, length);
    this.#stream.write([header, ...data]);
  }

  /** Says goodbye. What was asked is left over. */
  end(): void {
    if (this.#properties) {
      const header = new Uint8Array(headerLength.request);
      const view = new DataView(header.buffer);
      view.setUint32(0, magic.request);
      view.setUint16(6, command.disconnect);
      this.#stream.write([header]);
    }
    this.#stream.end();
  }

  /** Breaks the connection off. */
  abandon(why: string): void {
    this.#break(why);
  }

  received(bytes: Uint8Array): void {
    this.#input.add(bytes);
    if (!this.#properties) this.#handshake.received(this.#input);
    while (this.#reply());
  }

  closed(error: WorldError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#patience.cancel();
    this.#input.clear();
    const leftOver = [...this.#pending.values()].map(({ request }) => request);
    this.#pending.clear();
    const ended = new WorldError('closed', this.subject, 'the NBD server closed the connection');
    this.#events.closed(this.#failure ?? error ?? ended, leftOver);
  }

  #break(why: string): void {
    this.#failure ??= new WorldError('input-output', this.subject, why);
    this.#stream.destroy();
  }

  /** Takes the next reply, or the next chunk of one, where all of it is there. */
  #reply(): boolean {
    const properties = this.#properties;
    if (!properties || this.#failure) return false;
    const { structuredReplies, allocationId } = properties;
    if (this.#input.length < headerLength.simpleReply) return false;
    const { view, at } = this.#input.look(headerLength.simpleReply);
    const kind = view.getUint32(at);
    if (kind === magic.simpleReply) {
      return this.#simple(view.getUint32(at + 4), view.getUint32(at + 12), structuredReplies);
    }
    if (kind !== magic.structuredReply || !structuredReplies) {
      this.#break('what the NBD server sent is no reply');
      return false;
    }
    return this.#chunk(allocationId);
  }

  #simple(failed: number, cookie: number, structured: boolean): boolean {
    const pending = this.#pending.get(cookie);
    const isRead = pending?.request.type === command.read;
    if (!pending || (isRead && structured)) {
      this.#break('the NBD server answered what nobody asked');
      return false;
    }
    const length = isRead && failed === 0 ? pending.request.length : 0;
    if (this.#input.length < headerLength.simpleReply + length) return false;
    this.#input.skip(headerLength.simpleReply);
    if (failed !== 0) pending.error = errorOf(failed, this.subject, undefined);
    else if (isRead) {
      const { offset } = pending.request;
      pending.pieces.push({ offset, payload: this.#input.take(length) });
    }
    this.#finish(cookie, pending);
    return true;
  }

  #chunk(allocationId: number | undefined): boolean {
    if (this.#input.length < headerLength.structuredReply) return false;
    const { view, at } = this.#input.look(headerLength.structuredReply);
    const last = (view.getUint16(at + 4) & chunkFlag.done) !== 0;
    const type = view.getUint16(at + 6);
    const cookie = view.getUint32(at + 12);
    const length = view.getUint32(at + 16);
    const pending = this.#pending.get(cookie);
    if (!pending) {
      this.#break('the NBD server answered what nobody asked');
      return false;
    }
    const { request } = pending;
    if (length > (type === chunk.offsetData ? 8 + request.length : longestChunk)) {
      this.#break('a part of a reply of the NBD server is longer than it can be');
      return false;
    }
    if (this.#input.length < headerLength.structuredReply + length) return false;
    this.#input.skip(headerLength.structuredReply);
    const content = this.#input.take(length);
    if (!this.#take(pending, type, content, allocationId)) {
      this.#break('a part of a reply of the NBD server does not belong to its request');
      return false;
    }
    if (last) this.#finish(cookie, pending);
    return true;
  }

  #take(
    pending: Pending,
    type: number,
    content: Payload,
    allocationId: number | undefined,
  ): boolean {
    const isRead = pending.request.type === command.read;
    switch (type) {
      case chunk.none:
        return content.length === 0;
      case chunk.offsetData: {
        if (!isRead || content.length <= 8) return false;
        const offset = wideAt(content.slice(0, 8).bytes(), 0);
        pending.pieces.push({ offset, payload: content.slice(8, content.length) });
        return true;
      }
      case chunk.offsetHole: {
        if (!isRead || content.length !== 12) return false;
        const bytes = content.bytes();
        const length = viewOf(bytes).getUint32(8);
        if (length > pending.request.length) return false;
        pending.pieces.push({ offset: wideAt(bytes, 0), payload: zeroes(length) });
        return true;
      }
      case chunk.blockStatus: {
        const bytes = content.bytes();
        if (bytes.length < 12 || bytes.length % 8 !== 4) return false;
        if (viewOf(bytes).getUint32(0) !== allocationId) return false;
        pending.runs = runsOf(bytes);
        return true;
      }
      default: {
        // A kind of chunk that is not known is data that is not understood, unless it is an error.
        if (type < firstChunkError || content.length < 6) return false;
        const bytes = content.bytes();
        const length = viewOf(bytes).getUint16(4);
        const message = decodeName(bytes.subarray(6, 6 + length));
        pending.error ??= errorOf(viewOf(bytes).getUint32(0), this.subject, message);
        return true;
      }
    }
  }

  #finish(cookie: number, pending: Pending): void {
    this.#pending.delete(cookie);
    this.#events.answered();
    const { error, request, runs } = pending;
    if (error) {
      request.done(error, undefined);
      return;
    }
    if (request.type === command.read) {
      const payload = whole(pending);
      if (payload) request.done(undefined, { payload });
      else {
        // Not to be mended by asking again: the server does not answer what it is asked.
        const why = 'the NBD server answered a read with other bytes than were asked for';
        request.done(new WorldError('corrupt', this.subject, why), undefined);
      }
    } else {
      request.done(undefined, request.type === command.blockStatus ? { runs } : {});
    }
  }
}

/** What was read, where its pieces are all of what was asked for, each byte once. */
function whole({ request, pieces }: Pending): Payload | undefined {
  const sorted = pieces.sort((a, b) => a.offset - b.offset);
  let at = request.offset;
  for (const { offset, payload } of sorted) {
    if (offset !== at) return undefined;
    at += payload.length;
  }
  if (at !== request.offset + request.length) return undefined;
  return joinPayloads(sorted.map(({ payload }) => payload));
}

function runsOf(content: Uint8Array): AllocationRun[] {
  const view = viewOf(content);
  const runs: AllocationRun[] = [];
  for (let at = 4; at < content.length; at += 8) {
    const flags = view.getUint32(at + 4);
    runs.push({
      length: view.getUint32(at),
      hole: (flags & allocationFlag.hole) !== 0,
      zero: (flags & allocationFlag.zero) !== 0,
    });
  }
  return runs;
}

function wideAt(bytes: Uint8Array, at: number): number {
  const view = viewOf(bytes);
  return wide(view.getUint32(at), view.getUint32(at + 4));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
