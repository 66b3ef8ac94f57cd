/** The seed's lab as a topology file of which a test changes the part that it is about. */

export interface LabParts {
  readonly prodNetworks?: string;
  readonly prodFirewalls?: string;
  readonly prodExtra?: string;
  readonly prodZvm?: string;
  readonly prodVra?: string;
  readonly prodKey?: string;
  readonly drNetworks?: string;
  readonly drZvm?: string;
  readonly drVra?: string;
  readonly drExtra?: string;
  readonly drKey?: string;
  readonly links?: string;
  readonly pairings?: string;
  readonly vpg?: string;
  readonly vmNic?: string;
}

const prodZvm = `zvm:
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }
        isolated: { network: isolated, address: 192.168.100.10/24 }
      replicationNic: isolated
      routes:
        - { to: 10.10.10.0/24, via: 192.168.100.1, nic: isolated, persistent: true }`;

const drZvm = `zvm:
      nics:
        production: { network: production, address: 10.2.0.20/24, gateway: 10.2.0.1 }
        isolated: { network: isolated, address: 10.10.10.5/24 }
      replicationNic: isolated
      routes:
        - { to: 192.168.100.0/24, via: 10.10.10.1, nic: isolated, persistent: true }`;

/** A part may be given empty, which leaves it out. */
export function lab(parts: LabParts = {}): string {
  const line = (text: string): string => (text === '' ? '' : `\n    ${text}`);
  return `version: 1
name: Lab
sites:
  ${parts.prodKey ?? 'Prod_Site'}:
    platform: vsphere
    networks:
      ${
        parts.prodNetworks ??
        `production: { cidr: 10.1.0.0/24 }
      isolated: { cidr: 192.168.100.0/24 }`
      }${line(parts.prodFirewalls ?? '')}
    vcenter: { address: 10.1.0.10, network: production }${line(parts.prodZvm ?? prodZvm)}${line(parts.prodExtra ?? '')}
    datastores:
      ds-p: { capacity: 4TiB, free: 2TiB }
    hosts:
      esx-p1:
        version: "6.7"
        vra:
          ${
            parts.prodVra ??
            `memory: 3GiB
          datastore: ds-p
          network: isolated
          address: 192.168.100.21/24
          gateway: 192.168.100.1`
          }
    vms:
      FS01:
        host: esx-p1
        changeRate: 1MiB/s
        nics:
          eth0: ${parts.vmNic ?? '{ network: production, address: 10.1.0.50/24 }'}
        disks:
          system: { size: 40GiB, datastore: ds-p }
  ${parts.drKey ?? 'DR_Site'}:
    platform: vsphere
    networks:
      ${
        parts.drNetworks ??
        `production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: 10.10.10.0/24 }`
      }${line(parts.drZvm ?? drZvm)}${line(parts.drExtra ?? '')}
    datastores:
      ds-d: { capacity: 8TiB, free: 6TiB }
    hosts:
      esx-d1:
        version: "6.7"
        vra:
          ${
            parts.drVra ??
            `memory: 3GiB
          datastore: ds-d
          network: isolated
          address: 10.10.10.21/24
          gateway: 10.10.10.1`
          }
links:
  ${parts.links ?? 'mpls: { joins: [Prod_Site/isolated, DR_Site/isolated], bandwidth: 100Mbit/s, latency: 12ms }'}
pairings: ${parts.pairings ?? '[[Prod_Site, DR_Site]]'}
vpgs:
  ${
    parts.vpg ??
    `file-server:
    from: Prod_Site
    to: DR_Site
    vms:
      FS01: { recoveryHost: esx-d1, datastore: ds-d }`
  }
`;
}
