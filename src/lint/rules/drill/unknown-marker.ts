import { within } from '../../../topology/document.ts';
import { renderScalar, replaceValue } from '../../../topology/edit.ts';
import { nearest } from '../../../topology/near-miss.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Rule } from '../../rule.ts';
import { stepsInOrder } from './moments.ts';

export const unknownMarker: Rule = {
  name: 'drill/unknown-marker',
  title: 'A marker that no earlier write has set',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    for (const drill of topology.drills.values()) {
      const steps = stepsInOrder(drill);
      const written = new Map<string, number>();
      const later = new Map<string, number>();
      for (const { action, at } of steps) {
        if (action?.verb === 'write' && action.name !== undefined && !later.has(action.name)) {
          later.set(action.name, at);
        }
      }
      for (const { action, at, expect } of steps) {
        if (action?.verb === 'write' && action.name !== undefined) written.set(action.name, at);
        for (const key of ['contains', 'missing'] as const) {
          for (const [index, marker] of (expect?.[key] ?? []).entries()) {
            if (!expect || written.has(marker)) continue;
            const place = within(expect.place, key, index);
            const writtenAt = later.get(marker);
            const near = writtenAt === undefined ? nearest(marker, later.keys()) : undefined;
            report({
              at: place,
              // True, but no proof; a name that nothing writes fails the drill.
              severity: key === 'missing' && writtenAt !== undefined ? 'hint' : 'error',
              message:
                (writtenAt === undefined
                  ? `No write of ${drill.name} is called ${marker}`
                  : `${marker} is written at ${formatDuration(writtenAt)}, after this step`) +
                `, so ${consequence(key, writtenAt)}.` +
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
      }
    }
  },
};

function consequence(key: 'contains' | 'missing', writtenAt: number | undefined): string {
  if (key === 'contains') return 'no image can contain it';
  return writtenAt === undefined
    ? 'the drill fails'
    : 'it is missing whatever happens, which proves nothing';
}
