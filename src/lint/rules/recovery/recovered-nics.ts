/** Where the NICs of protected VMs go in a recovery. */
import type { InterfaceAddress } from '../../../topology/address.ts';
import type {
  Network,
  NicMapping,
  ProtectedVm,
  RecoveryNic,
  Site,
  Topology,
} from '../../../topology/model.ts';

export type RecoveryKind = 'failover' | 'test';

export interface RecoveredNic {
  readonly kind: RecoveryKind;
  readonly protectedVm: ProtectedVm;
  readonly mapping: NicMapping;
  readonly nic: RecoveryNic;
  readonly network: Network;
  readonly site: Site;
}

/** Every NIC with a network that is known, in the order of the file. */
export function* recoveredNics(topology: Topology): Generator<RecoveredNic> {
  for (const vpg of topology.vpgs.values()) {
    for (const protectedVm of vpg.vms.values()) {
      for (const mapping of protectedVm.nics.values()) {
        for (const kind of ['failover', 'test'] as const) {
          const nic = mapping[kind];
          const network = nic?.network.target;
          if (nic && network) {
            yield { kind, protectedVm, mapping, nic, network, site: network.site };
          }
        }
      }
    }
  }
}

/** `eth0 of FS01 in a failover test`. */
export function labelOf({ kind, protectedVm, mapping }: RecoveredNic): string {
  return `${mapping.name} of ${protectedVm.name} in a ${kind === 'test' ? 'failover test' : 'failover'}`;
}

/** The static address of the NIC as it runs today; undefined for one by DHCP, and where none is told. */
export function addressToday({ nic }: NicMapping): InterfaceAddress | undefined {
  const address = nic.target?.address;
  return address === 'dhcp' ? undefined : address;
}
