import { broadcastOf, contains, formatCidr, formatIpv4 } from '../../../topology/address.ts';
import type { InterfaceAddress } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { insertEntry, renderScalar, replaceValue } from '../../../topology/edit.ts';
import { networkAt } from '../../../topology/reachability.ts';
import type { Fix, Report, Rule } from '../../rule.ts';
import { createAddressPlanner } from './address-planner.ts';
import type { AddressPlanner } from './address-planner.ts';
import { addressToday, labelOf, recoveredNics } from './recovered-nics.ts';
import type { RecoveredNic } from './recovered-nics.ts';

export const ipOutsideNetwork: Rule = {
  name: 'recovery/ip-outside-network',
  title: 'A recovered VM gets an address that does not work in its network',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    const planner = createAddressPlanner(topology);
    for (const each of recoveredNics(topology)) {
      const { address } = each.nic;
      if (address === 'dhcp') continue;
      const found = address ? judge(each, address, planner) : keeps(each, planner);
      if (found) report(found);
    }
  },
};

const silently = 'The recovery succeeds all the same, and the VM is up where nobody reaches it.';

function judge(
  each: RecoveredNic,
  address: InterfaceAddress,
  planner: AddressPlanner,
): Report | undefined {
  const { nic, network, site } = each;
  const { cidr } = network;
  const at = within(nic.place, 'address');
  const range = `${network.name} (${formatCidr(cidr)})`;
  const related = [{ message: `${network.name} is ${formatCidr(cidr)}`, place: network.place }];
  const shown = formatIpv4(address.address);
  const reAddress = (): readonly Fix[] => {
    const proposed = planner.propose(network, address.address);
    if (proposed === undefined) return [];
    const text = `${formatIpv4(proposed)}/${cidr.prefix}`;
    return [
      { title: `Change to ${text}`, edits: replaceValue(at.document, at.path, text), safe: false },
    ];
  };
  if (!contains(cidr, address.address)) {
    const home = networkAt(site, address.address);
    const path = [...nic.place.path, 'network'];
    return {
      at,
      message:
        `${labelOf(each)} gets ${shown}, which is outside ${range}.` +
        `${home ? ` It is in the range of ${home.name}.` : ''} ${silently}`,
      fixes: [
        ...(home && each.kind === 'failover'
          ? [
              {
                title: `Change the network to ${home.name}`,
                edits: replaceValue(at.document, path, renderScalar(home.name)),
                safe: false,
              },
            ]
          : []),
        ...reAddress(),
      ],
      related,
    };
  }
  if (
    cidr.prefix <= 30 &&
    (address.address === cidr.network || address.address === broadcastOf(cidr))
  ) {
    const what = address.address === cidr.network ? 'network' : 'broadcast';
    return {
      at,
      message: `${labelOf(each)} gets ${shown}, which is the ${what} address of ${range}. ${silently}`,
      fixes: reAddress(),
      related,
    };
  }
  if (address.prefix === cidr.prefix) return undefined;
  const right = `${shown}/${cidr.prefix}`;
  return {
    at,
    message:
      `${labelOf(each)} gets the prefix /${address.prefix} in ${range}, so it looks for ` +
      'some addresses on the wrong side of its gateway.',
    fixes: [
      { title: `Change to ${right}`, edits: replaceValue(at.document, at.path, right), safe: true },
    ],
    related,
  };
}

/** Without a new address the VM keeps the one that it has. */
function keeps(each: RecoveredNic, planner: AddressPlanner): Report | undefined {
  const { nic, network, mapping } = each;
  const today = addressToday(mapping);
  if (!today || contains(network.cidr, today.address)) return undefined;
  const { document, path } = nic.place;
  const proposed = planner.propose(network, today.address);
  const gateway = nic.gateway === undefined ? planner.gatewayOf(network) : undefined;
  const text = proposed === undefined ? 'dhcp' : `${formatIpv4(proposed)}/${network.cidr.prefix}`;
  return {
    at: within(nic.place, 'network'),
    message:
      `${labelOf(each)} gets no new address, so it keeps ${formatIpv4(today.address)}, ` +
      `which is outside ${network.name} (${formatCidr(network.cidr)}). ${silently}`,
    fixes: [
      {
        title: proposed === undefined ? 'Let it ask by DHCP' : `Give it ${text}`,
        edits: [
          ...insertEntry(document, path, 'address', text),
          ...(gateway === undefined || proposed === undefined
            ? []
            : insertEntry(document, path, 'gateway', formatIpv4(gateway))),
        ],
        safe: false,
      },
    ],
    related: mapping.nic.target
      ? [{ message: `${mapping.name} today`, place: within(mapping.nic.target.place, 'address') }]
      : [],
  };
}
