import { within } from '../../../topology/document.ts';
import type { Site } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';
import { hasUnread } from '../network/unread.ts';

export const noTimeServer: Rule = {
  name: 'vpg/no-time-server',
  title: 'A site of a VPG names no time server',
  severity: 'information',
  facts: ['NET-3'],
  check(context) {
    const { topology, report } = context;
    const sites = new Set<Site>();
    for (const { from, to } of topology.vpgs.values()) {
      for (const { target } of [from, to]) if (target) sites.add(target);
    }
    for (const site of sites) {
      const vras = [...site.hosts.values()].filter(({ vra }) => vra).length;
      // One component alone agrees with itself.
      if (vras + (site.zvm ? 1 : 0) < 2) continue;
      if (site.services.some(({ kind }) => kind === 'ntp')) continue;
      if (hasUnread(context, within(site.place, 'services'))) continue;
      report({
        at: site.place,
        on: 'key',
        message:
          `${site.name} names no time server, though ${site.zvm ? 'its ZVM and ' : ''}` +
          `${vras === 1 ? 'a VRA' : `${vras} VRAs`} have to agree on the time: all components of ` +
          'both sites need one clock, or checkpoints, journals and alerts carry times that do not ' +
          'fit together. Declare services: { ntp: ADDRESS }.',
      });
    }
  },
};
