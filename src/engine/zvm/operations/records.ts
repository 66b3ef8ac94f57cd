/** The recovery reports: what was asked for, when, step by step, and how it ended (OUT-11). */
import type { Operation, OperationStep } from '../../api.ts';
import type { Instant } from '../../world/world.ts';
import type { Outbox } from '../events.ts';

export class OperationRecords {
  readonly #site: string;
  readonly #startedAt: Instant;
  readonly #outbox: Outbox;
  readonly #all: Operation[];

  /** `startedAt`: when this life of the ZVM began. */
  constructor(site: string, startedAt: Instant, outbox: Outbox, known: readonly Operation[]) {
    this.#site = site;
    this.#startedAt = startedAt;
    this.#outbox = outbox;
    this.#all = [...known];
  }

  /** All since the first start, oldest first. */
  get all(): readonly Operation[] {
    return this.#all;
  }

  find(id: string): Operation | undefined {
    return this.#all.find((operation) => operation.id === id);
  }

  findLast(wanted: (operation: Operation) => boolean): Operation | undefined {
    return this.#all.findLast(wanted);
  }

  begin(verb: string, vpg: string, at: number, vms?: readonly string[]): Operation {
    // A crash can take the record of an operation along, and leave the images that bear its id: an id must
    // not come back, or what another operation wrote to those would be taken for what was recovered.
    const id = `${this.#site} ${this.#all.length + 1}-${Math.round(this.#startedAt)}`;
    const operation = {
      id,
      verb,
      vpg,
      ...(vms && { vms }),
      site: this.#site,
      at,
      result: 'running',
      steps: [],
    } as const;
    this.#put(operation);
    return operation;
  }

  /** Takes an operation over from the ZVM that began it and is gone. */
  adopt(operation: Operation): void {
    if (!this.find(operation.id)) this.#put(operation);
  }

  /** Changes what is not a step. */
  change(id: string, change: Partial<Operation>): void {
    const known = this.find(id);
    if (known) this.#put({ ...known, ...change });
  }

  step(id: string, step: OperationStep): void {
    const known = this.find(id);
    if (known) this.#put({ ...known, steps: [...known.steps, step] });
  }

  #put(operation: Operation): void {
    const index = this.#all.findIndex((known) => known.id === operation.id);
    if (index < 0) this.#all.push(operation);
    else this.#all[index] = operation;
    this.#outbox.keep({ kind: 'operation', operation });
  }
}
