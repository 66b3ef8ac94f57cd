/** The networks of a topology and the ways between them, each searched once. */
import type { Network, Topology } from '../model.ts';
import { crossingsOf } from './crossings.ts';
import type { NetworkState } from './types.ts';
import { createWaySearch } from './way-search.ts';
import type { Way, WaySearch } from './way-search.ts';

export interface NetworkMap {
  /**
   * The best way between two networks. `port` undefined asks for the way of an answer, which
   * firewalls and links let through because they remember the connection.
   */
  way(from: Network, to: Network, port: number | undefined, state?: NetworkState): Way;
}

/** What is known of the ways from one network on one port. */
interface Known {
  readonly search: WaySearch;
  readonly ways: Map<Network, Way>;
}

export function createNetworkMap(topology: Topology): NetworkMap {
  const crossings = crossingsOf(topology);
  const byStart = new Map<Network, Map<number | undefined, Known>>();
  return {
    way(from, to, port, state) {
      if (state) return createWaySearch(crossings, { port, state }, from)(to);
      let byPort = byStart.get(from);
      if (!byPort) byStart.set(from, (byPort = new Map<number | undefined, Known>()));
      let known = byPort.get(port);
      if (!known) {
        const search = createWaySearch(crossings, { port, state }, from);
        byPort.set(port, (known = { search, ways: new Map<Network, Way>() }));
      }
      let way = known.ways.get(to);
      if (!way) known.ways.set(to, (way = known.search(to)));
      return way;
    },
  };
}
