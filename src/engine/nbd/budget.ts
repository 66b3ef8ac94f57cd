/** Memory that all clients of a server share. */

export class Budget {
  /** Bytes. */
  readonly limit: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes bytes where there are as many left; who has nothing else gets them in any case, so that all get on. */
  take(bytes: number, isFirst: boolean): boolean {
    if (!isFirst && this.#taken + bytes > this.limit) return false;
    this.#taken += bytes;
    return true;
  }

  give(bytes: number): void {
    if (bytes === 0) return;
    this.#taken -= bytes;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
  }

  /** Calls once when bytes were given back. */
  wait(goOn: () => void): void {
    this.#waiting.push(goOn);
  }
}
