/** Topologies and endpoints built by hand, so that the network is tested without reading a file. */
import assert from 'node:assert/strict';
import { parseCidr, parseInterfaceAddress, parseIpv4 } from '../../src/topology/address.ts';
import type { Place, TopologyDocument } from '../../src/topology/document.ts';
import type {
  Firewall,
  Link,
  Network,
  Reference,
  Site,
  Topology,
} from '../../src/topology/model.ts';
import type { Endpoint, EndpointNic } from '../../src/topology/reachability.ts';

type Allow = 'any' | readonly number[];

export interface NetworkSpec {
  readonly cidr: string;
  readonly mtu?: number;
  readonly isolated?: boolean;
}

export interface SiteSpec {
  readonly networks: Readonly<Record<string, string | NetworkSpec>>;
  readonly firewalls?: readonly (readonly [string, string, Allow])[];
}

export interface LinkSpec {
  readonly joins: readonly [string, string];
  readonly allow?: Allow;
  readonly nat?: boolean;
  readonly mtu?: number;
}

export interface TopologySpec {
  readonly sites: Readonly<Record<string, SiteSpec>>;
  readonly links?: Readonly<Record<string, LinkSpec>>;
}

const nothing = { start: 0, end: 0 };
const document: TopologyDocument = {
  uri: 'built-by-hand',
  text: '',
  lineStarts: [0],
  problems: [],
  value: undefined,
  keyRange: () => nothing,
  valueRange: () => nothing,
  entryRange: () => nothing,
  has: () => false,
  pathAt: () => [],
  positionAt: () => ({ line: 0, character: 0 }),
  offsetAt: () => 0,
};

const at = (...path: (string | number)[]): Place => ({ document, path });

function bound<T>(name: string, target: T | undefined): Reference<T> {
  return { name, place: at(name), target, declared: target !== undefined };
}

export function topologyOf(spec: TopologySpec): Topology {
  const sites = new Map(
    Object.entries(spec.sites).map(([name, each]) => [name, siteOf(name, each)]),
  );
  const networkNamed = (path: string): Network | undefined => {
    const [site = '', network = ''] = path.split('/');
    return sites.get(site)?.networks.get(network);
  };
  const links = Object.entries(spec.links ?? {}).map(([name, each]): [string, Link] => [
    name,
    {
      name,
      place: at('links', name),
      joins: [
        bound(each.joins[0], networkNamed(each.joins[0])),
        bound(each.joins[1], networkNamed(each.joins[1])),
      ],
      bandwidth: 12_500_000,
      latency: 10,
      loss: 0,
      mtu: each.mtu ?? 1500,
      nat: each.nat ?? false,
      allow: each.allow ?? 'any',
      throttle: [],
    },
  ]);
  return {
    document,
    documents: [document],
    includes: [],
    isWhole: true,
    name: 'built by hand',
    sites,
    links: new Map(links),
    pairings: [],
    vpgs: new Map(),
    drills: new Map(),
  };
}

function siteOf(name: string, spec: SiteSpec): Site {
  const networks = new Map<string, Network>();
  const firewalls: Firewall[] = [];
  const site: Site = {
    name,
    place: at('sites', name),
    platform: 'vsphere',
    networks,
    firewalls,
    vcenter: undefined,
    services: [],
    zvm: undefined,
    datastores: new Map(),
    hosts: new Map(),
    backups: new Map(),
    vms: new Map(),
  };
  for (const [key, value] of Object.entries(spec.networks)) {
    const { cidr, mtu, isolated } = typeof value === 'string' ? { cidr: value } : value;
    networks.set(key, {
      name: key,
      place: at('sites', name, 'networks', key),
      site,
      cidr: required(parseCidr(cidr), cidr),
      mtu: mtu ?? 1500,
      isolated: isolated ?? false,
    });
  }
  for (const [a, b, allow] of spec.firewalls ?? []) {
    firewalls.push({
      place: at('sites', name, 'firewalls', firewalls.length),
      between: [bound(a, networks.get(a)), bound(b, networks.get(b))],
      allow,
    });
  }
  return site;
}

export interface NicSpec {
  readonly network: string;
  readonly address: string;
  readonly gateway?: string;
}

export interface EndpointSpec {
  /** The site, and the label after it. */
  readonly of: string;
  readonly nics: Readonly<Record<string, NicSpec>>;
  /** `10.0.0.0/8 via 10.1.0.1 by nic`. */
  readonly routes?: readonly string[];
  readonly aimedAt?: string;
}

export function endpointIn(topology: Topology, spec: EndpointSpec): Endpoint {
  const site = required(topology.sites.get(spec.of), spec.of);
  const label = `the ZVM of ${site.name}`;
  const nics = Object.entries(spec.nics).map(([name, nic]): EndpointNic => ({
    name,
    place: at(label, name),
    network: required(site.networks.get(nic.network), nic.network),
    address: required(parseInterfaceAddress(nic.address), nic.address),
    gateway: nic.gateway === undefined ? undefined : required(parseIpv4(nic.gateway), nic.gateway),
  }));
  const routes = (spec.routes ?? []).map((text, index) => {
    const [, to = '', via = '', nic = ''] = /^(\S+) via (\S+) by (\S+)$/.exec(text) ?? [];
    return {
      place: at(label, 'routes', index),
      to: required(parseCidr(to), text),
      via: required(parseIpv4(via), text),
      nic,
    };
  });
  return { label, place: at(label), site, nics, routes, aimedAt: spec.aimedAt };
}

function required<T>(value: T | undefined, what: string): T {
  assert.ok(value !== undefined, `cannot build a topology with ${what}`);
  return value;
}
