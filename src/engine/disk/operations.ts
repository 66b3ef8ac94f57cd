/** The reads and writes of one disk, side by side where they do not overlap and in turn where they do. */

export interface Operation {
  readonly offset: number;
  readonly length: number;
  readonly isWrite: boolean;
  start(): void;
}

/**
 * Operations that overlap, one of them being a write, run one after the other in the order in which they
 * were asked for; all others run at once. The cost of an operation grows with the number of those under
 * way, which the depth of the guest's queue bounds.
 */
export class Operations {
  readonly #running: Operation[] = [];
  #waiting: Operation[] = [];

  /** Whether none is under way. */
  get idle(): boolean {
    return this.#running.length === 0 && this.#waiting.length === 0;
  }

  submit(operation: Operation): void {
    if (conflicts(operation, this.#running) || conflicts(operation, this.#waiting)) {
      this.#waiting.push(operation);
      return;
    }
    this.#run(operation);
  }

  /** The operation no longer touches the disk: what waited for it starts. */
  finished(operation: Operation): void {
    const index = this.#running.indexOf(operation);
    if (index >= 0) this.#running.splice(index, 1);
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const next of waiting) this.submit(next);
  }

  #run(operation: Operation): void {
    this.#running.push(operation);
    operation.start();
  }
}

function conflicts(operation: Operation, others: readonly Operation[]): boolean {
  const { offset, isWrite } = operation;
  const end = offset + operation.length;
  for (const other of others) {
    if (!isWrite && !other.isWrite) continue;
    if (offset < other.offset + other.length && other.offset < end) return true;
  }
  return false;
}
