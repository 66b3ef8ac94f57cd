/** What the linter's findings say about the flows between and within two sites. */
import assert from 'node:assert/strict';
import { contains, networkOf } from '../../src/topology/address.ts';
import type { Finding } from '../../src/lint/rule.ts';
import type { Site, Topology } from '../../src/topology/model.ts';

/** Between the ZVMs, between the VRAs, and from the ZVMs to their own VRAs. */
export type FlowKind = 'zvm-zvm' | 'vra-vra' | 'zvm-vra';

export interface Verdict {
  readonly finding: Finding;
  readonly kind: FlowKind;
  /**
   * `broken`: the flow as it stands does not work, or (for a route) leaves by the wrong NIC. `risk`: it
   * may work today; the test then demands the finding where the flow fails, but not the failure where
   * it is found.
   */
  readonly says: 'broken' | 'risk';
}

/** Ports that only one kind of flow uses, as messages name them. */
const portsOfKind: Readonly<Record<FlowKind, RegExp>> = {
  'zvm-zvm': /\b90[78]1\b/,
  'vra-vra': /\b400[78]\b/,
  'zvm-vra': /\b400[569]\b/,
};
const kinds: readonly FlowKind[] = ['zvm-zvm', 'vra-vra', 'zvm-vra'];
const betweenSites: readonly FlowKind[] = ['zvm-zvm', 'vra-vra'];

/** Verdicts of the errors; warnings are about risks by their nature. */
export function verdictsOf(findings: readonly Finding[], topology: Topology): readonly Verdict[] {
  return findings
    .filter(({ rule, severity }) => severity === 'error' && /^(network|zvm|link)\//.test(rule))
    .flatMap((finding) => verdictsOn(finding, topology));
}

function verdictsOn(finding: Finding, topology: Topology): readonly Verdict[] {
  const { rule, message } = finding;
  const on = (about: readonly FlowKind[], says: Verdict['says'] = 'broken'): readonly Verdict[] =>
    about.map((kind) => ({ finding, kind, says }));
  switch (rule) {
    case 'network/unreachable':
    case 'network/blocked-port': {
      const about = kinds.filter((kind) => portsOfKind[kind].test(message));
      assert.ok(about.length > 0, `no flow of this test: ${message}`);
      return on(about);
    }
    case 'link/no-path':
      return on(betweenSites);
    case 'network/nat':
      // A second link without NAT may lead around the one that the finding is about.
      return on(
        betweenSites,
        [...topology.links.values()].every(({ nat }) => nat) ? 'broken' : 'risk',
      );
    case 'network/overlap':
      return overlapVerdicts(finding, topology);
    case 'zvm/missing-route':
      // With two default gateways the right one may be picked; nothing but chance does it.
      return on(['zvm-zvm'], message.includes('only as long as') ? 'risk' : 'broken');
    case 'zvm/route-gateway-off-link':
      return on(['zvm-zvm']);
    case 'zvm/two-default-gateways':
      // Which one takes a packet is chance in the field; the engine always picks the same one.
      return on(['zvm-zvm', 'zvm-vra'], 'risk');
    case 'network/gateway-outside':
      return gatewayVerdicts(finding, topology);
  }
  assert.fail(`${rule} is new to this test: ${message}`);
}

/** A VRA finds its peer only by its gateway; a ZVM may have a route that makes up for one. */
function gatewayVerdicts(finding: Finding, topology: Topology): readonly Verdict[] {
  const [, site = '', component] = pathOf(finding);
  if (component === 'hosts') {
    return [
      { finding, kind: 'vra-vra', says: 'broken' },
      // The ZVM may be in the VRA's own network.
      { finding, kind: 'zvm-vra', says: 'risk' },
    ];
  }
  const zvm = topology.sites.get(site)?.zvm;
  const onlyWay = zvm?.nics.size === 1 && zvm.routes.length === 0;
  return [
    { finding, kind: 'zvm-zvm', says: onlyWay ? 'broken' : 'risk' },
    { finding, kind: 'zvm-vra', says: 'risk' },
  ];
}

/**
 * Ranges that overlap break what has a NIC in the one and talks to somebody in the other. They are a
 * risk where no end of the flow has (only a router of the site would keep the packets, and the engine
 * has no such router), and where the address aimed at is outside the part that they share.
 */
function overlapVerdicts(finding: Finding, topology: Topology): readonly Verdict[] {
  const [, ownSite = '', , ownNetwork = ''] = pathOf(finding);
  const [related] = finding.related;
  const [, otherSite = '', , otherNetwork = ''] = (related?.place.path ?? []).map(String);
  const networks = new Map([
    [ownSite, ownNetwork],
    [otherSite, otherNetwork],
  ]);
  const sites = [...topology.sites.values()];
  const isIn = (site: Site, network: string | undefined): boolean =>
    network !== undefined && networks.get(site.name) === network;
  // A ZVM keeps to itself what lies in the range of a NIC of its own, unless a narrower route leads out.
  const keepsFrom = (own: Site, peer: Site): boolean => {
    const aimedAt = peer.zvm?.replicationNic?.target;
    if (!aimedAt || !isIn(peer, aimedAt.network.name)) return false;
    const { address } = aimedAt.address;
    return [...(own.zvm?.nics.values() ?? [])].some(
      (nic) =>
        isIn(own, nic.network.name) &&
        contains(networkOf(nic.address), address) &&
        !own.zvm?.routes.some(({ to }) => to.prefix > nic.address.prefix && contains(to, address)),
    );
  };
  const zvms = sites.some((own) => sites.some((peer) => own !== peer && keepsFrom(own, peer)));
  const vras = sites.every((site) =>
    [...site.hosts.values()].every(({ vra }) => isIn(site, vra?.network.name)),
  );
  return [
    { finding, kind: 'zvm-zvm', says: zvms ? 'broken' : 'risk' },
    { finding, kind: 'vra-vra', says: vras ? 'broken' : 'risk' },
  ];
}

function pathOf({ document, range }: Finding): readonly string[] {
  return document.pathAt(range.start).map(String);
}
