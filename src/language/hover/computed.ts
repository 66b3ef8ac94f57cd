/** What is computed from the whole file: the sizing of a VPG, what a route catches, whose an address is. */
import {
  contains,
  formatCidr,
  overlaps,
  parseCidr,
  parseInterfaceAddress,
  parseIpv4,
  type Ipv4,
} from '../../topology/address.ts';
import type { Path, TopologyDocument } from '../../topology/document.ts';
import type { Network, Topology, Vpg } from '../../topology/model.ts';
import { formatDuration, formatRate, formatSize } from '../../topology/quantities.ts';
import { assumedCompression } from '../../topology/sizing.ts';
import { asText } from '../markdown.ts';
import { sizingOf } from '../vpg-sizing.ts';

export function computedAt(
  topology: Topology,
  document: TopologyDocument,
  path: Path,
  on: 'key' | 'value',
): string[] {
  const [area, owner = '', field] = path;
  if (area === 'vpgs' && on === 'key' && (path.length === 2 || field === 'journal')) {
    const vpg = topology.vpgs.get(String(owner));
    return vpg && path.length <= 3 ? sizing(vpg) : [];
  }
  if (area === 'sites' && field === 'zvm' && path[3] === 'routes' && path.length > 4) {
    const route = caught(topology, document, path);
    if (route.length > 0) return route;
  }
  return on === 'value' ? addressOwner(topology, document, path) : [];
}

function sizing(vpg: Vpg): string[] {
  const { vms, disks, replicas, written, peak, wire, journal, largest } = sizingOf(vpg);
  if (vms === 0) return [];
  const limit = vpg.journal.hardLimit;
  const compression = vpg.compression ? ` (compressed ${assumedCompression}:1, assumed)` : '';
  const over =
    largest && limit !== undefined && largest.journal > limit
      ? `, **more than the hard limit of ${formatSize(limit)}** in the journal of ${asText(largest.vm)}, which takes ${formatSize(largest.journal)}`
      : '';
  return [
    [
      `Sizing, from what the file says of ${vms === 1 ? 'its VM' : `its ${vms} VMs`}:`,
      '',
      `- replicas: ${formatSize(replicas)} on ${disks} ${disks === 1 ? 'disk' : 'disks'}`,
      `- written: ${formatRate(written)} on average${peak > written ? `, ${formatRate(peak)} in bursts` : ''}`,
      `- over the WAN: ${formatRate(wire)} on average${compression}`,
      `- journals: ${formatSize(journal)} for ${formatDuration(vpg.journal.history)} of journal history, with a tenth to spare${over}`,
    ].join('\n'),
  ];
}

/** Which networks a ZVM's route leads to. */
function caught(topology: Topology, document: TopologyDocument, path: Path): string[] {
  const routePath = path.slice(0, 5);
  const last = path.at(-1);
  if (path.length !== 5 && last !== 'to') return [];
  const range = parseCidr(textAt(document, [...routePath, 'to']) ?? '');
  if (!range || !document.has(routePath)) return [];
  const own = topology.sites.get(String(path[1]));
  const networks = networksOf(topology).filter(({ cidr }) => overlaps(range, cidr));
  if (networks.length === 0) {
    return [
      `${formatCidr(range)} holds no network that the file declares: the route catches nothing.`,
    ];
  }
  const list = networks
    .slice(0, 10)
    .map(
      ({ name, site, cidr }) =>
        `${asText(`${site.name}/${name}`)} (${formatCidr(cidr)}${site === own ? ', its own site' : ''})`,
    );
  const more = networks.length > 10 ? `, and ${networks.length - 10} more` : '';
  return [`The route catches what is sent to ${list.join(', ')}${more}.`];
}

function addressOwner(topology: Topology, document: TopologyDocument, path: Path): string[] {
  const text = textAt(document, path);
  if (text === undefined) return [];
  const address = parseIpv4(text) ?? parseInterfaceAddress(text)?.address;
  if (address === undefined || parseCidr(text)) return [];
  const owners = ownersOf(topology, address);
  if (owners.length === 0) return ['No network that the file declares holds this address.'];
  return [
    `The address lies in ${owners.map(({ name, site, cidr }) => `${asText(`${site.name}/${name}`)} (${formatCidr(cidr)})`).join(' and ')}.`,
  ];
}

function ownersOf(topology: Topology, address: Ipv4): Network[] {
  return networksOf(topology).filter(({ cidr }) => contains(cidr, address));
}

function networksOf(topology: Topology): Network[] {
  return [...topology.sites.values()].flatMap(({ networks }) => [...networks.values()]);
}

/** What is written at a path, without quotes. */
function textAt(document: TopologyDocument, path: Path): string | undefined {
  if (!document.has(path)) return undefined;
  const { start, end } = document.valueRange(path);
  if (end - start > 64) return undefined;
  return document.text.slice(start, end).replace(/^(['"])(.*)\1$/, '$2');
}
