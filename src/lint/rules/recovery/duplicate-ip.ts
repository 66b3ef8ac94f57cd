import { formatIpv4 } from '../../../topology/address.ts';
import type { Ipv4 } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import type { Network, Topology, Vm } from '../../../topology/model.ts';
import { networkAt } from '../../../topology/reachability.ts';
import type { Rule } from '../../rule.ts';
import { addressesOf, gatewaysOf } from '../network/addresses.ts';
import { createAddressPlanner } from './address-planner.ts';
import { labelOf, recoveredNics } from './recovered-nics.ts';

export const duplicateIp: Rule = {
  name: 'recovery/duplicate-ip',
  title: 'A recovered VM gets an address that is taken',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    const planner = createAddressPlanner(topology);
    const present = addressesInUse(topology);
    const recovered = { failover: createRegister(), test: createRegister() };
    for (const each of recoveredNics(topology)) {
      const { kind, nic, network, protectedVm } = each;
      const { address } = nic;
      if (address === undefined || address === 'dhcp') continue;
      const at = within(nic.place, 'address');
      const vm = protectedVm.vm.target;
      const use: Use = { label: labelOf(each), place: at, vm };
      const earlier = recovered[kind].put(network, address.address, use);
      // A VM twice in one site is another mistake (vpg/vm-in-too-many).
      const owner = earlier && earlier.vm !== vm ? earlier : present.get(network, address.address);
      if (!owner) continue;
      const free = planner.propose(network, undefined);
      const text = free === undefined ? undefined : `${formatIpv4(free)}/${network.cidr.prefix}`;
      report({
        at,
        message:
          `${use.label} gets ${formatIpv4(address.address)} in ${network.name}, which is ` +
          `the address of ${owner.label}. One of them needs another.`,
        fixes:
          text === undefined
            ? []
            : [
                {
                  title: `Use the free address ${text}`,
                  edits: replaceValue(at.document, at.path, text),
                  safe: false,
                },
              ],
        related: [{ message: `The address of ${owner.label}`, place: owner.place }],
      });
    }
  },
};

interface Use {
  readonly label: string;
  readonly place: Place;
  readonly vm: Vm | undefined;
}

interface Register {
  get(network: Network, address: Ipv4): Use | undefined;
  /** Keeps the first use of an address, and gives it where there was one. */
  put(network: Network, address: Ipv4, use: Use): Use | undefined;
}

function createRegister(): Register {
  const byNetwork = new Map<Network, Map<Ipv4, Use>>();
  return {
    get: (network, address) => byNetwork.get(network)?.get(address),
    put(network, address, use) {
      let uses = byNetwork.get(network);
      if (!uses) byNetwork.set(network, (uses = new Map<Ipv4, Use>()));
      const first = uses.get(address);
      if (!first) uses.set(address, use);
      return first;
    },
  };
}

/** What answers at an address of a site today, machines before the gateways that others name. */
function addressesInUse(topology: Topology): Register {
  const register = createRegister();
  for (const site of topology.sites.values()) {
    for (const { address, network, label, place } of addressesOf(site)) {
      const at = network ? network.target : networkAt(site, address);
      if (at) register.put(at, address, { label, place, vm: undefined });
    }
    for (const { gateway, network, label, place } of gatewaysOf(site)) {
      const at = network ?? networkAt(site, gateway);
      if (at) register.put(at, gateway, { label: `the gateway of ${label}`, place, vm: undefined });
    }
  }
  for (const each of recoveredNics(topology)) {
    const { gateway, place } = each.nic;
    if (gateway === undefined) continue;
    const label = `the gateway of ${labelOf(each)}`;
    register.put(each.network, gateway, { label, place: within(place, 'gateway'), vm: undefined });
  }
  return register;
}
