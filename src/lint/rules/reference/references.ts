/** Every reference of a topology: what it means, and which names could have been meant. */
import type { Place } from '../../../topology/document.ts';
import type {
  DrillAction,
  Expectations,
  NicMapping,
  ProtectedVm,
  Reference,
  RecoveryNic,
  Site,
  Topology,
  Vpg,
} from '../../../topology/model.ts';

export type ReferenceKind =
  'site' | 'network' | 'datastore' | 'host' | 'VM' | 'disk' | 'NIC' | 'link' | 'VPG' | 'component';

export interface FoundReference {
  readonly kind: ReferenceKind;
  readonly reference: Reference<unknown>;
  /** Where the name stands: some names are keys, such as the VMs of a VPG. */
  readonly on: 'key' | 'value';
  /** The site whose names are meant; undefined where names of the whole topology are. */
  readonly site: Site | undefined;
  /** Where the name is looked up, as a sentence begins with it: `Prod_Site`, `The VM FS01`. */
  readonly scope: string;
  /** The names that there are, as they would be written here. Made only when asked for. */
  readonly candidates: () => Iterable<string>;
  /** An address that is used on the network, from which its range can be told. */
  readonly addressPlace?: Place;
}

/**
 * Visits every reference whose name can be looked up. A name of a site that is itself unknown is left
 * out: the unknown site is the mistake, and is visited.
 */
export function visitReferences(topology: Topology, visit: (found: FoundReference) => void): void {
  for (const site of topology.sites.values()) visitSite(site, visit);

  const everywhere = allNames(topology);
  for (const link of topology.links.values()) {
    for (const reference of link.joins) {
      visit(global('network', reference, everywhere.networks));
    }
  }
  for (const { sites } of topology.pairings) {
    for (const reference of sites) visit(global('site', reference, () => topology.sites.keys()));
  }
  for (const vpg of topology.vpgs.values()) visitVpg(topology, vpg, visit);
  for (const drill of topology.drills.values()) {
    for (const step of drill.steps) {
      if (step.action) visitAction(topology, everywhere, step.action, visit);
      visitExpectations(topology, step.expect, visit);
    }
    visitExpectations(topology, drill.expect, visit);
  }
}

type Visit = (found: FoundReference) => void;

function global(
  kind: ReferenceKind,
  reference: Reference<unknown>,
  candidates: () => Iterable<string>,
  on: 'key' | 'value' = 'value',
): FoundReference {
  return { kind, reference, on, site: undefined, scope: 'This topology', candidates };
}

/** A reference to something that a site declares. */
function ofSite(
  kind: 'network' | 'datastore' | 'host' | 'VM',
  reference: Reference<unknown>,
  site: Site,
  on: 'key' | 'value' = 'value',
  addressPlace?: Place,
): FoundReference {
  const names = {
    network: site.networks,
    datastore: site.datastores,
    host: site.hosts,
    VM: site.vms,
  };
  return {
    kind,
    reference,
    on,
    site,
    scope: site.name,
    candidates: () => names[kind].keys(),
    ...(addressPlace && { addressPlace }),
  };
}

function visitSite(site: Site, visit: Visit): void {
  for (const { between } of site.firewalls) {
    for (const reference of between) visit(ofSite('network', reference, site));
  }
  if (site.vcenter?.network) visit(ofSite('network', site.vcenter.network, site));
  const { zvm } = site;
  if (zvm) {
    const nics = (reference: Reference<unknown>): FoundReference => ({
      kind: 'NIC',
      reference,
      on: 'value',
      site,
      scope: `The ZVM of ${site.name}`,
      candidates: () => zvm.nics.keys(),
    });
    for (const nic of zvm.nics.values()) {
      visit(ofSite('network', nic.network, site, 'value', below(nic.place, 'address')));
    }
    if (zvm.replicationNic) visit(nics(zvm.replicationNic));
    for (const { nic } of zvm.routes) visit(nics(nic));
  }
  for (const { vra } of site.hosts.values()) {
    if (!vra) continue;
    visit(ofSite('datastore', vra.datastore, site));
    visit(ofSite('network', vra.network, site, 'value', below(vra.place, 'address')));
  }
  for (const vm of site.vms.values()) {
    visit(ofSite('host', vm.host, site));
    for (const nic of vm.nics.values()) {
      visit(ofSite('network', nic.network, site, 'value', below(nic.place, 'address')));
    }
    for (const { datastore } of vm.disks.values()) visit(ofSite('datastore', datastore, site));
  }
}

function visitVpg(topology: Topology, vpg: Vpg, visit: Visit): void {
  visit(global('site', vpg.from, () => topology.sites.keys()));
  visit(global('site', vpg.to, () => topology.sites.keys()));
  const to = vpg.to.target;
  if (to && vpg.journal.datastore) visit(ofSite('datastore', vpg.journal.datastore, to));
  for (const protectedVm of vpg.vms.values()) visitProtectedVm(vpg, protectedVm, visit);
}

