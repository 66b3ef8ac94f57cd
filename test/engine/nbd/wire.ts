/** A client that says what it is told to, right or wrong, and takes apart what it hears. */
import assert from 'node:assert/strict';
import type {
  ByteStream,
  StreamAddress,
  StreamHandler,
} from '../../../src/engine/world/streams.ts';
import {
  chunk,
  chunkFlag,
  handshakeFlag,
  headerLength,
  info,
  magic,
  option,
  optionReply,
} from '../../../src/engine/nbd/protocol.ts';
import type { MemoryStream, MemoryStreams } from './memory-streams.ts';

export const address: StreamAddress = { kind: 'unix', path: '/nbd' };

export function u16(value: number): Uint8Array {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u64(value: number | bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function named(name: string): Uint8Array {
  const bytes = Buffer.from(name);
  return Buffer.concat([u32(bytes.length), bytes]);
}

export function optionMessage(kind: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content);
  const [high, low] = magic.option;
  return Buffer.concat([u32(high), u32(low), u32(kind), u32(body.length), body]);
}

export function goContent(name: string, ...infos: readonly number[]): Uint8Array {
  return Buffer.concat([named(name), u16(infos.length), ...infos.map(u16)]);
}

export function queries(name: string, ...asked: readonly string[]): Uint8Array {
  return Buffer.concat([named(name), u32(asked.length), ...asked.map(named)]);
}

export interface RequestFields {
  readonly type: number;
  readonly flags?: number;
  readonly cookie?: number;
  readonly offset?: number | bigint;
  readonly length?: number;
}

export function requestMessage(request: RequestFields, ...data: readonly Uint8Array[]): Uint8Array {
  const { type, flags = 0, cookie = 1, offset = 0, length = 0 } = request;
  return Buffer.concat([
    u32(magic.request),
    u16(flags),
    u16(type),
    u64(cookie),
    u64(offset),
    u32(length),
    ...data,
  ]);
}

export interface OptionReply {
  readonly option: number;
  readonly type: number;
  readonly content: Buffer;
}

export interface Reply {
  readonly cookie: number;
  readonly errno: number;
  readonly data: Buffer;
  /** Kinds of the chunks, of a structured reply. */
  readonly chunks: readonly number[];
}

/** Talks through a memory stream. */
export class WireClient implements StreamHandler {
  readonly stream: MemoryStream;
  readonly #streams: MemoryStreams;
  #heard: Uint8Array[] = [];
  #waiting = 0;
  ended = false;

  constructor(streams: MemoryStreams) {
    this.#streams = streams;
    this.stream = streams.connect(address, this);
    streams.settle();
  }

  received(bytes: Uint8Array): void {
    this.#heard.push(bytes);
    this.#waiting += bytes.length;
  }

  closed(): void {
    this.ended = true;
  }

  /** Bytes that were heard and not taken yet. */
  get waiting(): number {
    return this.#waiting;
  }

  say(...parts: readonly Uint8Array[]): void {
    (this.stream as ByteStream).write(parts);
    this.#streams.settle();
  }

  take(length: number): Buffer {
    assert.ok(this.#waiting >= length, `${length} bytes expected, ${this.#waiting} came`);
    this.#waiting -= length;
    let [first = new Uint8Array(0)] = this.#heard;
    if (first.length < length || this.#heard.length > 1000) {
      first = Buffer.concat(this.#heard);
      this.#heard = [first];
    }
    if (first.length === length) this.#heard.shift();
    else this.#heard[0] = first.subarray(length);
    return Buffer.from(first.buffer, first.byteOffset, length);
  }

  greet(flags: number = handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes): void {
    const greeting = this.take(headerLength.greeting);
    assert.equal(greeting.subarray(0, 16).toString(), 'NBDMAGICIHAVEOPT');
    assert.equal(greeting.readUInt16BE(16), 3);
    this.say(u32(flags));
  }

  optionReply(): OptionReply {
    const header = this.take(headerLength.optionReply);
    assert.equal(header.readBigUInt64BE(0), 0x3e889045565a9n);
    const content = this.take(header.readUInt32BE(16));
    return { option: header.readUInt32BE(8), type: header.readUInt32BE(12), content };
  }

  /** Sends an option and takes all replies to it, the last of which is no item of a list. */
  ask(kind: number, ...content: readonly Uint8Array[]): OptionReply[] {
    this.say(optionMessage(kind, ...content));
    const replies: OptionReply[] = [];
    for (;;) {
      const reply = this.optionReply();
      assert.equal(reply.option, kind);
      replies.push(reply);
      const more: readonly number[] = [
        optionReply.server,
        optionReply.info,
        optionReply.metaContext,
      ];
      if (!more.includes(reply.type)) return replies;
    }
  }

  /** Goes on to an export; answers its size and flags. */
  go(
    name: string,
    settings: { readonly structured?: boolean; readonly allocation?: boolean } = {},
  ): { readonly size: number; readonly flags: number } {
    this.greet();
    if (settings.structured || settings.allocation) this.acknowledged(option.structuredReply);
    if (settings.allocation) {
      this.acknowledged(option.setMetaContext, queries(name, 'base:allocation'));
    }
    const replies = this.ask(option.go, goContent(name));
    assert.equal(replies.at(-1)?.type, optionReply.ack);
    const content = replies.find(({ content }) => content.readUInt16BE(0) === info.export)?.content;
    assert.ok(content);
    return { size: Number(content.readBigUInt64BE(2)), flags: content.readUInt16BE(10) };
  }

  acknowledged(kind: number, ...content: readonly Uint8Array[]): void {
    assert.equal(this.ask(kind, ...content).at(-1)?.type, optionReply.ack);
  }

  request(request: RequestFields, ...data: readonly Uint8Array[]): void {
    this.say(requestMessage(request, ...data));
  }

  /** A simple reply, with `length` bytes of data where it succeeded. */
  simple(length = 0): Reply {
    const header = this.take(headerLength.simpleReply);
    assert.equal(header.readUInt32BE(0), magic.simpleReply);
    const errno = header.readUInt32BE(4);
    const cookie = Number(header.readBigUInt64BE(8));
    return { cookie, errno, data: this.take(errno === 0 ? length : 0), chunks: [] };
  }

  /** All chunks of a structured reply that begins here, in one piece. `base` is where its data begins. */
  structured(base = 0, length = 0): Reply {
    const data = Buffer.alloc(length);
    const chunks: number[] = [];
    let errno = 0;
    for (;;) {
      const header = this.take(headerLength.structuredReply);
      assert.equal(header.readUInt32BE(0), magic.structuredReply);
      const type = header.readUInt16BE(6);
      const content = this.take(header.readUInt32BE(16));
      chunks.push(type);
      if (type === chunk.offsetData) {
        content.copy(data, Number(content.readBigUInt64BE(0)) - base, 8);
      } else if (type === chunk.offsetHole) {
        const at = Number(content.readBigUInt64BE(0)) - base;
        assert.ok(at + content.readUInt32BE(8) <= length);
      } else if (type === chunk.error) {
        errno = content.readUInt32BE(0);
      } else if (type === chunk.blockStatus) {
        const cookie = Number(header.readBigUInt64BE(8));
        return { cookie, errno, data: content, chunks };
      }
      if ((header.readUInt16BE(4) & chunkFlag.done) !== 0) {
        return { cookie: Number(header.readBigUInt64BE(8)), errno, data, chunks };
      }
    }
  }
}
