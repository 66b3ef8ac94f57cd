/**
 * What the throttle windows of links leave to each pair of VRAs.
 *
 * A window bounds what replication takes of a link in one direction, all VRAs together. They know
 * nothing of each other, so each gets a fixed part: as many shares as it sends streams that way. Nobody
 * takes what another leaves, and the window is never exceeded.
 */
import { ports } from '../../topology/limits.ts';
import type { Link, Topology, Vra } from '../../topology/model.ts';
import { endpointOfVra, reachabilityOf } from '../../topology/reachability.ts';
import type { Hop } from '../../topology/reachability.ts';
import type { ThrottleWindow } from '../vra/messages.ts';

/** One stream's way. */
export interface Way {
  readonly source: Vra;
  readonly target: Vra;
}

export type ThrottleOf = (source: Vra, target: Vra) => readonly ThrottleWindow[] | undefined;

/** The windows on the way from a VRA to another, given the ways of all streams. */
export function createThrottles(topology: Topology, ways: Iterable<Way>): ThrottleOf {
  if ([...topology.links.values()].every((link) => link.throttle.length === 0)) {
    return () => undefined;
  }
  const streams = new Map<Vra, Map<Vra, number>>();
  for (const { source, target } of ways) {
    const targets = streams.get(source) ?? new Map<Vra, number>();
    targets.set(target, (targets.get(target) ?? 0) + 1);
    streams.set(source, targets);
  }
  const hops = (source: Vra, target: Vra): readonly Hop[] => {
    const from = endpointOfVra(source);
    const to = endpointOfVra(target);
    if (!from || !to) return [];
    const reach = reachabilityOf(topology).reach(from, to, ports.vraPeerData);
    return reach.ok ? reach.hops : [];
  };
  const crossing = new Map<string, number>();
  for (const [source, targets] of streams) {
    for (const [target, count] of targets) {
      for (const hop of hops(source, target)) {
        const key = keyOf(hop);
        crossing.set(key, (crossing.get(key) ?? 0) + count);
      }
    }
  }
  return (source, target) => {
    const count = streams.get(source)?.get(target) ?? 1;
    const windows = hops(source, target).flatMap((hop) => {
      const share = count / Math.max(count, crossing.get(keyOf(hop)) ?? count);
      return windowsOf(hop.link, share);
    });
    return windows.length > 0 ? windows : undefined;
  };
}

function keyOf({ link, forward }: Hop): string {
  return `${link.name} ${forward}`;
}

function windowsOf(link: Link, share: number): ThrottleWindow[] {
  return link.throttle.map(({ from, to, rate }) => ({ from, to, rate: rate * share }));
}
