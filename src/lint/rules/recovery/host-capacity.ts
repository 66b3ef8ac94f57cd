import { defaultCommitTimeout, poweredOnPerHost } from '../../../topology/limits.ts';
import { hostLoads } from '../../../topology/protection.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

export const hostCapacity: Rule = {
  name: 'recovery/host-capacity',
  title: 'A host would recover so many VMs that starting them takes over an hour',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    const { vms, every } = poweredOnPerHost;
    const inTime = Math.floor(defaultCommitTimeout / every) * vms;
    for (const { host, receives } of hostLoads(topology).values()) {
      const count = new Set(receives.map(({ vm, name }) => vm.target ?? name)).size;
      if (count <= inTime) continue;
      const takes = Math.ceil(count / vms) * every;
      const others = [...host.site.hosts.values()].filter((each) => each !== host && each.vra);
      report({
        at: host.place,
        on: 'key',
        message:
          `${host.name} would recover ${count} VMs. A host powers on ${vms} of them every ` +
          `${formatDuration(every)}, so the last one starts after ${formatDuration(takes)}, when the ` +
          `${formatDuration(defaultCommitTimeout)} that there usually are to decide on a failover ` +
          `are over. A host has started ${inTime} VMs by then: spread them over ` +
          `${Math.ceil(count / inTime)} hosts (${host.site.name} has ${others.length + 1} with a VRA).`,
      });
    }
  },
};
