/** What a server says while options are negotiated. */
import { allocationContextId, encodeText } from './exports.ts';
import type { Agreement, Export } from './exports.ts';
import {
  allocationContext,
  handshakeFlag,
  headerLength,
  info,
  magic,
  maxPayload,
  optionReply,
  transmissionFlag,
} from './protocol.ts';

/** Bytes of a client's data that are of a block size that we like. */
const preferredBlockSize = 4096;

export function greeting(): Uint8Array {
  const bytes = new Uint8Array(headerLength.greeting);
  const view = new DataView(bytes.buffer);
  putPair(view, 0, magic.initial);
  putPair(view, 8, magic.option);
  view.setUint16(16, handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes);
  return bytes;
}

export function replyTo(
  option: number,
  type: number,
  ...content: readonly Uint8Array[]
): Uint8Array[] {
  const header = new Uint8Array(headerLength.optionReply);
  const view = new DataView(header.buffer);
  putPair(view, 0, magic.optionReply);
  view.setUint32(8, option);
  view.setUint32(12, type);
  view.setUint32(16, lengthOf(content));
  return [header, ...content];
}

/** The message is for people. */
export function refusal(option: number, type: number, message: string): Uint8Array[] {
  return replyTo(option, type, encodeText(message));
}

/** One name of the list of exports. */
export function listed(option: number, { name, description }: Export): Uint8Array[] {
  const text = encodeText(name);
  return replyTo(option, optionReply.server, number32(text.length), text, described(description));
}

export function exportInfo(option: number, agreement: Agreement): Uint8Array[] {
  const content = new Uint8Array(12);
  const view = new DataView(content.buffer);
  view.setUint16(0, info.export);
  putWide(view, 2, agreement.served.disk.size);
  view.setUint16(10, transmissionFlags(agreement));
  return replyTo(option, optionReply.info, content);
}

export function nameInfo(option: number, { name }: Export): Uint8Array[] {
  return replyTo(option, optionReply.info, number16(info.name), encodeText(name));
}

export function descriptionInfo(option: number, { description }: Export): Uint8Array[] {
  return replyTo(option, optionReply.info, number16(info.description), described(description));
}

export function blockSizeInfo(option: number): Uint8Array[] {
  const content = new Uint8Array(14);
  const view = new DataView(content.buffer);
  view.setUint16(0, info.blockSize);
  view.setUint32(2, 1);
  view.setUint32(6, preferredBlockSize);
  view.setUint32(10, maxPayload);
  return replyTo(option, optionReply.info, content);
}

/** The id counts only where the context was chosen, not where contexts are listed. */
export function allocationContextReply(option: number, chosen: boolean): Uint8Array[] {
  const id = number32(chosen ? allocationContextId : 0);
  return replyTo(option, optionReply.metaContext, id, encodeText(allocationContext));
}

/** What answers EXPORT_NAME, which knows no replies. */
export function exportNameAnswer(agreement: Agreement, withZeroes: boolean): Uint8Array {
  const bytes = new Uint8Array(withZeroes ? 134 : 10);
  const view = new DataView(bytes.buffer);
  putWide(view, 0, agreement.served.disk.size);
  view.setUint16(8, transmissionFlags(agreement));
  return bytes;
}

export function transmissionFlags({ served, structuredReplies }: Agreement): number {
  const { readOnly } = served.disk;
  const writing =
    transmissionFlag.sendTrim | transmissionFlag.sendWriteZeroes | transmissionFlag.sendFastZero;
  return (
    transmissionFlag.hasFlags |
    transmissionFlag.sendFlush |
    transmissionFlag.sendFua |
    transmissionFlag.canMultiConn |
    transmissionFlag.sendCache |
    (readOnly ? transmissionFlag.readOnly : writing) |
    (structuredReplies ? transmissionFlag.sendDf : 0)
  );
}

function described(description: string | undefined): Uint8Array {
  return encodeText(description ?? '');
}

function number16(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value);
  return bytes;
}

function number32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function putPair(view: DataView, at: number, [high, low]: readonly [number, number]): void {
  view.setUint32(at, high);
  view.setUint32(at + 4, low);
}

function putWide(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 0x100000000));
  view.setUint32(at + 4, value >>> 0);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}
