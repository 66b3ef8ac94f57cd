import { within } from '../../../topology/document.ts';
import { appendItems } from '../../../topology/edit.ts';
import { vraInstallationPorts } from '../../../topology/limits.ts';
import { listed } from '../../listed.ts';
import type { Rule } from '../../rule.ts';
import { hostsForInstallation } from './installing.ts';

export const ports: Rule = {
  name: 'host/ports',
  title: 'A host keeps a port closed that the installation of its VRA needs',
  severity: 'error',
  facts: ['VRA-7'],
  check({ topology, report }) {
    for (const host of hostsForInstallation(topology)) {
      const open = host.ports;
      if (open === undefined) continue;
      const closed = vraInstallationPorts.filter((port) => !open.includes(port));
      if (closed.length === 0) continue;
      const at = within(host.place, 'ports');
      const names = listed(closed.map(String));
      const word = closed.length > 1 ? 'ports' : 'port';
      report({
        at,
        message:
          `${host.name} does not open ${word} ${names}. The ZVM installs the VRA over ports ` +
          `${listed(vraInstallationPorts.map(String))}, which have to be open while it does.`,
        fixes: [
          {
            title: `Open ${word} ${names} on ${host.name}`,
            edits: appendItems(at.document, at.path, closed),
            safe: true,
          },
        ],
      });
    }
  },
};
