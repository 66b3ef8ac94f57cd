import { within } from '../../../topology/document.ts';
import {
  compareHostVersions,
  oldestForVra,
  parseHostVersion,
} from '../../../topology/host-version.ts';
import type { Rule } from '../../rule.ts';
import { hostsForInstallation } from './installing.ts';

export const version: Rule = {
  name: 'host/version',
  title: 'A host is too old for a VRA',
  severity: 'error',
  facts: ['VRA-7'],
  check({ topology, report }) {
    for (const host of hostsForInstallation(topology)) {
      if (host.version === undefined) continue;
      const parsed = parseHostVersion(host.version);
      const at = within(host.place, 'version');
      if (!parsed) {
        report({
          at,
          message:
            `“${host.version}” is no version of ESX/ESXi, so whether ${host.name} can carry a ` +
            'VRA is not known. Write it as 6.7, 7.0.3 or 8.0 U2.',
        });
      } else if (compareHostVersions(parsed, oldestForVra) < 0) {
        report({
          at,
          message:
            `${host.name} runs ESX/ESXi ${host.version}, but a VRA needs at least 4.0 U1: ` +
            'upgrade the host, or let another one run and recover these VMs.',
        });
      }
    }
  },
};
