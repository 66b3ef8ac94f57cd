/** Routes of a ZVM that lead to nobody, and what they were probably meant to say (NET-9). */
import { broadcastOf, contains, formatCidr } from '../../../topology/address.ts';
import type { Cidr } from '../../../topology/address.ts';
import type { Route, Topology, Zvm } from '../../../topology/model.ts';
import { nearestCidr } from '../../../topology/near-miss.ts';
import { missingRoutesOf } from './peer-routes.ts';

export interface UnknownDestination {
  readonly route: Route;
  /** The nearest range that the route may have been meant for. */
  readonly near: Cidr | undefined;
}

const known = new WeakMap<Zvm, readonly UnknownDestination[]>();

/** The routes whose destination shares no address with anything that the file declares. */
export function unknownDestinationsOf(topology: Topology, zvm: Zvm): readonly UnknownDestination[] {
  let unknown = known.get(zvm);
  if (!unknown) known.set(zvm, (unknown = findUnknown(topology, zvm)));
  return unknown;
}

function findUnknown(topology: Topology, zvm: Zvm): readonly UnknownDestination[] {
  const unknown = zvm.routes.filter(({ to }) => !declaredRangesOf(topology).touches(to));
  if (unknown.length === 0) return [];
  const routed = new Set(zvm.routes.map(({ to }) => formatCidr(to)));
  // A network that still lacks its route is the likeliest meaning, before any other of the file.
  const missing = missingRoutesOf(topology, zvm).map(({ network }) => network.cidr);
  const others = declaredRangesOf(topology).networksOutside(zvm);
  const isFree = (range: Cidr): boolean => !routed.has(formatCidr(range));
  return unknown.map((route) => ({
    route,
    near: nearestCidr(route.to, missing) ?? nearestCidr(route.to, others.filter(isFree)),
  }));
}

interface DeclaredRanges {
  /** Whether a range shares an address with a declared network or component. O(log n). */
  touches(range: Cidr): boolean;
  networksOutside(zvm: Zvm): readonly Cidr[];
}

const knownRanges = new WeakMap<Topology, DeclaredRanges>();

function declaredRangesOf(topology: Topology): DeclaredRanges {
  let ranges = knownRanges.get(topology);
  if (!ranges) knownRanges.set(topology, (ranges = collectRanges(topology)));
  return ranges;
}

function collectRanges(topology: Topology): DeclaredRanges {
  const sites = [...topology.sites.values()];
  const networks = sites.flatMap((site) => [...site.networks.values()]);
  const alone = sites.flatMap((site) => [
    ...(site.vcenter ? [site.vcenter.address] : []),
    ...site.services.map(({ address }) => address),
    ...[...site.hosts.values()].flatMap(({ address }) => address ?? []),
  ]);
  const inOrder = outermost([
    ...networks.map(({ cidr }) => cidr),
    ...alone.map((address) => ({ network: address, prefix: 32 })),
  ]);
  return {
    touches(range) {
      // Outermost ranges are apart, so the last that begins within the range decides.
      let low = 0;
      let high = inOrder.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((inOrder[middle]?.network ?? 0) <= broadcastOf(range)) low = middle + 1;
        else high = middle;
      }
      const last = inOrder[low - 1];
      return last !== undefined && broadcastOf(last) >= range.network;
    },
    networksOutside: (zvm) =>
      networks
        .filter(({ site, isolated }) => site !== zvm.site && !isolated)
        .map(({ cidr }) => cidr),
  };
}

/** The ranges that no other one holds, in the order of their addresses. */
function outermost(ranges: readonly Cidr[]): readonly Cidr[] {
  const kept: Cidr[] = [];
  for (const range of [...ranges].sort((a, b) => a.network - b.network || a.prefix - b.prefix)) {
    const last = kept.at(-1);
    if (!last || !contains(last, range.network)) kept.push(range);
  }
  return kept;
}
