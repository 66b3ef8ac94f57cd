/** VPGs: what protects what, and how it is recovered. */
import type { Place } from '../document.ts';
import { within } from '../document.ts';
import type {
  JournalSettings,
  NicMapping,
  ProtectedVm,
  RecoveryNic,
  Reference,
  Script,
  Site,
  Topology,
  Vm,
  VmNic,
  Vpg,
} from '../model.ts';
import type { VpgFile } from '../schema/vpg.ts';
import { entriesOf, itemsOf, refer, referInSite, referIntoUnknown, referToTop } from './bind.ts';

type VmFile = VpgFile['vms'][string];
type NicFile = VmFile['nics'][string];

export function resolveVpg(name: string, file: VpgFile, place: Place, topology: Topology): Vpg {
  const from = referToTop(within(place, 'from'), file.from, 'sites', topology);
  const to = referToTop(within(place, 'to'), file.to, 'sites', topology);
  const vms = new Map<string, ProtectedVm>();
  const { boot } = file;
  const vpg: Vpg = {
    name,
    place,
    from,
    to,
    vms,
    rpo: file.rpo,
    rto: file.rto,
    priority: file.priority,
    compression: file.compression,
    journal: journalOf(file, within(place, 'journal'), to.target),
    scratch: scratchOf(file),
    testEvery: file.testEvery,
    boot: boot && { order: boot.order.flatMap((group) => [group]), delay: boot.delay },
    scripts: {
      pre: scriptOf(file.scripts.pre, within(place, 'scripts', 'pre')),
      post: scriptOf(file.scripts.post, within(place, 'scripts', 'post')),
      freeze: scriptOf(file.scripts.freeze, within(place, 'scripts', 'freeze')),
      thaw: scriptOf(file.scripts.thaw, within(place, 'scripts', 'thaw')),
    },
    commit: file.commit,
    reverseProtection: file.reverseProtection,
  };
  for (const entry of entriesOf(file.vms, within(place, 'vms'))) {
    vms.set(entry.name, protectedVmOf(entry.name, entry.file, entry.place, vpg));
  }
  return vpg;
}

function bytesOf(limit: number | 'unlimited'): number | undefined {
  return limit === 'unlimited' ? undefined : limit;
}

function scratchOf({ scratch }: VpgFile): Vpg['scratch'] {
  const hardLimit = bytesOf(scratch.hardLimit);
  return { hardLimit, warning: thresholdOf(scratch.warning, hardLimit) };
}

/** A share of no limit is none. */
function thresholdOf(
  warning: VpgFile['journal']['warning'],
  hardLimit: number | undefined,
): number | undefined {
  if ('bytes' in warning) return warning.bytes;
  return hardLimit && Math.round(warning.share * hardLimit);
}

function journalOf(file: VpgFile, place: Place, to: Site | undefined): JournalSettings {
  const { history, warning, datastore } = file.journal;
  const hardLimit = bytesOf(file.journal.hardLimit);
  return {
    place,
    history,
    hardLimit,
    warning: thresholdOf(warning, hardLimit),
    datastore:
      datastore === undefined
        ? undefined
        : referInSite(within(place, 'datastore'), datastore, 'datastores', to),
  };
}

function scriptOf(file: VpgFile['scripts']['pre'], place: Place): Script | undefined {
  if (!file) return undefined;
  const { command, timeout, takes, exit } = file;
  return { place, command, timeout, takes, exit };
}

function protectedVmOf(name: string, file: VmFile, place: Place, vpg: Vpg): ProtectedVm {
  const to = vpg.to.target;
  const vm = referInSite(place, name, 'vms', vpg.from.target);
  return {
    name,
    place,
    vpg,
    vm,
    recoveryHost: referInSite(within(place, 'recoveryHost'), file.recoveryHost, 'hosts', to),
    datastore: referInSite(within(place, 'datastore'), file.datastore, 'datastores', to),
    bootGroup: file.bootGroup,
    preseed: itemsOf(file.preseed ?? [], within(place, 'preseed')).map((item) =>
      vm.target
        ? refer(item.place, item.file, vm.target.disks, within(vm.target.place, 'disks'))
        : referIntoUnknown(item.place, item.file),
    ),
    replicas: new Map(
      entriesOf(file.replicas, within(place, 'replicas')).map((entry) => [
        entry.name,
        {
          name: entry.name,
          place: entry.place,
          disk: vm.target
            ? refer(entry.place, entry.name, vm.target.disks, within(vm.target.place, 'disks'))
            : referIntoUnknown(entry.place, entry.name),
          nbd: entry.file.nbd,
        },
      ]),
    ),
    nics: new Map(
      entriesOf(file.nics, within(place, 'nics')).map((entry) => [
        entry.name,
        mappingOf(entry.name, entry.file, entry.place, vm, to),
      ]),
    ),
  };
}

function mappingOf(
  name: string,
  file: NicFile,
  place: Place,
  vm: Reference<Vm>,
  to: Site | undefined,
): NicMapping {
  const nic: Reference<VmNic> = vm.target
    ? refer(place, name, vm.target.nics, within(vm.target.place, 'nics'))
    : referIntoUnknown(place, name);
  return {
    name,
    place,
    nic,
    failover: recoveryNicOf(file.failover, within(place, 'failover'), to),
    test: recoveryNicOf(file.test, within(place, 'test'), to),
  };
}

function recoveryNicOf(
  file: NicFile['failover'],
  place: Place,
  to: Site | undefined,
): RecoveryNic | undefined {
  if (!file) return undefined;
  return {
    place,
    network: referInSite(within(place, 'network'), file.network, 'networks', to),
    address: file.address,
    gateway: file.gateway,
  };
}
