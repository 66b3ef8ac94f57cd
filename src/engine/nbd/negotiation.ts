/**
 * The server's side of fixed newstyle negotiation: bytes of a client go in, replies and, in the end, what both have
 * agreed on come out.
 */
import { decodeName, queryMeansAllocation } from './exports.ts';
import type { Agreement, Export } from './exports.ts';
import { readGo, readQueries } from './option-content.ts';
import {
  allocationContextReply,
  blockSizeInfo,
  descriptionInfo,
  exportInfo,
  exportNameAnswer,
  greeting,
  listed,
  nameInfo,
  refusal,
  replyTo,
} from './option-replies.ts';
import { handshakeFlag, headerLength, info, magic, option, optionReply } from './protocol.ts';
import type { ReceivedBytes } from './received-bytes.ts';

/** Whether the client's connection may, or has to, be in TLS before it is told anything. */
export type TlsUse = 'none' | 'optional' | 'required';

export interface NegotiationEffects {
  send(parts: readonly Uint8Array[]): void;
  /** All that follows is in TLS. */
  startTls(): void;
  /** Requests follow. */
  agreed(agreement: Agreement): void;
  /** The client is to be let go: it asked for that, or cannot be talked to. */
  close(): void;
}

/** What negotiation has to know of a server. */
export interface ExportTable {
  get(name: string): Export | undefined;
  all(): Iterable<Export>;
}

/** Bytes of an option's content that are looked at; what is longer is skipped and refused. */
const longestOption = 64 * 1024;

/** A client that sends more options than this does not want to agree. */
const mostOptions = 128;

type Phase = 'flags' | 'options' | 'over';

export class Negotiation {
  readonly #exports: ExportTable;
  readonly #tls: TlsUse;
  readonly #effects: NegotiationEffects;
  #phase: Phase = 'flags';
  #fixed = false;
  #zeroes = true;
  #secure = false;
  #structured = false;
  /** The export for which `base:allocation` was chosen. */
  #allocationOf: string | undefined;
  #options = 0;
  /** What is left of an option that is too long, and which one it is. */
  #skipping = 0;
  #skipped = 0;

  constructor(exports: ExportTable, tls: TlsUse, effects: NegotiationEffects) {
    this.#exports = exports;
    this.#tls = tls;
    this.#effects = effects;
  }

  start(): void {
    this.#effects.send([greeting()]);
  }

  /** Uses up what can be understood. What follows the end of the negotiation is left where it is. */
  received(input: ReceivedBytes): void {
    while (this.#step(input)) {
      if (this.#phase === 'over') return;
    }
  }

  #step(input: ReceivedBytes): boolean {
    if (this.#phase === 'flags') return this.#flags(input);
    if (this.#skipping > 0) {
      this.#skipping -= input.skip(this.#skipping);
      if (this.#skipping > 0) return false;
      const why = `an option may be ${longestOption} bytes long`;
      this.#refuse(this.#skipped, optionReply.tooBig, why);
      return true;
    }
    return this.#option(input);
  }

  #flags(input: ReceivedBytes): boolean {
    if (input.length < headerLength.clientFlags) return false;
    const { view, at } = input.look(headerLength.clientFlags);
    const flags = view.getUint32(at);
    input.skip(headerLength.clientFlags);
    if ((flags & ~(handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes)) !== 0) {
      this.#close();
      return false;
    }
    this.#fixed = (flags & handshakeFlag.fixedNewstyle) !== 0;
    this.#zeroes = (flags & handshakeFlag.noZeroes) === 0;
    this.#phase = 'options';
    return true;
  }

  #option(input: ReceivedBytes): boolean {
    if (input.length < headerLength.option) return false;
    const { view, at } = input.look(headerLength.option);
    const [high, low] = magic.option;
    const kind = view.getUint32(at + 8);
    const length = view.getUint32(at + 12);
    const known = view.getUint32(at) === high && view.getUint32(at + 4) === low;
    // Who does not speak fixed newstyle understands no reply.
    if (!known || (!this.#fixed && kind !== option.exportName)) {
      this.#close();
      return false;
    }
    if (length > longestOption) {
      input.skip(headerLength.option);
      if (kind === option.exportName || !this.#counted()) {
        this.#close();
        return false;
      }
      this.#skipping = length;
      this.#skipped = kind;
      return true;
    }
    if (input.length < headerLength.option + length) return false;
    input.skip(headerLength.option);
    const content = input.take(length).bytes();
    if (!this.#counted()) {
      this.#close();
      return false;
    }
    this.#act(kind, content, input);
    return this.#phase === 'options';
  }

  #counted(): boolean {
    return ++this.#options <= mostOptions;
  }

