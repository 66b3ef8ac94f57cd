/**
 * What is left of many writes when only the newest content of each place counts. A workload comes back to the same
 * places, mostly with the same length, and then this takes as much memory as there are places.
 */
import type { Payload } from '../world/payload.ts';
import { syntheticPayload } from '../world/payloads.ts';

interface Write {
  readonly disk: number;
  readonly offset: number;
  length: number;
  content: number;
  /** Counts the writes: a later one lies over an earlier one. */
  order: number;
}

export class NewestWrites {
  /** By disk, by offset: the newest one last, each longer than those behind it. */
  readonly #places: (Map<number, Write[]> | undefined)[] = [];
  #count = 0;

  /** The content is the name of a synthetic payload. */
  add(disk: number, offset: number, length: number, content: number): void {
    const order = ++this.#count;
    const places = (this.#places[disk] ??= new Map<number, Write[]>());
    const stack = places.get(offset);
    if (!stack) {
      places.set(offset, [{ disk, offset, length, content, order }]);
      return;
    }
    let last = stack.at(-1);
    while (stack.length > 1 && last && last.length < length) {
      stack.pop();
      last = stack.at(-1);
    }
    if (last && last.length <= length) {
      last.length = length;
      last.content = content;
      last.order = order;
    } else {
      stack.push({ disk, offset, length, content, order });
    }
  }

  /** Tells everything that is left, in an order that leaves the newest content on top. */
  each(put: (disk: number, offset: number, payload: Payload) => void): void {
    const writes: Write[] = [];
    for (const places of this.#places) {
      for (const stack of places?.values() ?? []) writes.push(...stack);
    }
    writes.sort((a, b) => a.order - b.order);
    for (const { disk, offset, length, content } of writes) {
      put(disk, offset, syntheticPayload(content, length));
    }
  }
}
