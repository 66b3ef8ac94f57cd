import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import { minVraMemory } from '../../../topology/limits.ts';
import { formatSize } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';

export const memory: Rule = {
  name: 'vra/memory',
  title: 'A VRA has less than 1 GiB of memory',
  severity: 'error',
  facts: ['VRA-6'],
  check({ topology, report }) {
    for (const site of topology.sites.values()) {
      for (const { name, vra } of site.hosts.values()) {
        if (!vra || vra.memory >= minVraMemory) continue;
        const at = within(vra.place, 'memory');
        report({
          at,
          message:
            `The VRA on ${name} has ${formatSize(vra.memory)} of memory. A VRA needs at least ` +
            `${formatSize(minVraMemory)}, reserved: it is also the buffer for writes that wait ` +
            'to be sent or journaled.',
          fixes: [
            {
              title: `Give the VRA ${formatSize(minVraMemory)}`,
              edits: replaceValue(at.document, at.path, formatSize(minVraMemory)),
              safe: true,
            },
          ],
        });
      }
    }
  },
};