  #act(kind: number, content: Uint8Array, input: ReceivedBytes): void {
    if (this.#tls === 'required' && !this.#secure) {
      switch (kind) {
        case option.startTls:
        case option.abort:
          break;
        case option.exportName:
          this.#close();
          return;
        default:
          this.#refuse(kind, optionReply.tlsRequired, 'this server is spoken to over TLS only');
          return;
      }
    }
    switch (kind) {
      case option.exportName:
        this.#exportName(content);
        return;
      case option.abort:
        this.#effects.send(replyTo(kind, optionReply.ack));
        this.#close();
        return;
      case option.list:
        this.#list(content);
        return;
      case option.startTls:
        this.#startTls(content, input);
        return;
      case option.info:
      case option.go:
        this.#go(kind, content);
        return;
      case option.structuredReply:
        if (content.length > 0) {
          this.#refuse(kind, optionReply.invalid, 'STRUCTURED_REPLY has no content');
          return;
        }
        this.#structured = true;
        this.#effects.send(replyTo(kind, optionReply.ack));
        return;
      case option.listMetaContext:
      case option.setMetaContext:
        this.#metaContext(kind, content);
        return;
      default:
        this.#refuse(kind, optionReply.unsupported, `option ${kind} is not known here`);
    }
  }

  #exportName(content: Uint8Array): void {
    const name = decodeName(content);
    const served = name === undefined ? undefined : this.#exports.get(name);
    // The option knows no error.
    if (!served) {
      this.#close();
      return;
    }
    const agreement = this.#agreement(served);
    this.#effects.send([exportNameAnswer(agreement, this.#zeroes)]);
    this.#agree(agreement);
  }

  #list(content: Uint8Array): void {
    if (content.length > 0) {
      this.#refuse(option.list, optionReply.invalid, 'LIST has no content');
      return;
    }
    for (const each of this.#exports.all()) this.#effects.send(listed(option.list, each));
    this.#effects.send(replyTo(option.list, optionReply.ack));
  }

  #startTls(content: Uint8Array, input: ReceivedBytes): void {
    const kind = option.startTls;
    if (this.#tls === 'none') {
      this.#refuse(kind, optionReply.unsupported, 'this server has no certificate for TLS');
    } else if (content.length > 0) {
      this.#refuse(kind, optionReply.invalid, 'STARTTLS has no content');
    } else if (this.#secure) {
      this.#refuse(kind, optionReply.invalid, 'the connection is in TLS already');
    } else if (input.length > 0) {
      // Said before TLS began, perhaps by somebody in between: it must not count as said within it.
      this.#close();
    } else {
      this.#secure = true;
      this.#structured = false;
      this.#allocationOf = undefined;
      this.#effects.send(replyTo(kind, optionReply.ack));
      this.#effects.startTls();
    }
  }

  #go(kind: number, content: Uint8Array): void {
    const asked = readGo(content);
    if (!asked) {
      this.#refuse(kind, optionReply.invalid, 'its content is not a name and a list of numbers');
      return;
    }
    const served = this.#exports.get(asked.name);
    if (!served) {
      this.#refuseUnknown(kind, asked.name);
      return;
    }
    const agreement = this.#agreement(served);
    const replies = exportInfo(kind, agreement);
    if (asked.infos.has(info.name)) replies.push(...nameInfo(kind, served));
    if (asked.infos.has(info.description) && served.description !== undefined) {
      replies.push(...descriptionInfo(kind, served));
    }
    if (asked.infos.has(info.blockSize)) replies.push(...blockSizeInfo(kind));
    replies.push(...replyTo(kind, optionReply.ack));
    this.#effects.send(replies);
    if (kind === option.go) this.#agree(agreement);
  }

  #metaContext(kind: number, content: Uint8Array): void {
    const choosing = kind === option.setMetaContext;
    if (choosing) this.#allocationOf = undefined;
    if (!this.#structured) {
      this.#refuse(kind, optionReply.invalid, 'metadata needs structured replies first');
      return;
    }
    const asked = readQueries(content);
    if (!asked) {
      this.#refuse(kind, optionReply.invalid, 'its content is not a name and a list of queries');
      return;
    }
    const { name, queries } = asked;
    if (!this.#exports.get(name)) {
      this.#refuseUnknown(kind, name);
      return;
    }
    const meant =
      (!choosing && queries.length === 0) ||
      queries.some((query) => queryMeansAllocation(query, !choosing));
    if (meant) {
      if (choosing) this.#allocationOf = name;
      this.#effects.send(allocationContextReply(kind, choosing));
    }
    this.#effects.send(replyTo(kind, optionReply.ack));
  }

  #agreement(served: Export): Agreement {
    const structuredReplies = this.#structured;
    return { served, structuredReplies, allocation: this.#allocationOf === served.name };
  }

  #agree(agreement: Agreement): void {
    this.#phase = 'over';
    this.#effects.agreed(agreement);
  }

  #refuse(kind: number, type: number, message: string): void {
    this.#effects.send(refusal(kind, type, message));
  }

  #refuseUnknown(kind: number, name: string): void {
    this.#refuse(kind, optionReply.unknown, `there is no export "${name}" here`);
  }

  #close(): void {
    this.#phase = 'over';
    this.#effects.close();
  }
}
