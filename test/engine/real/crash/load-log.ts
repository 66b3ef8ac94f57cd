/** What the load did, on record: every line is in the system's hands before the next thing is done. */
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { HalfDone } from './workload.ts';

type Line =
  | { readonly kind: 'begun'; readonly batch: number; readonly at: number }
  | { readonly kind: 'done'; readonly batch: number; readonly at: number }
  /** After a crash: which requests of the batch under way are on the protected disk. */
  | { readonly kind: 'half'; readonly batch: number; readonly done: readonly boolean[] };

export class LoadLog {
  readonly #descriptor: number;
  readonly #halfDone = new Map<number, readonly boolean[]>();
  /** When each batch was acknowledged, in order. */
  readonly #done: { readonly batch: number; readonly at: number }[] = [];
  /** The last batch that was begun. */
  last = 0;
  /** The last batch of which it is known what is on the protected disk. */
  known = 0;

  constructor(path: string) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    for (const line of text.split('\n')) if (line !== '') this.#take(JSON.parse(line) as Line);
    this.#descriptor = openSync(path, 'a');
  }

  get halfDone(): HalfDone {
    return this.#halfDone;
  }

  /** The last batch that was acknowledged before a time. */
  acknowledgedBefore(time: number): number {
    let low = 0;
    let high = this.#done.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#done[middle]?.at ?? Infinity) < time) low = middle + 1;
      else high = middle;
    }
    return this.#done[low - 1]?.batch ?? 0;
  }

  write(line: Line): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
    this.#take(line);
  }

  #take(line: Line): void {
    if (line.kind === 'begun') this.last = line.batch;
    else this.known = line.batch;
    if (line.kind === 'done') this.#done.push({ batch: line.batch, at: line.at });
    if (line.kind === 'half') this.#halfDone.set(line.batch, line.done);
  }
}
