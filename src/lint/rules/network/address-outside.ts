import { contains, formatCidr, formatIpv4 } from '../../../topology/address.ts';
import type { Ipv4 } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import type { Network, Service, Site, Topology } from '../../../topology/model.ts';
import { endpointOfService, networkAt } from '../../../topology/reachability.ts';
import type { Fix, Rule, RuleContext } from '../../rule.ts';
import { addressesOf } from './addresses.ts';
import type { AddressUse } from './addresses.ts';
import { hasUnread } from './unread.ts';

export const addressOutside: Rule = {
  name: 'network/address-outside',
  title: 'Address outside its network',
  severity: 'error',
  facts: ['NET-3'],
  check(context) {
    for (const site of context.topology.sites.values()) {
      for (const use of addressesOf(site)) {
        if (!use.network) checkHomeless(context, site, use);
        else if (use.network.target) checkInNetwork(context, site, use, use.network.target);
      }
    }
  },
};

function checkInNetwork(
  { report }: RuleContext,
  site: Site,
  use: AddressUse,
  network: Network,
): void {
  const { label, place, address, prefix } = use;
  const range = formatCidr(network.cidr);
  if (!contains(network.cidr, address)) {
    const home = networkAt(site, address);
    report({
      at: place,
      message:
        `${formatIpv4(address)} of ${label} is outside network ${network.name} (${range}).` +
        (home ? ` It is in the range of network ${home.name}.` : ''),
      fixes: home ? moveTo(place, home) : [],
      related: [{ message: `${network.name} is ${range}`, place: within(network.place, 'cidr') }],
    });
  } else if (prefix !== undefined && prefix !== network.cidr.prefix) {
    const right = `${formatIpv4(address)}/${network.cidr.prefix}`;
    const effect =
      prefix < network.cidr.prefix
        ? 'it takes addresses beyond its network for its own and sends nothing to them through a router'
        : 'it takes part of its own network for a remote one';
    report({
      at: place,
      message: `${label} has the prefix /${prefix} in network ${network.name} (${range}): ${effect}.`,
      fixes: [
        {
          title: `Change to ${right}`,
          edits: replaceValue(place.document, place.path, right),
          safe: true,
        },
      ],
      related: [{ message: `${network.name} is ${range}`, place: within(network.place, 'cidr') }],
    });
  }
}

/** The component names its network beside its address. */
function moveTo(address: Place, home: Network): readonly Fix[] {
  const path = [...address.path.slice(0, -1), 'network'];
  return [
    {
      title: `Change the network to ${home.name}`,
      edits: replaceValue(address.document, path, home.name),
      safe: false,
    },
  ];
}

/** A component that names no network has to be in one that is declared. */
function checkHomeless(context: RuleContext, site: Site, use: AddressUse): void {
  const { label, place, address, kind } = use;
  if (
    kind === 'service' ? isServiceKnown(context.topology, site, place) : networkAt(site, address)
  ) {
    return;
  }
  if (hasUnread(context, within(site.place, 'networks'))) return;
  const where = kind === 'service' ? 'in no network of the file' : `in no network of ${site.name}`;
  context.report({
    at: place,
    severity: 'warning',
    message:
      `${formatIpv4(address)} of ${label} is ${where}, so whether the ZVM reaches it cannot be ` +
      'checked. Declare its network, or correct the address.',
  });
}

function isServiceKnown(topology: Topology, site: Site, place: Place): boolean {
  const service = site.services.find((each): each is Service => each.place === place);
  return service !== undefined && endpointOfService(service, topology) !== undefined;
}

/** Whether the rule finds an address of the site's component outside, or with a wrong prefix. */
export function isMisplaced(network: Network, address: Ipv4, prefix: number): boolean {
  return !contains(network.cidr, address) || prefix !== network.cidr.prefix;
}
