/** Two sites of which one takes over the VMs of the other, as the tests of recoveries need them. */

export interface RecoveryParts {
  /** Networks of the recovery site. */
  readonly networks?: string;
  /** Further entries of the recovery site. */
  readonly more?: string;
  readonly platform?: string;
  /** NICs of FS01 as it runs. */
  readonly nics?: string;
  /** The protected VMs. */
  readonly vm?: string;
  /** Further entries of the VPG. */
  readonly vpg?: string;
}

export function recovery(parts: RecoveryParts = {}): string {
  const {
    networks = 'production: { cidr: 10.2.0.0/24 }\n      bubble: { cidr: 10.2.0.0/24, isolated: true }',
    more = '',
    platform = 'vsphere',
    nics = '{ eth0: { network: production, address: 10.1.0.50/24 } }',
    vm = 'FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { eth0: { failover: { network: production, address: 10.2.0.50/24, gateway: 10.2.0.1 }, test: { network: bubble, address: dhcp } } } }',
    vpg = '',
  } = parts;
  return `version: 1
name: Recovery
sites:
  Prod_Site:
    platform: vsphere
    networks:
      production: { cidr: 10.1.0.0/24 }
    datastores: { ds-p1: { capacity: 4TiB } }
    hosts: { esx-p1: {} }
    vms:
      FS01: { host: esx-p1, nics: ${nics} }
      FS02: { host: esx-p1, nics: {} }
  DR_Site:
    platform: ${platform}
    networks:
      ${networks}
    zvm:
      nics: { production: { network: production, address: 10.2.0.20/24, gateway: 10.2.0.1 } }
    datastores: { ds-d1: { capacity: 4TiB } }
    hosts: { esx-d1: {} }${more === '' ? '' : `\n    ${more}`}
vpgs:
  file-server:
    from: Prod_Site
    to: DR_Site${vpg === '' ? '' : `\n    ${vpg}`}
    vms:
      ${vm}
`;
}
