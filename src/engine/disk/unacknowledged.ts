/** Ranges that were handed over and are not yet known to be durable, in the order of their sequence. */
const fields = 4;

export class Unacknowledged {
  /** Sequence, disk, offset and length of each; what lies before the head is over. */
  #entries: number[] = [];
  #head = 0;

  get count(): number {
    return (this.#entries.length - this.#head) / fields;
  }

  add(sequence: number, disk: number, offset: number, length: number): void {
    this.#entries.push(sequence, disk, offset, length);
  }

  /** Forgets everything up to and including the sequence number. */
  forget(upTo: number): void {
    const entries = this.#entries;
    while (this.#head < entries.length && (entries[this.#head] ?? 0) <= upTo) this.#head += fields;
    if (this.#head === entries.length) {
      entries.length = 0;
      this.#head = 0;
    } else if (this.#head > 4096 && this.#head * 2 > entries.length) {
      this.#entries = entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Visits all of it, oldest first. */
  each(visit: (disk: number, offset: number, length: number) => void): void {
    const entries = this.#entries;
    for (let at = this.#head; at < entries.length; at += fields) {
      visit(entries[at + 1] ?? 0, entries[at + 2] ?? 0, entries[at + 3] ?? 0);
    }
  }

  /** Takes out everything from the sequence number on. */
  take(from: number, visit: (disk: number, offset: number, length: number) => void): void {
    const entries = this.#entries;
    while (entries.length > this.#head && (entries[entries.length - fields] ?? 0) >= from) {
      const [, disk = 0, offset = 0, length = 0] = entries.splice(-fields);
      visit(disk, offset, length);
    }
  }
}
