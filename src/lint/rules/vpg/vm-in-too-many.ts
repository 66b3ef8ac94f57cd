import { removeEntry } from '../../../topology/edit.ts';
import { maxVpgsPerVm } from '../../../topology/limits.ts';
import type { ProtectedVm, Site, Vm } from '../../../topology/model.ts';
import { listed } from '../../listed.ts';
import type { Report, Rule } from '../../rule.ts';

export const vmInTooMany: Rule = {
  name: 'vpg/vm-in-too-many',
  title: 'A VM is in more than three VPGs, or in two to the same site',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    const protections = new Map<Vm, ProtectedVm[]>();
    for (const vpg of topology.vpgs.values()) {
      for (const each of vpg.vms.values()) {
        if (!each.vm.target) continue;
        const known = protections.get(each.vm.target);
        if (known) known.push(each);
        else protections.set(each.vm.target, [each]);
      }
    }
    for (const [vm, all] of protections) {
      if (all.length < 2) continue;
      const repeated = new Set<ProtectedVm>();
      const bySite = new Map<Site, ProtectedVm>();
      for (const each of all) {
        const to = each.vpg.to.target;
        if (!to) continue;
        const first = bySite.get(to);
        if (!first) {
          bySite.set(to, each);
          continue;
        }
        repeated.add(each);
        report(twiceToOneSite(vm, each, first, to));
      }
      const rest = all.filter((each) => !repeated.has(each));
      for (const each of rest.slice(maxVpgsPerVm)) report(tooMany(vm, each, rest));
    }
  },
};

function twiceToOneSite(vm: Vm, each: ProtectedVm, first: ProtectedVm, to: Site): Report {
  return {
    at: each.place,
    on: 'key',
    message:
      `${vm.name} is in ${first.vpg.name} already, which recovers to ${to.name} as well. A VM may ` +
      'be in several VPGs only if each of them recovers to another site.',
    fixes: [remove(each)],
    related: [{ message: `${vm.name} in ${first.vpg.name}`, place: first.place }],
  };
}

function tooMany(vm: Vm, each: ProtectedVm, all: readonly ProtectedVm[]): Report {
  return {
    at: each.place,
    on: 'key',
    message: `${vm.name} is in ${all.length} VPGs (${listed(
      all.map(({ vpg }) => vpg.name),
      6,
    )}); a VM may be in at most ${maxVpgsPerVm}.`,
    fixes: [remove(each)],
    related: all
      .filter((other) => other !== each)
      .map((other) => ({ message: `${vm.name} in ${other.vpg.name}`, place: other.place })),
  };
}

function remove({ name, vpg, place }: ProtectedVm) {
  return {
    title: `Remove ${name} from ${vpg.name}`,
    edits: removeEntry(place.document, place.path),
    safe: false,
  };
}
