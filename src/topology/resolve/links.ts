/** Links and pairings: what joins the sites. */
import type { Place } from '../document.ts';
import { within } from '../document.ts';
import type { Link, Pairing, Topology } from '../model.ts';
import type { TopologyFile } from '../schema/file.ts';
import type { LinkFile } from '../schema/link.ts';
import { itemsOf, referByPath, referToTop } from './bind.ts';
import { portsOf } from './sites.ts';

export function resolveLink(name: string, file: LinkFile, place: Place, topology: Topology): Link {
  const end = (index: 0 | 1) =>
    referByPath(within(place, 'joins', index), file.joins[index], 'networks', topology);
  return {
    name,
    place,
    joins: [end(0), end(1)],
    bandwidth: file.bandwidth,
    latency: file.latency,
    loss: file.loss,
    mtu: file.mtu,
    nat: file.nat,
    allow: portsOf(file.allow),
    throttle: itemsOf(file.throttle, within(place, 'throttle')).map((item) => ({
      place: item.place,
      ...item.file,
    })),
  };
}

export function resolvePairings(
  pairings: TopologyFile['pairings'],
  place: Place,
  topology: Topology,
): Pairing[] {
  return itemsOf(pairings, place).map(({ file, place: at }) => {
    const side = (index: 0 | 1) => referToTop(within(at, index), file[index], 'sites', topology);
    return { place: at, sites: [side(0), side(1)] };
  });
}
