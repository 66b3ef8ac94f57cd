/** Lines of text out of a stream of bytes, in time and memory that a sender cannot drive up. */

export type LineFault = 'too-long' | 'not-utf-8';

const newline = 0x0a;

/**
 * Puts lines together from whatever pieces arrive. After a fault nothing more is read: where the next line
 * begins is anybody's guess.
 */
export class LineReader {
  readonly #limit: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #pieces: Uint8Array[] = [];
  #length = 0;
  #fault: LineFault | undefined;

  /** `limit` is the longest line in bytes, without its end. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that are kept until their line is complete. */
  get pending(): number {
    return this.#length;
  }

  /** Hands over each line that is now complete, until `take` returns false, and says what was wrong. */
  read(bytes: Uint8Array, take: (line: string) => boolean): LineFault | undefined {
    let from = 0;
    while (this.#fault === undefined && from < bytes.length) {
      const end = bytes.indexOf(newline, from);
      const piece = bytes.subarray(from, end < 0 ? bytes.length : end);
      if (this.#length + piece.length > this.#limit) return this.#fail('too-long');
      if (end < 0) {
        // The piece belongs to a buffer that its owner may use again.
        this.#pieces.push(piece.slice());
        this.#length += piece.length;
        return undefined;
      }
      const line = this.#complete(piece);
      if (line === undefined) return this.#fail('not-utf-8');
      from = end + 1;
      if (!take(line)) return undefined;
    }
    return this.#fault;
  }

  #complete(last: Uint8Array): string | undefined {
    let whole = last;
    if (this.#pieces.length > 0) {
      whole = new Uint8Array(this.#length + last.length);
      let at = 0;
      for (const piece of this.#pieces) {
        whole.set(piece, at);
        at += piece.length;
      }
      whole.set(last, at);
      this.#pieces = [];
      this.#length = 0;
    }
    try {
      return this.#decoder.decode(whole);
    } catch {
      return undefined;
    }
  }

  #fail(fault: LineFault): LineFault {
    this.#fault = fault;
    this.#pieces = [];
    this.#length = 0;
    return fault;
  }
}
