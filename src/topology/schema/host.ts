/** A hypervisor host and its Virtual Replication Appliance. */
import type { z } from 'zod';
import { minVraMemory, vraOwnMemory } from '../limits.ts';
import { formatSize } from '../quantities.ts';
import { interfaceAddressOrDhcp, ipv4, port } from './address.ts';
import { choice, text } from './leaf.ts';
import { nameOf } from './names.ts';
import { size } from './quantity.ts';
import { listOf, section } from './section.ts';
import { sourced } from './sourced.ts';

const vra = section('a VRA', "The host's Virtual Replication Appliance.", {
  memory: sourced(size('Its reserved memory, which is also its buffer. At least 1GiB.', ['3GiB']), {
    least: formatSize(minVraMemory),
    source:
      "the product's documentation of VRA requirements; all but " +
      `${formatSize(vraOwnMemory)} is buffer (its knowledge base on VRA memory)`,
    rule: 'vra/memory',
  }),
  datastore: nameOf('datastore', 'The datastore of this site that it lies on; it takes 12.5GB.'),
  network: nameOf('network', 'The network of this site that it is in.'),
  address: interfaceAddressOrDhcp('Its address with the prefix, or `dhcp` (not recommended).'),
  gateway: ipv4('Its default gateway.').optional(),
  folder: text('the name of a folder', 'The folder that it lies in, which backups exclude.', [
    'VRAs',
  ]).optional(),
});

export const hostSchema = section('a host', 'A hypervisor host.', {
  version: text('a version', 'The version of its hypervisor, such as `"6.7"` or `4.0 U1`.', [
    '6.7',
    '8.0 U3',
  ]).optional(),
  address: ipv4('Its management address.').optional(),
  ports: listOf(
    'a list of ports',
    'The TCP ports that are open on it. 22 and 443 are needed to install a VRA.',
    port(),
  ).optional(),
  credentials: choice(
    ['user', 'root', 'none'],
    'What the ZVM logs in with. Hosts before ESXi 5.5 need `root`. none unless given.',
  ).prefault('none'),
  vra: vra.optional(),
});

export type HostFile = z.output<typeof hostSchema>;
