import { within } from '../../../topology/document.ts';
import type { Rule } from '../../rule.ts';
import { hasUnread } from '../network/unread.ts';

export const empty: Rule = {
  name: 'vpg/empty',
  title: 'A VPG without VMs',
  severity: 'error',
  facts: [],
  check(context) {
    for (const vpg of context.topology.vpgs.values()) {
      const vms = within(vpg.place, 'vms');
      if (vpg.vms.size > 0 || hasUnread(context, vms)) continue;
      context.report({
        at: vpg.place,
        on: 'key',
        message:
          `${vpg.name} protects no VM, so there is nothing to replicate and it cannot be created. ` +
          `Name the VMs of ${vpg.from.name} under vms, or remove the VPG.`,
      });
    }
  },
};
