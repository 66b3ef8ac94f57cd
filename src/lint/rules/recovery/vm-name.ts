import type { Rule } from '../../rule.ts';
import { refusedIn } from './names.ts';

export const vmName: Rule = {
  name: 'recovery/vm-name',
  title: 'The recovery platform refuses the name of a VM',
  severity: 'error',
  facts: ['MIG-1'],
  check({ topology, report }) {
    for (const vpg of topology.vpgs.values()) {
      const to = vpg.to.target;
      if (to?.platform !== 'hyperv') continue;
      for (const { name, place } of vpg.vms.values()) {
        const refused = refusedIn(name);
        if (refused === '') continue;
        report({
          at: place,
          on: 'key',
          message:
            `The name ${name} holds ${refused}, which Hyper-V in ${to.name} does not take, so the VM ` +
            'cannot be created there. Rename it where it runs, and here.',
        });
      }
    }
  },
};
