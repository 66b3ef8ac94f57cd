/** The Zerto Virtual Manager of a site. */
import type { z } from 'zod';
import { cidr, interfaceAddress, ipv4 } from './address.ts';
import { choice, flag } from './leaf.ts';
import { nameOf } from './names.ts';
import { listOf, mapOf, section } from './section.ts';

const nic = section('a NIC', 'A NIC of the ZVM.', {
  network: nameOf('network', 'The network of this site that it is in.'),
  address: interfaceAddress('Its address with the prefix.'),
  gateway: ipv4(
    'Its default gateway. Only one NIC has one; the others reach remote networks by routes.',
  ).optional(),
});

const route = section('a route', 'A static route of the ZVM.', {
  to: cidr('The range that it leads to.'),
  via: ipv4("The gateway, which has to be in the NIC's own network."),
  nic: nameOf('NIC', 'The NIC of this ZVM that the packets leave by.'),
  persistent: flag(
    'Whether it outlives a restart (`route ADD … -p` on Windows). False unless given.',
  ).prefault(false),
});

export const zvmSchema = section('a ZVM', "The site's Zerto Virtual Manager.", {
  os: choice(
    ['windows', 'linux'],
    'The system that it runs on, which its route statements are written for. windows unless given.',
  ).prefault('windows'),
  license: flag('Whether a license is entered. True unless given.').prefault(true),
  nics: mapOf('the NICs', 'NICs by name.', nic),
  replicationNic: nameOf(
    'NIC',
    'The NIC whose address the peers use. The only NIC unless given.',
  ).optional(),
  routes: listOf('the routes', 'Static routes to remote networks.', route).prefault([]),
});

export type ZvmFile = z.output<typeof zvmSchema>;
