import { renameKey, renderScalar, replaceValue } from '../../../topology/edit.ts';
import type { Topology, Vpg } from '../../../topology/model.ts';
import type { Fix, Rule } from '../../rule.ts';
import { visitReferences } from '../reference/references.ts';
import { refusedIn, withoutRefused } from '../recovery/names.ts';

export const name: Rule = {
  name: 'vpg/name',
  title: 'The name of a VPG has characters that Hyper-V refuses',
  severity: 'error',
  facts: ['MIG-1'],
  check({ topology, report }) {
    for (const vpg of topology.vpgs.values()) {
      const site = [vpg.from.target, vpg.to.target].find((each) => each?.platform === 'hyperv');
      const refused = refusedIn(vpg.name);
      if (!site || refused === '') continue;
      report({
        at: vpg.place,
        on: 'key',
        message:
          `The name ${vpg.name} holds ${refused}, and ${site.name} runs Hyper-V, where folders and ` +
          'files are named after the VPG and these characters are not allowed.',
        fixes: rename(topology, vpg),
      });
    }
  },
};

/** Wherever the file names it. */
function rename(topology: Topology, vpg: Vpg): readonly Fix[] {
  const better = withoutRefused(vpg.name);
  if (better === '' || topology.vpgs.has(better)) return [];
  const edits = renameKey(vpg.place.document, vpg.place.path, better);
  visitReferences(topology, ({ reference, on }) => {
    if (reference.target !== vpg) return;
    const { document, path } = reference.place;
    edits.push(
      ...(on === 'key'
        ? renameKey(document, path, better)
        : replaceValue(document, path, renderScalar(better))),
    );
  });
  return [{ title: `Rename ${vpg.name} to ${better}`, edits, safe: false }];
}
