import { contains, formatIpv4 } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import type { DocumentEdit, Plain } from '../../../topology/edit.ts';
import { insertEntry } from '../../../topology/edit.ts';
import type { Network, ProtectedVm, RecoveryNic, Site, VmNic } from '../../../topology/model.ts';
import type { Fix, Report, Rule } from '../../rule.ts';
import { hasUnread } from '../network/unread.ts';
import { createAddressPlanner } from './address-planner.ts';
import type { AddressPlanner } from './address-planner.ts';

export const missingMapping: Rule = {
  name: 'recovery/missing-mapping',
  title: 'A NIC has no network in a failover or a failover test',
  severity: 'warning',
  facts: [],
  check(context) {
    const { topology, report } = context;
    const planner = createAddressPlanner(topology);
    for (const vpg of topology.vpgs.values()) {
      const site = vpg.to.target;
      if (!site) continue;
      for (const protectedVm of vpg.vms.values()) {
        for (const nic of protectedVm.vm.target?.nics.values() ?? []) {
          const mapping = protectedVm.nics.get(nic.name);
          if (mapping?.failover && mapping.test) continue;
          const at = within(protectedVm.place, 'nics', nic.name);
          if (hasUnread(context, within(protectedVm.place, 'nics'))) continue;
          report(
            unmapped({ protectedVm, nic, site, at, planner }, mapping?.failover, mapping?.test),
          );
        }
      }
    }
  },
};

interface Unmapped {
  readonly protectedVm: ProtectedVm;
  readonly nic: VmNic;
  readonly site: Site;
  /** Where its mapping stands, or would stand. */
  readonly at: Place;
  readonly planner: AddressPlanner;
}

function unmapped(
  each: Unmapped,
  failover: RecoveryNic | undefined,
  test: RecoveryNic | undefined,
): Report {
  const { protectedVm, nic, at } = each;
  const mapped = at.document.has(at.path);
  const consequence = failover
    ? 'so a failover test of it starts without a network, and proves little'
    : 'so after a failover it starts without a network, and nobody reaches it';
  const what = failover ? 'no test network' : test ? 'no failover network' : 'no network at all';
  return {
    at: mapped ? at : protectedVm.place,
    on: 'key',
    message: `${nic.name} of ${protectedVm.name} has ${what} in ${protectedVm.vpg.to.name}, ${consequence}.`,
    fixes: mend(each, failover, test),
    related: [{ message: `${nic.name} of ${protectedVm.name}`, place: nic.place }],
  };
}

function mend(
  each: Unmapped,
  failover: RecoveryNic | undefined,
  test: RecoveryNic | undefined,
): readonly Fix[] {
  const { nic, site, at } = each;
  const live = failover ? undefined : liveNetworkFor(nic, site);
  const liveNic = live && mappingTo(live, each);
  const bubble = test ? undefined : bubbleFor(failover?.network.target ?? live, site);
  const bubbleNic = bubble && testMapping(bubble, failover);
  const parts = {
    ...(liveNic && { failover: liveNic }),
    ...(bubbleNic && { test: bubbleNic }),
  };
  const names = [
    ...(live ? [`to ${live.name} in a failover`] : []),
    ...(bubble ? [`to ${bubble.name} in a test`] : []),
  ];
  if (names.length === 0) return [];
  const { document, path } = at;
  const edits: DocumentEdit[] = document.has(path)
    ? Object.entries(parts).flatMap(([key, value]) => insertEntry(document, path, key, value))
    : insertEntry(document, path.slice(0, -1), nic.name, parts);
  return [{ title: `Connect ${nic.name} ${names.join(' and ')}`, edits, safe: false }];
}

/** The network of the same name, else the only one that is not a bubble. */
function liveNetworkFor(nic: VmNic, site: Site): Network | undefined {
  const namesake = site.networks.get(nic.network.name);
  if (namesake && !namesake.isolated) return namesake;
  const live = [...site.networks.values()].filter(({ isolated }) => !isolated);
  return live.length === 1 ? live[0] : undefined;
}

/** An isolated network, best the one that has the range of the live network. */
function bubbleFor(live: Network | undefined, site: Site): Network | undefined {
  const bubbles = [...site.networks.values()].filter(({ isolated }) => isolated);
  return (
    bubbles.find(
      ({ cidr }) => cidr.network === live?.cidr.network && cidr.prefix === live.cidr.prefix,
    ) ?? bubbles[0]
  );
}

function mappingTo(network: Network, { nic, planner }: Unmapped): Plain {
  const { address } = nic;
  if (address === undefined || address === 'dhcp') return { network: network.name };
  const proposed = planner.propose(network, address.address);
  const gateway = planner.gatewayOf(network);
  return {
    network: network.name,
    ...(proposed !== undefined && {
      address: `${formatIpv4(proposed)}/${network.cidr.prefix}`,
    }),
    ...(gateway !== undefined && { gateway: formatIpv4(gateway) }),
  };
}

/** A bubble with the range of the live network takes the VM just as it would be after a failover. */
function testMapping(bubble: Network, failover: RecoveryNic | undefined): Plain {
  const { address, gateway } = failover ?? {};
  if (!address || address === 'dhcp' || !contains(bubble.cidr, address.address)) {
    return { network: bubble.name, address: 'dhcp' };
  }
  return {
    network: bubble.name,
    address: `${formatIpv4(address.address)}/${bubble.cidr.prefix}`,
    ...(gateway !== undefined &&
      contains(bubble.cidr, gateway) && { gateway: formatIpv4(gateway) }),
  };
}
