/** A binary heap in an array: the first item is the one that comes first. */

type ComesFirst<T> = (a: T, b: T) => boolean;

/** Adds an item, in O(log n). */
export function pushToHeap<T>(heap: T[], comesFirst: ComesFirst<T>, item: T): void {
  let index = heap.length;
  heap.push(item);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !comesFirst(item, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = item;
}

/** Takes the item that comes first, in O(log n); undefined where there is none. */
export function popFromHeap<T>(heap: T[], comesFirst: ComesFirst<T>): T | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let childIndex = index * 2 + 1;
    let child = heap[childIndex];
    const sibling = heap[childIndex + 1];
    if (child !== undefined && sibling !== undefined && comesFirst(sibling, child)) {
      child = sibling;
      childIndex += 1;
    }
    if (child === undefined || !comesFirst(child, last)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
  return first;
}
