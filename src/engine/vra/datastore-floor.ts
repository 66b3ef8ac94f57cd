/**
 * Whether a datastore has room for journals. Below its floor nothing is journaled, for all streams
 * alike, until clearly more than the floor is free: see {@link datastoreResumeFactor}.
 */
import { datastoreResumeFactor, floorOf } from '../../topology/limits.ts';
import type { Space } from '../world/world.ts';
import type { DatastoreReport } from './messages.ts';

/** Space of the datastore that holds a path, in bytes; undefined where there is no such datastore. */
export type SpaceOf = (path: string) => Space | undefined;

export class DatastoreFloor {
  readonly #spaceOf: SpaceOf;
  /** Datastores that have fallen below their floor and not come back yet. */
  readonly #paused = new Set<string>();

  constructor(spaceOf: SpaceOf) {
    this.#spaceOf = spaceOf;
  }

  /** Why nothing may be journaled in a folder now, or undefined where something may. */
  problem(folder: string): string | undefined {
    const report = this.report(folder);
    // Two sites with equal addresses can make a VRA hear what is meant for another one.
    if (!report) return `there is no datastore ${datastoreOf(folder)} here`;
    const { name, capacity, free } = report;
    const floor = report.floor ?? floorOf(capacity);
    const enough = this.#paused.has(name) ? floor * datastoreResumeFactor : floor;
    if (free >= enough) {
      this.#paused.delete(name);
      return undefined;
    }
    this.#paused.add(name);
    return (
      `datastore ${name}: ${gib(free)} free, and below ${gib(floor)} nothing is journaled. ` +
      `With ${gib(floor * datastoreResumeFactor)} free, replication goes on by itself.`
    );
  }

  /** Undefined where there is no such datastore. */
  report(folder: string): DatastoreReport | undefined {
    const space = this.#spaceOf(folder);
    if (!space) return undefined;
    const { capacity, free, floor } = space;
    const name = datastoreOf(folder);
    const paused = this.#paused.has(name);
    return { name, capacity, free, paused, ...(floor !== undefined && { floor }) };
  }
}

/** The datastore of a path, `datastore/...`. */
export function datastoreOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
