import { within } from '../../../topology/document.ts';
import { renderScalar, replaceValue } from '../../../topology/edit.ts';
import type { ProtectedVm, Site, Topology, Vpg } from '../../../topology/model.ts';
import { listed } from '../../listed.ts';
import type { Fix, Rule } from '../../rule.ts';

export const vmOfOtherSite: Rule = {
  name: 'vpg/vm-of-other-site',
  title: 'A VPG protects a VM of another site',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    let homes: ReadonlyMap<string, readonly Site[]> | undefined;
    for (const vpg of topology.vpgs.values()) {
      const from = vpg.from.target;
      if (!from) continue;
      for (const protectedVm of vpg.vms.values()) {
        const { vm } = protectedVm;
        if (vm.target || vm.declared) continue;
        homes ??= homesOf(topology);
        const sites = homes.get(protectedVm.name) ?? [];
        const [first] = sites;
        if (!first) continue;
        report({
          at: protectedVm.place,
          on: 'key',
          message:
            `${protectedVm.name} runs in ${listed(sites.map(({ name }) => name))}, and ${vpg.name} ` +
            `protects ${from.name}. A VPG protects VMs of one site: put ${protectedVm.name} into a ` +
            `VPG from ${first.name}.`,
          fixes: sites.length === 1 ? protectThatSite(vpg, first) : [],
          related: sites.flatMap((site) => {
            const found = site.vms.get(protectedVm.name);
            return found ? [{ message: `${found.name} of ${site.name}`, place: found.place }] : [];
          }),
        });
      }
    }
  },
};

function homesOf(topology: Topology): ReadonlyMap<string, readonly Site[]> {
  const homes = new Map<string, Site[]>();
  for (const site of topology.sites.values()) {
    for (const name of site.vms.keys()) {
      const sites = homes.get(name);
      if (sites) sites.push(site);
      else homes.set(name, [site]);
    }
  }
  return homes;
}

/** Where all VMs of the VPG run in that site, it is the VPG that names the wrong one. */
function protectThatSite(vpg: Vpg, site: Site): readonly Fix[] {
  const all = [...vpg.vms.values()].every(({ name }: ProtectedVm) => site.vms.has(name));
  if (!all || vpg.to.target === site) return [];
  const { document, path } = within(vpg.place, 'from');
  return [
    {
      title: `Protect ${site.name} by ${vpg.name}`,
      edits: replaceValue(document, path, renderScalar(site.name)),
      safe: false,
    },
  ];
}
