import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import { renderScalar, replaceValue } from '../../../topology/edit.ts';
import type { DrillAction } from '../../../topology/model.ts';
import { nearest } from '../../../topology/near-miss.ts';
import type { Rule } from '../../rule.ts';
import { stepsInOrder } from './moments.ts';

export const unknownTag: Rule = {
  name: 'drill/unknown-tag',
  title: 'A checkpoint with a tag that no earlier step gives',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const drill of topology.drills.values()) {
      /** The tags given so far, by VPG. */
      const given = new Map<string, Set<string>>();
      for (const { action } of stepsInOrder(drill)) {
        if (action?.verb === 'checkpoint') {
          const tags = given.get(action.vpg.name) ?? new Set<string>();
          given.set(action.vpg.name, tags.add(action.tag));
        }
        const asked = tagAskedFor(action);
        if (!asked || given.get(asked.vpg)?.has(asked.tag)) continue;
        // A failover test tags the checkpoint that it has tested, with its time.
        if (asked.tag.startsWith('Tested at')) continue;
        const { vpg, tag, place } = asked;
        const near = nearest(tag, ['latest', 'oldest', ...(given.get(vpg) ?? [])]);
        report({
          at: place,
          message:
            `No earlier step of ${drill.name} gives a checkpoint of ${vpg} the tag ${tag}.` +
            (near === undefined ? '' : ` Did you mean ${near}?`),
          fixes:
            near === undefined
              ? []
              : [
                  {
                    title: `Change to ${near}`,
                    edits: replaceValue(place.document, place.path, renderScalar(near)),
                    safe: false,
                  },
                ],
        });
      }
    }
  },
};

interface AskedTag {
  readonly vpg: string;
  readonly tag: string;
  readonly place: Place;
}

function tagAskedFor(action: DrillAction | undefined): AskedTag | undefined {
  if (!action || !('checkpoint' in action) || action.checkpoint?.kind !== 'tag') return undefined;
  const place = within(action.place, 'checkpoint');
  const inner = within(place, 'tag');
  return {
    vpg: action.vpg.name,
    tag: action.checkpoint.tag,
    place: inner.document.has(inner.path) ? inner : place,
  };
}
