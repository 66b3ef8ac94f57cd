/** A site and what stands in it, except its ZVM and its hosts. */
import type { z } from 'zod';
import { vraMtu } from '../limits.ts';
import { cidr, interfaceAddressOrDhcp, ipv4, port } from './address.ts';
import { hostSchema } from './host.ts';
import { choice, flag, text, whole } from './leaf.ts';
import { nameOf } from './names.ts';
import { positiveDuration, rate, size } from './quantity.ts';
import { eitherOf, listOf, mapOf, pairOf, section } from './section.ts';
import { sourced, type FieldNumber } from './sourced.ts';
import { zvmSchema } from './zvm.ts';

/** 68 is the least that IPv4 allows (RFC 791), 65535 the most that a packet can say. */
const mtuRange = { min: 68, max: 65535 };
export const mtu = (description: string) =>
  whole({ ...mtuRange, unit: 'bytes' }, description, [1500]);
export const mtuNumber: FieldNumber = {
  least: String(mtuRange.min),
  most: String(mtuRange.max),
  source:
    'RFC 791, and 1500 is what Ethernet carries; ' +
    `a VRA sends packets of up to ${vraMtu} bytes (the product's knowledge base)`,
  rule: 'network/mtu',
};

/** `any`, or a list of TCP ports. */
export const allowedPorts = (description: string) =>
  eitherOf('any, or a list of ports', description, [
    choice(['any'], 'Every port.'),
    listOf('a list of ports', 'These TCP ports.', port()),
  ]);

const network = section('a network', 'A network of the site.', {
  cidr: cidr('The range of its addresses, such as `10.1.0.0/24`.'),
  mtu: sourced(
    mtu('The largest packet that it carries, in bytes. 1500 unless given.').prefault(1500),
    mtuNumber,
  ),
  isolated: flag(
    'True where nothing routes in or out: a bubble for failover tests. False unless given.',
  ).prefault(false),
});

const firewall = section('a firewall', 'What may pass between two networks of the site.', {
  between: pairOf(
    'a pair of networks',
    'The two networks that it stands between; both directions are meant.',
    nameOf('network', 'A network of this site.'),
  ),
  allow: allowedPorts('What passes: `any`, or the TCP ports that connections may be opened to.'),
});

const vcenter = section('a vCenter', 'The vCenter (or other manager) of the site.', {
  address: ipv4('Its address.'),
  network: nameOf('network', 'The network of this site that it stands in.').optional(),
});

const service = (description: string) =>
  eitherOf('an address, or a list of addresses', description, [
    ipv4('Its address.'),
    listOf('a list of addresses', 'Its addresses.', ipv4('An address.')),
  ]).optional();

const services = section('the services', 'What the site offers to its ZVM and machines.', {
  dns: service('Name servers.'),
  ntp: service('Time servers. All components need one time.'),
  smtp: service('The server that alert mails go through.'),
  ldap: service('Directory servers that users log in by.'),
  syslog: service('Where logs are sent.'),
});

const datastore = section('a datastore', 'A datastore of the site.', {
  capacity: size('How much it holds.', ['4TiB']),
  free: size('How much of it is free. All of it unless given.', ['1500GiB']).optional(),
});

const backup = section('a backup job', 'A backup job that runs in the site.', {
  excludeFolders: listOf(
    'a list of folders',
    'Folders that the job leaves out. VRAs must never be backed up: exclude their folder.',
    text('the name of a folder', 'A folder.', ['VRAs']),
  ).prefault([]),
});

const burst = section('a burst', 'A stretch of heavier writing that comes back.', {
  rate: rate('What the VM writes during it, instead of its change rate.', ['40MiB/s']),
  for: positiveDuration('How long it lasts.', ['10m']),
  every: positiveDuration('From the start of one to the start of the next.', ['24h']),
});

const vmNic = section('a NIC', 'A NIC of the VM.', {
  network: nameOf('network', 'The network of this site that it is in.'),
  address: interfaceAddressOrDhcp(
    'Its address with the prefix, or `dhcp`. May be left out.',
  ).optional(),
});

const disk = section('a disk', 'A disk of the VM.', {
  size: size('Its size.', ['40GiB']),
  datastore: nameOf('datastore', 'The datastore of this site that it lies on.'),
  image: text(
    'the path of a disk image',
    'A real disk image that the engine protects, relative to this file.',
    ['lab/fs01-data.img'],
  ).optional(),
});

const vm = section('a VM', 'A virtual machine of the site.', {
  host: nameOf('host', 'The host of this site that it runs on.'),
  tools: flag(
    'Whether the guest has the tools that a graceful shutdown and a new address need. True unless given.',
  ).prefault(true),
  changeRate: rate(
    "What it writes on average; a drill's workload writes that much. Nothing unless given.",
    ['2MiB/s'],
  ).prefault(0),
  burst: burst.optional(),
  trace: text(
    'the path of a block trace',
    'A recorded block trace (version,time,op,size,lbn) to write instead, relative to this file.',
    ['traces/fs01.csv'],
  ).optional(),
  nics: mapOf('the NICs', 'NICs by name.', vmNic).prefault({}),
  disks: mapOf('the disks', 'Disks by name.', disk).prefault({}),
});

export const siteSchema = section('a site', 'A site: a data centre, or a region of a cloud.', {
  platform: choice(
    ['vsphere', 'hyperv', 'kvm', 'aws', 'azure'],
    'The virtualization platform. vsphere unless given.',
  ).prefault('vsphere'),
  networks: mapOf('the networks', 'Networks by name.', network).prefault({}),
  firewalls: listOf(
    'the firewalls',
    'What may pass between two networks of this site. Between networks with no entry, all passes.',
    firewall,
  ).prefault([]),
  vcenter: vcenter.optional(),
  services: services.prefault({}),
  zvm: zvmSchema.optional(),
  datastores: mapOf('the datastores', 'Datastores by name.', datastore).prefault({}),
  hosts: mapOf('the hosts', 'Hosts by name.', hostSchema).prefault({}),
  backups: mapOf('the backup jobs', 'Backup jobs by name.', backup).prefault({}),
  vms: mapOf('the VMs', 'Virtual machines by name.', vm).prefault({}),
});

export type SiteFile = z.output<typeof siteSchema>;
