/** The client's side of fixed newstyle negotiation. */
import { decodeName, encodeText } from './exports.ts';
import {
  allocationContext,
  firstOptionError,
  handshakeFlag,
  headerLength,
  info,
  magic,
  option,
  optionReply,
  wide,
} from './protocol.ts';
import type { ReceivedBytes } from './received-bytes.ts';

/** What the server has said of the export. */
export interface ExportProperties {
  /** Bytes. */
  readonly size: number;
  /** Of {@link transmissionFlag}. */
  readonly flags: number;
  readonly structuredReplies: boolean;
  /** The id of `base:allocation`, where it was agreed on. */
  readonly allocationId: number | undefined;
  /** Bytes of the smallest piece that can be asked for; 1 where the server has not said. */
  readonly smallestBlock: number;
  /** Bytes of the largest request, where the server has said. */
  readonly largestRequest: number | undefined;
}

export interface HandshakeEffects {
  send(parts: readonly Uint8Array[]): void;
  startTls(): void;
  agreed(properties: ExportProperties): void;
  /** Nothing can be agreed on with this server. */
  failed(why: string): void;
}

/** Bytes; what a server says at once while options are negotiated is never near it. */
const longestReply = 1024 * 1024;

type Phase = 'greeting' | 'options' | 'export-name' | 'over';

export class ClientHandshake {
  readonly #name: string;
  readonly #tls: boolean;
  readonly #effects: HandshakeEffects;
  #phase: Phase = 'greeting';
  #asked = 0;
  #zeroes = true;
  #structured = false;
  #allocationId: number | undefined;
  #export: { readonly size: number; readonly flags: number } | undefined;
  #smallestBlock = 1;
  #largestRequest: number | undefined;

  constructor(name: string, tls: boolean, effects: HandshakeEffects) {
    this.#name = name;
    this.#tls = tls;
    this.#effects = effects;
  }

  /** Uses up what can be understood; what follows the end of the handshake is left where it is. */
  received(input: ReceivedBytes): void {
    while (this.#phase !== 'over' && this.#step(input));
  }

  #step(input: ReceivedBytes): boolean {
    switch (this.#phase) {
      case 'greeting':
        return this.#greeting(input);
      case 'options':
        return this.#reply(input);
      case 'export-name':
        return this.#exportName(input);
      case 'over':
        return false;
    }
  }

  #greeting(input: ReceivedBytes): boolean {
    if (input.length < headerLength.greeting) return false;
    const { view, at } = input.look(headerLength.greeting);
    const pairs = [magic.initial, magic.option].flat();
    const known = pairs.every((word, index) => view.getUint32(at + index * 4) === word);
    const flags = view.getUint16(at + 16);
    input.skip(headerLength.greeting);
    if (!known) return this.#fail('it is no NBD server, or one of the protocol of before 2012');
    if ((flags & handshakeFlag.fixedNewstyle) === 0) {
      return this.#fail('it does not speak fixed newstyle NBD');
    }
    this.#zeroes = (flags & handshakeFlag.noZeroes) === 0;
    const answer = new Uint8Array(headerLength.clientFlags);
    const mine = handshakeFlag.fixedNewstyle | (this.#zeroes ? 0 : handshakeFlag.noZeroes);
    new DataView(answer.buffer).setUint32(0, mine);
    this.#effects.send([answer]);
    this.#phase = 'options';
    this.#ask(this.#tls ? option.startTls : option.structuredReply);
    return true;
  }

