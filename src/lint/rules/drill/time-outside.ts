import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import { removeEntry } from '../../../topology/edit.ts';
import type { Drill, GapExpectation, VpgExpectations } from '../../../topology/model.ts';
import { formatDuration } from '../../../topology/quantities.ts';
import type { Report, Rule } from '../../rule.ts';
import { momentsOf } from './moments.ts';

export const timeOutside: Rule = {
  name: 'drill/time-outside',
  title: 'A time is expected that cannot have come by then',
  severity: 'error',
  facts: [],
  check({ topology, report }) {
    for (const drill of topology.drills.values()) {
      for (const { at, expect } of momentsOf(drill)) {
        // A step after the end is a finding of its own.
        const now = Math.min(at, drill.duration);
        for (const wanted of expect.vpgs.values()) {
          for (const found of [
            ...gapsOutside(wanted, now, drill),
            ...checkpointsOutside(wanted, now, drill),
            ...historyOutside(wanted, now, drill),
          ]) {
            report(found);
          }
        }
      }
    }
  },
};

function gapsOutside(
  { gaps, noGaps, place }: VpgExpectations,
  now: number,
  drill: Drill,
): Report[] {
  const found = (gaps ?? []).flatMap((gap) => gapOutside(gap, now, drill));
  if (noGaps === true && gaps && gaps.length > 0) {
    const at = within(place, 'noGaps');
    found.push({
      at,
      message: 'Gaps are expected here as well as none, which cannot both be.',
      fixes: [{ title: 'Remove noGaps', edits: removeEntry(at.document, at.path), safe: false }],
    });
  }
  return found;
}

function gapOutside(gap: GapExpectation, now: number, drill: Drill): Report[] {
  const { from, to, within: tolerance, place } = gap;
  const ends = to === undefined ? [] : ([['to', to]] as const);
  for (const [key, time] of [['from', from] as const, ...ends]) {
    const wrong = outside(time, tolerance, now, drill);
    if (wrong !== undefined) {
      return [
        {
          at: within(place, key),
          message: `The gap is to ${key === 'from' ? 'begin' : 'end'} at ${formatDuration(time)}, but ${wrong}.`,
        },
      ];
    }
  }
  if (to === undefined || to > from) return [];
  return [
    {
      at: within(place, 'to'),
      message: `The gap is to end at ${formatDuration(to)}, which is not after its beginning at ${formatDuration(from)}.`,
    },
  ];
}

function checkpointsOutside(wanted: VpgExpectations, now: number, drill: Drill): Report[] {
  return (['oldest', 'newest'] as const).flatMap((end): Report[] => {
    const time = wanted.checkpoints?.[end];
    const wrong = time && outside(time.at, time.within, now, drill);
    if (wrong === undefined) return [];
    return [
      {
        at: valueOf(within(wanted.place, 'checkpoints', end)),
        message: `The ${end} checkpoint is to be at ${formatDuration(time?.at ?? 0)}, but ${wrong}.`,
      },
    ];
  });
}

function historyOutside({ history, place }: VpgExpectations, now: number, drill: Drill): Report[] {
  const most = now + drill.warmUp;
  const least = history?.atLeast;
  if (least === undefined || least <= most) return [];
  return [
    {
      at: within(place, 'history', 'atLeast'),
      message:
        `${formatDuration(least)} of history are expected at ${formatDuration(now)}, but the journal ` +
        `is filled for ${formatDuration(most)} by then` +
        `${drill.warmUp > 0 ? ` (with the warm-up of ${formatDuration(drill.warmUp)})` : ''}. ` +
        `warmUp: ${formatDuration(least - now)} would fill it before.`,
    },
  ];
}

/** A time is written as it is, or with its tolerance. */
function valueOf(place: Place): Place {
  const at = within(place, 'at');
  return at.document.has(at.path) ? at : place;
}

function outside(time: number, tolerance: number, now: number, drill: Drill): string | undefined {
  if (time > now + tolerance) {
    return now >= drill.duration
      ? `${drill.name} ends at ${formatDuration(drill.duration)}`
      : `this is expected at ${formatDuration(now)}, before it`;
  }
  if (time < -drill.warmUp - tolerance) {
    return drill.warmUp > 0
      ? `the warm-up of ${drill.name} begins at ${formatDuration(-drill.warmUp)}`
      : `${drill.name} begins at 0, without a warm-up`;
  }
  return undefined;
}
