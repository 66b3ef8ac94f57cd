/**
 * Whether there is room for what the VMs write in a stretch of time, with some to spare: on the links, on the
 * datastores and in the journals. Where it becomes tight, time is lived through event by event.
 */
import { datastoreResumeFactor, floorOf } from '../../../topology/limits.ts';
import type { Link, Site, Topology } from '../../../topology/model.ts';
import type { RecoveryStream } from '../../vra/messages.ts';
import type { SimulatedUniverse } from '../../world/simulated.ts';
import { transferRate } from '../../world/simulated/datastore.ts';

/** The share of a link, or of a datastore's rate, beyond which queues matter. */
const easyShare = 0.7;
/** Of a limit of a journal: what it may come to without being near it. */
const easyFill = 0.9;
/** What a journal holds beyond its history, as a share of it: the segment that is not wholly given up. */
const surplus = 1.1;

/** What crosses from a site to another. */
export interface Crossing {
  readonly from: Site;
  readonly to: Site;
  /** Bytes per second, before compression: more than what it will be. */
  readonly rate: number;
}

/** What becomes of it there. */
export interface Kept extends Crossing {
  readonly recover: RecoveryStream;
  /** Bytes that its journal has now. */
  readonly journalBytes: number;
}

export function isRoomOnLinks({ links }: Topology, crossings: readonly Crossing[]): boolean {
  const rates = new Map<string, { readonly ends: readonly [Site, Site]; rate: number }>();
  for (const { from, to, rate } of crossings) {
    if (from === to) continue;
    const key = [from.name, to.name].sort().join('\n');
    const known = rates.get(key);
    if (known) known.rate += rate;
    else rates.set(key, { ends: [from, to], rate });
  }
  for (const { ends, rate } of rates.values()) {
    // Which of several it takes is the network's affair: each has to be wide enough.
    const between = [...links.values()].filter((link) => joins(link, ends));
    if (between.length === 0) return false;
    if (between.some((link) => link.loss > 0 || rate > link.bandwidth * easyShare)) return false;
  }
  return true;
}

function joins(link: Link, [one, other]: readonly [Site, Site]): boolean {
  const sites = link.joins.map(({ target }) => target?.site);
  return sites.includes(one) && sites.includes(other);
}

/** `duration` in milliseconds. */
export function isRoomOnDatastores(
  universe: SimulatedUniverse,
  kept: readonly Kept[],
  duration: number,
): boolean {
  const seconds = duration / 1000;
  const growths = new Map<Site, Map<string, number>>();
  for (const { to, rate, recover, journalBytes } of kept) {
    const { history, hardLimit = Infinity, warning = Infinity, disks } = recover;
    const whole = rate * (history / 1000) * surplus;
    const grown = Math.min(rate * seconds, Math.max(0, whole - journalBytes));
    if (journalBytes + grown > Math.min(hardLimit, warning) * easyFill) return false;
    const size = disks.reduce((sum, disk) => sum + disk.size, 0);
    const growth = growths.get(to) ?? new Map<string, number>();
    growths.set(to, growth);
    const add = (folder: string, bytes: number): void => {
      const name = folder.slice(0, folder.indexOf('/'));
      growth.set(name, (growth.get(name) ?? 0) + bytes);
    };
    add(recover.journalFolder, grown);
    add(recover.replicaFolder, Math.min(size, rate * seconds));
  }
  for (const [site, growth] of growths) {
    for (const [name, bytes] of growth) {
      const { capacity, free } = universe.space(site, name);
      if (free - bytes < floorOf(capacity) * datastoreResumeFactor) return false;
      if (bytes > transferRate * easyShare * duration) return false;
    }
  }
  return true;
}