  #reply(input: ReceivedBytes): boolean {
    if (input.length < headerLength.optionReply) return false;
    const { view, at } = input.look(headerLength.optionReply);
    const [high, low] = magic.optionReply;
    const known = view.getUint32(at) === high && view.getUint32(at + 4) === low;
    const asked = view.getUint32(at + 8);
    const type = view.getUint32(at + 12);
    const length = view.getUint32(at + 16);
    if (!known || asked !== this.#asked || length > longestReply) {
      return this.#fail('what it answered to an option is no answer to it');
    }
    if (input.length < headerLength.optionReply + length) return false;
    input.skip(headerLength.optionReply);
    this.#hear(type, input.take(length).bytes(), input);
    return true;
  }

  #hear(type: number, content: Uint8Array, input: ReceivedBytes): void {
    const refused = type >= firstOptionError;
    switch (this.#asked) {
      case option.startTls:
        if (refused) this.#refused(type, content, 'TLS');
        else if (input.length > 0) this.#fail('it said something between TLS and before it');
        else {
          this.#effects.startTls();
          this.#ask(option.structuredReply);
        }
        return;
      case option.structuredReply:
        if (type === optionReply.tlsRequired) {
          this.#refused(type, content, 'a connection in the clear');
          return;
        }
        this.#structured = !refused;
        this.#ask(this.#structured ? option.setMetaContext : option.go);
        return;
      case option.setMetaContext:
        if (type === optionReply.metaContext) this.#metaContext(content);
        else this.#ask(option.go);
        return;
      default:
        this.#go(type, content);
    }
  }

  #metaContext(content: Uint8Array): void {
    if (content.length < 4 || decodeName(content.subarray(4)) !== allocationContext) return;
    this.#allocationId = viewOf(content).getUint32(0);
  }

  #go(type: number, content: Uint8Array): void {
    if (type === optionReply.info) {
      this.#info(content);
    } else if (type === optionReply.unsupported) {
      this.#phase = 'export-name';
      this.#send(option.exportName, encodeText(this.#name));
    } else if (type >= firstOptionError) {
      this.#refused(type, content, `the export "${this.#name}"`);
    } else if (type !== optionReply.ack || !this.#export) {
      this.#fail('it did not say how large the export is');
    } else {
      this.#agree(this.#export);
    }
  }

  #info(content: Uint8Array): void {
    if (content.length < 2) return;
    const view = viewOf(content);
    const kind = view.getUint16(0);
    if (kind === info.export && content.length >= 12) {
      const size = wide(view.getUint32(2), view.getUint32(6));
      this.#export = { size, flags: view.getUint16(10) };
    } else if (kind === info.blockSize && content.length >= 14) {
      this.#smallestBlock = Math.max(1, view.getUint32(2));
      this.#largestRequest = view.getUint32(10);
    }
  }

  #exportName(input: ReceivedBytes): boolean {
    const length = this.#zeroes ? 134 : 10;
    if (input.length < length) return false;
    const { view, at } = input.look(length);
    const size = wide(view.getUint32(at), view.getUint32(at + 4));
    const flags = view.getUint16(at + 8);
    input.skip(length);
    this.#agree({ size, flags });
    return false;
  }

  #agree({ size, flags }: { readonly size: number; readonly flags: number }): void {
    this.#phase = 'over';
    this.#effects.agreed({
      size,
      flags,
      structuredReplies: this.#structured,
      allocationId: this.#allocationId,
      smallestBlock: this.#smallestBlock,
      largestRequest: this.#largestRequest,
    });
  }

  #ask(kind: number): void {
    switch (kind) {
      case option.setMetaContext: {
        const queries = [number32(1), ...named(allocationContext)];
        this.#send(kind, ...named(this.#name), ...queries);
        return;
      }
      case option.go: {
        const infos = new Uint8Array(4);
        new DataView(infos.buffer).setUint16(0, 1);
        new DataView(infos.buffer).setUint16(2, info.blockSize);
        this.#send(kind, ...named(this.#name), infos);
        return;
      }
      default:
        this.#send(kind);
    }
  }

  #send(kind: number, ...content: readonly Uint8Array[]): void {
    this.#asked = kind;
    const header = new Uint8Array(headerLength.option);
    const view = new DataView(header.buffer);
    view.setUint32(0, magic.option[0]);
    view.setUint32(4, magic.option[1]);
    view.setUint32(8, kind);
    let length = 0;
    for (const part of content) length += part.length;
    view.setUint32(12, length);
    this.#effects.send([header, ...content]);
  }

  #refused(type: number, content: Uint8Array, what: string): void {
    const said = decodeName(content);
    const reason = refusals[type] ?? `error 0x${type.toString(16)}`;
    this.#fail(`it refused ${what} (${reason})${said ? `: ${said}` : ''}`);
  }

  #fail(why: string): false {
    this.#phase = 'over';
    this.#effects.failed(why);
    return false;
  }
}

const refusals: Readonly<Record<number, string>> = {
  [optionReply.unsupported]: 'it cannot do that',
  [optionReply.policy]: 'its policy forbids it',
  [optionReply.invalid]: 'it calls that invalid',
  [optionReply.tlsRequired]: 'it wants TLS: use nbds',
  [optionReply.unknown]: 'there is none of that name',
  [optionReply.shutdown]: 'it is shutting down',
  [optionReply.blockSizeRequired]: 'it wants to be asked in blocks',
};

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function number32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function named(text: string): Uint8Array[] {
  const bytes = encodeText(text);
  return [number32(bytes.length), bytes];
}
