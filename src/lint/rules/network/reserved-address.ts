import {
  broadcastOf,
  contains,
  formatCidr,
  formatIpv4,
  parseCidr,
} from '../../../topology/address.ts';
import type { Cidr, Ipv4 } from '../../../topology/address.ts';
import type { Place } from '../../../topology/document.ts';
import type { Network } from '../../../topology/model.ts';
import { networkAt } from '../../../topology/reachability.ts';
import type { Rule } from '../../rule.ts';
import { addressesOf, gatewaysOf } from './addresses.ts';
import { sentence } from './wording.ts';

/** Ranges that no interface of a site can have (RFC 6890), and what they are for. */
const special: readonly (readonly [string, string])[] = [
  ['0.0.0.0/8', 'means "this network"'],
  ['127.0.0.0/8', 'is loopback, which never leaves its machine'],
  ['169.254.0.0/16', 'is link-local, which no router forwards'],
  ['224.0.0.0/4', 'is multicast'],
  ['240.0.0.0/4', 'is reserved'],
];
const specialRanges = special.flatMap(([text, what]) => {
  const range = parseCidr(text);
  return range ? [{ range, what }] : [];
});

export const reservedAddress: Rule = {
  name: 'network/reserved-address',
  title: 'Address that no component can have',
  severity: 'error',
  facts: ['NET-3'],
  check({ topology, report }) {
    const check = (
      label: string,
      place: Place,
      address: Ipv4,
      network: Network | undefined,
    ): void => {
      const reason = reasonAgainst(address, network);
      if (reason === undefined) return;
      report({
        at: place,
        message: `${sentence(label)} cannot have ${formatIpv4(address)}: it ${reason}.`,
      });
    };
    for (const site of topology.sites.values()) {
      for (const { label, place, address, network } of addressesOf(site)) {
        check(label, place, address, network ? network.target : networkAt(site, address));
      }
      for (const { label, place, gateway, network } of gatewaysOf(site)) {
        check(`the gateway of ${label}`, place, gateway, network);
      }
    }
  },
};

function reasonAgainst(address: Ipv4, network: Network | undefined): string | undefined {
  const range = network?.cidr;
  if (range && contains(range, address)) return reasonWithin(range, address);
  return specialRanges.find((each) => contains(each.range, address))?.what;
}

/** Ranges of one or two addresses have no network and no broadcast address (RFC 3021). */
function reasonWithin(range: Cidr, address: Ipv4): string | undefined {
  if (range.prefix > 30) return undefined;
  const first = formatIpv4(range.network + 1);
  const last = formatIpv4(broadcastOf(range) - 1);
  const usable = `of ${formatCidr(range)}, where ${first} to ${last} can be used`;
  if (address === range.network) return `is the network address ${usable}`;
  if (address === broadcastOf(range)) return `is the broadcast address ${usable}`;
  return undefined;
}
