import { within } from '../../../topology/document.ts';
import { maxDisksPerVm } from '../../../topology/limits.ts';
import type { Vm } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';

export const tooManyDisks: Rule = {
  name: 'vpg/too-many-disks',
  title: 'A protected VM has more than 60 disks',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    const told = new Set<Vm>();
    for (const vpg of topology.vpgs.values()) {
      for (const { vm, place } of vpg.vms.values()) {
        const { target } = vm;
        if (!target || target.disks.size <= maxDisksPerVm || told.has(target)) continue;
        told.add(target);
        const count = target.disks.size;
        report({
          at: within(target.place, 'disks'),
          on: 'key',
          message:
            `${target.name} has ${count} disks, and ${vpg.name} protects it. A protected VM has at ` +
            `most ${maxDisksPerVm} (four SCSI controllers with 15 each): join ` +
            `${count - maxDisksPerVm} of them with others.`,
          related: [{ message: `${target.name} in ${vpg.name}`, place }],
        });
      }
    }
  },
};
