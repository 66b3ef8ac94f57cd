import type { Rule } from '../../rule.ts';
import { andMore } from '../network/wording.ts';
import { loneZvmsOf } from './lone-zvms.ts';

export const singleInProtectedSite: Rule = {
  name: 'zvm/single-in-protected-site',
  title: 'The only ZVM stands in the protected site',
  severity: 'warning',
  facts: ['OUT-10', 'OUT-5'],
  check({ topology, report }) {
    for (const { zvm, protectedSite, recoverySite, vpgs } of loneZvmsOf(topology)) {
      const [first] = vpgs;
      if (!first) continue;
      report({
        at: zvm.place,
        on: 'key',
        message:
          `The only ZVM for VPG ${andMore(first.name, vpgs.length)} stands in ${protectedSite.name}, ` +
          'the protected site: a disaster there takes it down too, and nothing is left to start the ' +
          `recovery. Give ${recoverySite.name} a ZVM; if there can be only one, that is its place.`,
        related: [
          { message: `${recoverySite.name} has no ZVM`, place: recoverySite.place },
          { message: `VPG ${first.name}`, place: first.place },
        ],
      });
    }
  },
};
