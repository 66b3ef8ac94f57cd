/** What clients send along with their options. */
import { decodeName } from './exports.ts';

/** The content of INFO and GO; undefined where it is malformed. */
export function readGo(content: Uint8Array): { name: string; infos: Set<number> } | undefined {
  const reader = new ContentReader(content);
  const name = reader.name();
  const count = reader.number16();
  if (name === undefined || count === undefined) return undefined;
  const infos = new Set<number>();
  for (let index = 0; index < count; index++) {
    const wanted = reader.number16();
    if (wanted === undefined) return undefined;
    infos.add(wanted);
  }
  return reader.atEnd ? { name, infos } : undefined;
}

/** The content of LIST_META_CONTEXT and SET_META_CONTEXT; undefined where it is malformed. */
export function readQueries(content: Uint8Array): { name: string; queries: string[] } | undefined {
  const reader = new ContentReader(content);
  const name = reader.name();
  const count = reader.number32();
  if (name === undefined || count === undefined) return undefined;
  const queries: string[] = [];
  for (let index = 0; index < count; index++) {
    const query = reader.name();
    if (query === undefined) return undefined;
    queries.push(query);
  }
  return reader.atEnd ? { name, queries } : undefined;
}

class ContentReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  number16(): number | undefined {
    if (this.#at + 2 > this.#bytes.length) return undefined;
    const value = this.#view.getUint16(this.#at);
    this.#at += 2;
    return value;
  }

  number32(): number | undefined {
    if (this.#at + 4 > this.#bytes.length) return undefined;
    const value = this.#view.getUint32(this.#at);
    this.#at += 4;
    return value;
  }

  /** A text behind its length. */
  name(): string | undefined {
    const length = this.number32();
    if (length === undefined || this.#at + length > this.#bytes.length) return undefined;
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return decodeName(bytes);
  }
}
