/** A small valid two-site topology, of which a test replaces the parts that it is about. */

export interface LabParts {
  readonly prodNetworks?: string;
  readonly prodDatastores?: string;
  readonly prodHosts?: string;
  readonly prodVms?: string;
  /** Further entries of Prod_Site, such as `backups:`. */
  readonly prodMore?: string;
  readonly drDatastores?: string;
  readonly drHosts?: string;
  readonly drMore?: string;
  readonly link?: string;
  readonly vpg?: string;
  readonly protectedVms?: string;
  /** Further top-level entries. */
  readonly more?: string;
}

export function lab(parts: LabParts = {}): string {
  const {
    prodNetworks = 'isolated: { cidr: 192.168.100.0/24 }',
    prodDatastores = 'ds-p1: { capacity: 4TiB, free: 1500GiB }',
    prodHosts = `esx-p1:
  version: "6.7"
  ports: [22, 443]
  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24, gateway: 192.168.100.1, folder: VRAs }`,
    prodVms = `FS01:
  host: esx-p1
  changeRate: 2MiB/s
  nics: { eth0: { network: isolated, address: 192.168.100.50/24 } }
  disks: { system: { size: 40GiB, datastore: ds-p1 } }`,
    prodMore = '',
    drDatastores = 'ds-d1: { capacity: 8TiB, free: 6TiB }',
    drHosts = `esx-d1:
  version: "6.7"
  ports: [22, 443]
  vra: { memory: 3GiB, datastore: ds-d1, network: isolated, address: 10.10.10.21/24, gateway: 10.10.10.1 }`,
    drMore = '',
    link = 'joins: [Prod_Site/isolated, DR_Site/isolated]\nbandwidth: 100Mbit/s',
    vpg = 'journal: { history: 4h }',
    protectedVms = 'FS01: { recoveryHost: esx-d1, datastore: ds-d1 }',
    more = '',
  } = parts;
  return `version: 1
name: Lab

sites:
  Prod_Site:
    platform: vsphere
    networks:
${indented(6, prodNetworks)}
    zvm:
      license: true
      nics:
        isolated: { network: isolated, address: 192.168.100.10/24 }
      routes:
        - { to: 10.10.10.0/24, via: 192.168.100.1, nic: isolated, persistent: true }
    datastores:
${indented(6, prodDatastores)}
    hosts:
${indented(6, prodHosts)}
${indented(4, prodMore)}    vms:
${indented(6, prodVms)}

  DR_Site:
    platform: vsphere
    networks:
      isolated: { cidr: 10.10.10.0/24 }
    zvm:
      license: true
      nics:
        isolated: { network: isolated, address: 10.10.10.5/24 }
      routes:
        - { to: 192.168.100.0/24, via: 10.10.10.1, nic: isolated, persistent: true }
    datastores:
${indented(6, drDatastores)}
    hosts:
${indented(6, drHosts)}
${indented(4, drMore)}
links:
  mpls:
${indented(4, link)}

pairings:
  - [Prod_Site, DR_Site]

vpgs:
  file-server:
    from: Prod_Site
    to: DR_Site
${indented(4, vpg)}    vms:
${indented(6, protectedVms)}
${more}`;
}

function indented(by: number, text: string): string {
  if (text === '') return '';
  const lines = text.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`));
  return lines.join('\n') + (by === 4 ? '\n' : '');
}
