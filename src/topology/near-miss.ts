/** What somebody may have meant who wrote a name or an address that nothing has. */
import { formatCidr } from './address.ts';
import type { Cidr } from './address.ts';

/** Longer names are compared by their first characters: the cost of a comparison stays bounded. */
const compared = 64;

/**
 * The candidate nearest to `name`, where one is near enough to be a slip: a third of its letters, at
 * most three, or the same in another case. Of equally near ones, the first.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const most = Math.min(3, Math.max(1, Math.floor(name.length / 3)));
  const wanted = name.slice(0, compared).toLowerCase();
  let best: string | undefined;
  let bestDistance = most + 1;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const text = candidate.slice(0, compared).toLowerCase();
    // A candidate of one or two letters is "near" to everything short.
    if (text.length <= most && text !== wanted) continue;
    const distance = editDistance(wanted, text, bestDistance - 1);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
      if (distance === 0) break;
    }
  }
  return best;
}

/**
 * The range nearest to `range` by the digits that were typed: `102.168.200.0/24` is one digit from
 * `192.168.200.0/24`. At most two digits off; undefined where none is that near, or `range` itself
 * is among them.
 */
export function nearestCidr(range: Cidr, candidates: Iterable<Cidr>): Cidr | undefined {
  const wanted = formatCidr(range);
  let best: Cidr | undefined;
  let bestDistance = 3;
  for (const candidate of candidates) {
    const text = formatCidr(candidate);
    if (text === wanted) return undefined;
    const distance = editDistance(wanted, text, bestDistance - 1);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * How many letters to insert, delete, replace or swap with their neighbour turn `a` into `b`;
 * `most + 1` where it is more than `most`.
 */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
      smallest = Math.min(smallest, cost);
    }
    if (smallest > most) return most + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length] ?? 0, most + 1);
}
