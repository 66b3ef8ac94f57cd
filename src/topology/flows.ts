/**
 * Every connection that a deployment needs (NET-3): who opens it, to whom, on which port, and why.
 *
 * Which ports after the product's published port lists: 22 and 443 to install VRAs, 4005 to 4009
 * around the VRAs, 9071 and 9081 between ZVMs. The services' ports are those of their protocols.
 */
import { ports } from './limits.ts';
import type { Host, Reference, ServiceKind, Site, Topology, Vpg } from './model.ts';
import {
  endpointOfHost,
  endpointOfService,
  endpointOfVcenter,
  endpointOfVra,
  endpointOfZvm,
} from './reachability.ts';
import type { Endpoint } from './reachability.ts';

/** Management reaches vCenter, hosts and services; control steers; data replicates. */
export type Plane = 'management' | 'control' | 'data';

/** Which two kinds of component talk. */
export type FlowKind =
  'zvm-vcenter' | 'zvm-host' | 'zvm-service' | 'zvm-vra' | 'zvm-zvm' | 'vra-vra';

export interface FlowPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /** What the port carries, as a short phrase. */
  readonly why: string;
}

export interface Flow extends FlowPort {
  readonly kind: FlowKind;
  readonly plane: Plane;
  /** Who opens the connection. */
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** Two sites that replicate with each other, because they are paired or a VPG joins them. */
export interface SitePair {
  readonly sites: readonly [Site, Site];
  /** The VPGs between them, in either direction. */
  readonly vpgs: readonly Vpg[];
}

const tcp = (port: number, why: string): FlowPort => ({ port, protocol: 'tcp', why });
const udp = (port: number, why: string): FlowPort => ({ port, protocol: 'udp', why });

/** The ports of each kind of flow; those of services stand in {@link servicePorts}. */
export const flowPorts: Readonly<Record<Exclude<FlowKind, 'zvm-service'>, readonly FlowPort[]>> = {
  'zvm-vcenter': [tcp(ports.https, 'vCenter API')],
  'zvm-host': [
    tcp(ports.ssh, 'VRA installation over SSH'),
    tcp(ports.https, 'VRA installation over HTTPS'),
  ],
  'zvm-vra': [
    tcp(ports.vraLogs, 'VRA logs'),
    tcp(ports.vraControl, 'VRA control'),
    tcp(ports.vraCheckpoints, 'checkpoints'),
  ],
  'zvm-zvm': [tcp(ports.zvmPeer, 'ZVM to ZVM over HTTPS'), tcp(ports.zvmPeerLegacy, 'ZVM to ZVM')],
  'vra-vra': [
    tcp(ports.vraPeerControl, 'replication control'),
    tcp(ports.vraPeerData, 'replication data'),
  ],
};

export const servicePorts: Readonly<Record<ServiceKind, FlowPort>> = {
  dns: udp(ports.dns, 'name resolution'),
  ntp: udp(ports.ntp, 'time'),
  smtp: tcp(ports.smtp, 'alert mails'),
  ldap: tcp(ports.ldap, 'directory'),
  syslog: udp(ports.syslog, 'event log'),
};

/**
 * All flows, one after the other, as they are asked for. Their number grows with the components: a
 * site's hosts and VRAs with their own ZVM, pairs of ZVMs with the pairings, and pairs of VRAs with
 * the protected VMs (a pair of hosts counts once). What the file does not place in a network is left
 * out: a host without an address, a service that stands in no declared network.
 */
export function* flowsOf(topology: Topology): Generator<Flow> {
  for (const site of topology.sites.values()) yield* flowsWithin(site, topology);
  for (const { sites } of sitePairsOf(topology)) yield* flowsBetweenZvms(sites);
  yield* replicationFlows(topology);
}

function* flowsWithin(site: Site, topology: Topology): Generator<Flow> {
  const zvm = site.zvm && endpointOfZvm(site.zvm);
  if (!zvm) return;
  const vcenter = site.vcenter && endpointOfVcenter(site.vcenter);
  if (vcenter) yield* flowsOnPorts('zvm-vcenter', 'management', zvm, vcenter);
  for (const service of site.services) {
    const to = endpointOfService(service, topology);
    if (!to) continue;
    yield {
      kind: 'zvm-service',
      plane: 'management',
      from: zvm,
      to,
      ...servicePorts[service.kind],
    };
  }
  for (const host of site.hosts.values()) {
    const to = endpointOfHost(host);
    if (to) yield* flowsOnPorts('zvm-host', 'management', zvm, to);
    const vra = host.vra && endpointOfVra(host.vra);
    if (vra) yield* flowsOnPorts('zvm-vra', 'control', zvm, vra);
  }
}

function* flowsBetweenZvms(sites: readonly [Site, Site]): Generator<Flow> {
  const [a, b] = sites.map((site) => site.zvm && endpointOfZvm(site.zvm));
  if (!a || !b) return;
  yield* flowsOnPorts('zvm-zvm', 'control', a, b);
  yield* flowsOnPorts('zvm-zvm', 'control', b, a);
}

/** The sending VRA opens the connection; reverse protection turns the roles round. */
function* replicationFlows(topology: Topology): Generator<Flow> {
  const seen = new Map<Host, Set<Host>>();
  const isNew = (from: Host, to: Host): boolean => {
    let targets = seen.get(from);
    if (!targets) seen.set(from, (targets = new Set<Host>()));
    return targets.size < targets.add(to).size;
  };
  for (const vpg of topology.vpgs.values()) {
    for (const { vm, recoveryHost } of vpg.vms.values()) {
      const source = vm.target?.host.target;
      const recovery = recoveryHost.target;
      if (!source?.vra || !recovery?.vra || source.site === recovery.site) continue;
      const from = endpointOfVra(source.vra);
      const to = endpointOfVra(recovery.vra);
      if (!from || !to) continue;
      if (isNew(source, recovery)) yield* flowsOnPorts('vra-vra', 'data', from, to);
      if (vpg.reverseProtection && isNew(recovery, source)) {
        yield* flowsOnPorts('vra-vra', 'data', to, from);
      }
    }
  }
}

function* flowsOnPorts(
  kind: Exclude<FlowKind, 'zvm-service'>,
  plane: Plane,
  from: Endpoint,
  to: Endpoint,
): Generator<Flow> {
  for (const each of flowPorts[kind]) yield { kind, plane, from, to, ...each };
}

const knownPairs = new WeakMap<Topology, readonly SitePair[]>();

/** The pairs of sites that replicate with each other, each once, in the order of the file. */
export function sitePairsOf(topology: Topology): readonly SitePair[] {
  let pairs = knownPairs.get(topology);
  if (!pairs) knownPairs.set(topology, (pairs = findSitePairs(topology)));
  return pairs;
}

function findSitePairs(topology: Topology): readonly SitePair[] {
  const order = new Map([...topology.sites.values()].map((site, index) => [site, index]));
  const pairs = new Map<string, { sites: readonly [Site, Site]; vpgs: Vpg[] }>();
  const add = (first: Reference<Site>, second: Reference<Site>, vpg?: Vpg): void => {
    const a = first.target;
    const b = second.target;
    if (!a || !b || a === b) return;
    const indexes = [order.get(a) ?? -1, order.get(b) ?? -1].sort((x, y) => x - y);
    const key = indexes.join(' ');
    let pair = pairs.get(key);
    if (!pair) {
      const sites: [Site, Site] = (order.get(a) ?? -1) <= (order.get(b) ?? -1) ? [a, b] : [b, a];
      pairs.set(key, (pair = { sites, vpgs: [] }));
    }
    if (vpg) pair.vpgs.push(vpg);
  };
  for (const { sites } of topology.pairings) add(sites[0], sites[1]);
  for (const vpg of topology.vpgs.values()) add(vpg.from, vpg.to, vpg);
  return [...pairs.values()];
}

/** The sites that a site replicates with, in the order of the file. */
export function peersOf(topology: Topology, site: Site): readonly Site[] {
  return sitePairsOf(topology).flatMap(({ sites: [a, b] }) =>
    a === site ? [b] : b === site ? [a] : [],
  );
}
