import { maxVolumesPerVra } from '../../../topology/limits.ts';
import { hostLoads } from '../../../topology/protection.ts';
import { volumesOf } from '../../../topology/sizing.ts';
import type { Rule } from '../../rule.ts';

export const volumes: Rule = {
  name: 'vra/volumes',
  title: 'A VRA would manage more than 1500 volumes',
  severity: 'error',
  facts: ['VRA-5'],
  check({ topology, report }) {
    for (const load of hostLoads(topology).values()) {
      const { host } = load;
      if (!host.vra) continue;
      const { running, replicas } = volumesOf(load);
      const count = running + replicas;
      if (count <= maxVolumesPerVra) continue;
      report({
        at: host.vra.place,
        on: 'key',
        message:
          `The VRA on ${host.name} would manage ${count} volumes: ${running} of the VMs that run ` +
          `on the host, protected or not, and ${replicas} replicas of VMs that recover to it. ` +
          `A VRA manages at most ${maxVolumesPerVra}: move ${count - maxVolumesPerVra} of them ` +
          'to other hosts.',
      });
    }
  },
};
