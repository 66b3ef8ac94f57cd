import { formatIpv4 } from '../../../topology/address.ts';
import type { Ipv4 } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import type { Network, Site } from '../../../topology/model.ts';
import { networkAt } from '../../../topology/reachability.ts';
import type { Rule } from '../../rule.ts';
import { addressesOf, gatewaysOf } from './addresses.ts';
import type { AddressUse, GatewayUse } from './addresses.ts';
import { sentence } from './wording.ts';

export const duplicateAddress: Rule = {
  name: 'network/duplicate-address',
  title: 'Address used twice',
  severity: 'error',
  facts: ['NET-3'],
  check({ topology, report }) {
    for (const site of topology.sites.values()) {
      const taken = createRegister<AddressUse>(site);
      const gateways = gatewayRegister(site);
      for (const use of addressesOf(site)) {
        const network = use.network ? use.network.target : networkAt(site, use.address);
        const earlier = taken.of(use.address, network);
        const other = earlier.find((each) => excludeEachOther(each, use));
        const gateway = isMachineOfZerto(use) ? gateways.of(use.address, network)[0] : undefined;
        earlier.push(use);
        const owner = other ?? gateway;
        if (!owner) continue;
        report({
          at: use.place,
          message: other
            ? `${sentence(use.label)} has the address ${formatIpv4(use.address)} of ${other.label}. One of them needs another.`
            : `${sentence(use.label)} has the address ${formatIpv4(use.address)}, which ${owner.label} takes for its gateway. One of them is wrong.`,
          related: [{ message: sentence(owner.label), place: owner.place }],
        });
      }
    }
  },
};

/**
 * Several services may live on one machine (a domain controller answers for names, time and
 * directory), and a service or the vCenter in a VM of the file. All else has its address alone.
 */
function excludeEachOther(a: AddressUse, b: AddressUse): boolean {
  const isRole = ({ kind }: AddressUse): boolean => kind === 'service' || kind === 'vcenter';
  const roles = [a, b].filter(isRole).length;
  if (roles === 2) return false;
  return roles === 0 || (a.kind !== 'vm' && b.kind !== 'vm');
}

/** These are no routers; a VM or a machine that offers a service may well be one. */
function isMachineOfZerto({ kind }: AddressUse): boolean {
  return kind === 'zvm' || kind === 'vra' || kind === 'host';
}

interface Register<Use> {
  /** What has been put under the address. An isolated network has its addresses for itself. */
  of(address: Ipv4, network: Network | undefined): Use[];
}

function createRegister<Use>(site: Site): Register<Use> {
  const scopes = new Map<Network | Site, Map<Ipv4, Use[]>>();
  return {
    of(address, network) {
      const scope = network?.isolated ? network : site;
      let uses = scopes.get(scope);
      if (!uses) scopes.set(scope, (uses = new Map<Ipv4, Use[]>()));
      let entry = uses.get(address);
      if (!entry) uses.set(address, (entry = []));
      return entry;
    },
  };
}

function gatewayRegister(site: Site): Register<Pick<GatewayUse, 'label' | 'place'>> {
  const register = createRegister<Pick<GatewayUse, 'label' | 'place'>>(site);
  const add = (
    use: Pick<GatewayUse, 'label' | 'place'>,
    gateway: Ipv4,
    network?: Network,
  ): void => {
    const entry = register.of(gateway, network);
    if (entry.length === 0) entry.push(use);
  };
  for (const use of gatewaysOf(site)) add(use, use.gateway, use.network);
  for (const route of site.zvm?.routes ?? []) {
    const label = `a route of the ZVM of ${site.name}`;
    add({ label, place: within(route.place, 'via') }, route.via, route.nic.target?.network.target);
  }
  return register;
}
