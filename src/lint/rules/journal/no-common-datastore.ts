import { insertEntry } from '../../../topology/edit.ts';
import type { Datastore } from '../../../topology/model.ts';
import { journalSize } from '../../../topology/sizing.ts';
import { listed } from '../../listed.ts';
import type { Rule } from '../../rule.ts';

export const noCommonDatastore: Rule = {
  name: 'journal/no-common-datastore',
  title: 'The journals of a VPG lie on several datastores',
  severity: 'hint',
  facts: [],
  check({ topology, report }) {
    for (const vpg of topology.vpgs.values()) {
      const { journal } = vpg;
      if (journal.datastore) continue;
      const used = new Set<Datastore>();
      let bytes = 0;
      for (const each of vpg.vms.values()) {
        if (each.datastore.target) used.add(each.datastore.target);
        bytes += journalSize(each);
      }
      if (used.size < 2) continue;
      const roomiest = [...used].reduce((best, each) => (each.free > best.free ? each : best));
      report({
        at: vpg.place,
        on: 'key',
        message:
          `The journals of ${vpg.name} lie on ${listed([...used].map(({ name }) => name))}, each ` +
          "with its VM's replica. A checkpoint needs all of them, so the first of these datastores " +
          'that is full stops the checkpoints of the whole VPG. A journal datastore for the VPG ' +
          'makes it one to watch.',
        fixes:
          roomiest.free > bytes
            ? [
                {
                  title: `Put the journals on ${roomiest.name}`,
                  edits: insertEntry(
                    journal.place.document,
                    journal.place.path,
                    'datastore',
                    roomiest.name,
                  ),
                  safe: false,
                },
              ]
            : [],
      });
    }
  },
};
