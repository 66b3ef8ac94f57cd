import { overlaps } from '../../../topology/address.ts';
import type { Flow, FlowPort } from '../../../topology/flows.ts';
import { sitePairsOf } from '../../../topology/flows.ts';
import type { Site, Topology } from '../../../topology/model.ts';
import { targetNicOf } from '../../../topology/reachability.ts';
import type { Endpoint, EndpointNic, Stop } from '../../../topology/reachability.ts';
import type { Rule } from '../../rule.ts';
import { areJoined } from '../link/no-path.ts';
import { isMisplaced } from './address-outside.ts';
import { failedFlowsOf } from './failed-flows.ts';
import { isMisrouted } from './misrouted.ts';
import { hasUnread, knowsAllLinks } from './unread.ts';
import { listedPorts, sentence } from './wording.ts';

export const unreachable: Rule = {
  name: 'network/unreachable',
  title: 'A flow that replication needs has no path',
  severity: 'error',
  facts: ['NET-3'],
  check(context) {
    const { topology, report } = context;
    const failures = failuresOf(topology);
    if (failures.length === 0) return;
    const allLinksKnown = knowsAllLinks(context);
    const explain = createExplanations(topology);
    const unexplained = failures.filter(
      (failure) =>
        (failure.stop.reason !== 'no-path' || allLinksKnown) &&
        !explain(failure) &&
        !hasUnread(context, failure.sender.place) &&
        !hasUnread(context, failure.receiver.place),
    );
    for (const { first, pairs, ports } of grouped(unexplained)) {
      const others = pairs.size - 1;
      report({
        at: first.stop.place,
        on: 'key',
        message:
          `${sentence(first.stop.message)}. ${needOf(first, [...ports.values()])}` +
          (others > 0 ? ` The same stops ${others} more.` : ''),
        related: [{ message: sentence(first.receiver.label), place: first.receiver.place }],
      });
    }
  },
};

/** A flow that stops, told from the side whose packets stop: for an answer, the receiver's. */
interface Failure {
  readonly flow: Flow;
  readonly stop: Stop;
  readonly sender: Endpoint;
  readonly receiver: Endpoint;
  readonly targetNic: EndpointNic | undefined;
}

function failuresOf(topology: Topology): readonly Failure[] {
  return failedFlowsOf(topology).flatMap(({ flow, stop }): readonly Failure[] => {
    const { from, to } = flow;
    const failure =
      stop.reason === 'no-way-back' && stop.answer
        ? { flow, stop: stop.answer, sender: to, receiver: from, targetNic: stop.nic }
        : { flow, stop, sender: from, receiver: to, targetNic: targetNicOf(from, to) };
    switch (failure.stop.reason) {
      case 'no-route':
      case 'own-range':
      case 'gateway-off-link':
      case 'no-path':
      case 'no-way-back':
        return [failure];
      case 'firewall':
      case 'link-port':
      case 'link-cut':
      case 'nat':
        return [];
    }
  });
}

/** Whether a rule that knows better already speaks about a failure's cause. */
function createExplanations(topology: Topology): (failure: Failure) => boolean {
  const pairs = new Map<Site, Set<Site>>();
  for (const {
    sites: [a, b],
  } of sitePairsOf(topology)) {
    (pairs.get(a) ?? pairs.set(a, new Set()).get(a))?.add(b);
    (pairs.get(b) ?? pairs.set(b, new Set()).get(b))?.add(a);
  }

  return ({ flow, stop, sender, receiver, targetNic }) => {
    const nic = stop.nic;
    // network/address-outside
    if ([nic, targetNic].some((each) => each !== undefined && isNicMisplaced(each))) return true;
    // zvm/replication-nic-unset
    if (flow.kind === 'zvm-zvm' && [sender, receiver].some(hidesItsPeerAddress)) return true;
    if (stop.reason === 'gateway-off-link') return true; // *-gateway-off-link, network/gateway-outside
    if (stop.reason === 'own-range') {
      // network/overlap
      const [own, other] = [nic?.network, targetNic?.network];
      if (!own || !other || own.isolated || other.isolated) return false;
      return (pairs.get(own.site)?.has(other.site) ?? false) && overlaps(own.cidr, other.cidr);
    }
    // link/no-path
    const far = targetNic?.network.site;
    if (far && pairs.get(sender.site)?.has(far) && !areJoined(topology, sender.site, far)) {
      return true;
    }
    // zvm/missing-route, zvm/two-default-gateways
    return targetNic !== undefined && isMisrouted(topology, sender, targetNic);
  };
}

/** Several NICs, and nothing says which one peers use. */
function hidesItsPeerAddress({ nics, aimedAt }: Endpoint): boolean {
  return nics.length > 1 && aimedAt === undefined;
}

function isNicMisplaced({ network, address }: EndpointNic): boolean {
  return isMisplaced(network, address.address, address.prefix);
}

interface Group {
  readonly first: Failure;
  /** Pairs of components that the same cause keeps apart. */
  readonly pairs: Set<string>;
  readonly ports: Map<number, FlowPort>;
}

/** One report a cause: where a route or gateway is missing, or two networks that nothing joins. */
function grouped(failures: readonly Failure[]): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const failure of failures) {
    const { flow, stop, sender, receiver, targetNic } = failure;
    const cause =
      stop.reason === 'no-path'
        ? [stop.nic, targetNic].map((nic) => nic?.network.place.path.join('\n') ?? '').sort()
        : [...stop.place.path];
    const key = JSON.stringify([flow.kind, stop.reason, ...cause]);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { first: failure, pairs: new Set(), ports: new Map() }));
    group.pairs.add([sender.label, receiver.label].sort().join('\n'));
    group.ports.set(flow.port, flow);
  }
  return groups.values();
}

function needOf({ flow, sender }: Failure, ports: readonly FlowPort[]): string {
  const need = listedPorts([...ports].sort((a, b) => a.port - b.port));
  return sender === flow.from
    ? `It has to, on ${need}.`
    : `It has to answer ${flow.from.label} on ${need}.`;
}