function visitProtectedVm(vpg: Vpg, protectedVm: ProtectedVm, visit: Visit): void {
  const from = vpg.from.target;
  const to = vpg.to.target;
  if (from) visit(ofSite('VM', protectedVm.vm, from, 'key'));
  if (to) {
    visit(ofSite('host', protectedVm.recoveryHost, to));
    visit(ofSite('datastore', protectedVm.datastore, to));
  }
  const vm = protectedVm.vm.target;
  for (const { disk: reference } of protectedVm.replicas.values()) {
    if (!vm) break;
    visit({
      kind: 'disk',
      reference,
      on: 'key',
      site: vm.site,
      scope: `The VM ${vm.name}`,
      candidates: () => vm.disks.keys(),
    });
  }
  for (const reference of protectedVm.preseed) {
    if (!vm) break;
    visit({
      kind: 'disk',
      reference,
      on: 'value',
      site: vm.site,
      scope: `The VM ${vm.name}`,
      candidates: () => vm.disks.keys(),
    });
  }
  for (const mapping of protectedVm.nics.values()) {
    if (vm) {
      visit({
        kind: 'NIC',
        reference: mapping.nic,
        on: 'key',
        site: vm.site,
        scope: `The VM ${vm.name}`,
        candidates: () => vm.nics.keys(),
      });
    }
    if (to) for (const nic of recoveryNics(mapping)) visitRecoveryNic(nic, to, visit);
  }
}

function recoveryNics({ failover, test }: NicMapping): readonly RecoveryNic[] {
  return [...(failover ? [failover] : []), ...(test ? [test] : [])];
}

function visitRecoveryNic(nic: RecoveryNic, to: Site, visit: Visit): void {
  visit(ofSite('network', nic.network, to, 'value', below(nic.place, 'address')));
}

function below({ document, path }: Place, key: string): Place {
  return { document, path: [...path, key] };
}

interface AllNames {
  readonly networks: () => Iterable<string>;
  readonly vms: () => Iterable<string>;
  readonly hosts: () => Iterable<string>;
  readonly datastores: () => Iterable<string>;
  readonly components: () => Iterable<string>;
}

/** Names that are looked up across sites may stand with their site or, where that is clear, without. */
function allNames(topology: Topology): AllNames {
  function* withSite(names: (site: Site) => Iterable<string>): Generator<string> {
    for (const site of topology.sites.values()) {
      for (const name of names(site)) yield `${site.name}/${name}`;
    }
  }
  function* either(names: (site: Site) => Iterable<string>): Generator<string> {
    for (const site of topology.sites.values()) yield* names(site);
    yield* withSite(names);
  }
  function* components(): Generator<string> {
    for (const site of topology.sites.values()) {
      yield site.name;
      if (site.zvm) yield `${site.name}/zvm`;
      for (const host of site.hosts.values()) {
        yield `${site.name}/${host.name}`;
        if (host.vra) yield `${site.name}/${host.name}/vra`;
      }
    }
  }
  return {
    networks: () => withSite((site) => site.networks.keys()),
    vms: () => either((site) => site.vms.keys()),
    hosts: () => either((site) => site.hosts.keys()),
    datastores: () => either((site) => site.datastores.keys()),
    components,
  };
}

function visitAction(topology: Topology, all: AllNames, action: DrillAction, visit: Visit): void {
  switch (action.verb) {
    case 'powerOff':
    case 'powerOn':
    case 'reboot':
    case 'crash':
    case 'snapshot':
    case 'redeploy':
      visit(global('component', action.component, all.components));
      return;
    case 'cut':
    case 'heal':
    case 'degrade':
      visit(global('link', action.link, () => topology.links.keys()));
      return;
    case 'write': {
      visit(global('VM', action.vm, all.vms));
      if (action.test) visit(global('VPG', action.test, () => topology.vpgs.keys()));
      const vm = action.vm.target;
      if (action.disk && vm) {
        visit({
          kind: 'disk',
          reference: action.disk,
          on: 'value',
          site: vm.site,
          scope: `The VM ${vm.name}`,
          candidates: () => vm.disks.keys(),
        });
      }
      return;
    }
    case 'fill':
      visit(global('datastore', action.datastore, all.datastores));
      return;
    case 'load':
      visit(global('host', action.host, all.hosts));
      return;
    case 'installVras':
      for (const host of action.hosts) visit(global('host', host, all.hosts));
      return;
    case 'pair':
      for (const site of action.sites) visit(global('site', site, () => topology.sites.keys()));
      return;
    case 'enterLicense':
    case 'skewClock':
      visit(global('site', action.site, () => topology.sites.keys()));
      return;
    case 'checkpoint':
      visit(global('VPG', action.vpg, () => topology.vpgs.keys()));
      return;
    default:
      visit(global('VPG', action.vpg, () => topology.vpgs.keys()));
      if (action.site) visit(global('site', action.site, () => topology.sites.keys()));
      for (const vm of action.vms ?? []) visit(global('VM', vm, all.vms));
  }
}

function visitExpectations(
  topology: Topology,
  expectations: Expectations | undefined,
  visit: Visit,
): void {
  for (const { vpg } of expectations?.vpgs.values() ?? []) {
    visit(global('VPG', vpg, () => topology.vpgs.keys(), 'key'));
  }
}
