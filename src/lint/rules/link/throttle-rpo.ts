import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import type { ThrottleWindow } from '../../../topology/model.ts';
import { formatDuration, formatRate } from '../../../topology/quantities.ts';
import { linkNeeds } from '../../../topology/sizing.ts';
import type { LinkNeed } from '../../../topology/sizing.ts';
import { listed } from '../../listed.ts';
import type { Report, Rule } from '../../rule.ts';
import { exactMegabits, megabits } from './wording.ts';

const day = 24 * 60 * 60 * 1000;

export const throttleRpo: Rule = {
  name: 'link/throttle-rpo',
  title: 'A throttle window lets VPGs miss their RPO',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const need of linkNeeds(topology)) {
      // A link that is too narrow all day is a finding of its own (link/bandwidth-short).
      if (need.wire > need.link.bandwidth) continue;
      for (const window of need.link.throttle) {
        const missed = late(need, window);
        if (missed) report(missed);
      }
    }
  },
};

/**
 * While less is sent than is written, the data that is sent grows older: after `t` of the window by
 * `t x (1 - sent / written)`.
 */
function late({ link, vpgs, wire }: LinkNeed, window: ThrottleWindow): Report | undefined {
  const growth = 1 - window.rate / wire;
  const length = (((window.to - window.from) % day) + day) % day || day;
  if (growth <= 0) return undefined;
  const delay = length * growth;
  const missed = vpgs
    .map(({ vpg }) => vpg)
    .filter(({ rpo }) => rpo < delay)
    .sort((a, b) => a.rpo - b.rpo);
  const [tightest] = missed;
  if (!tightest) return undefined;
  const at = within(window.place, 'rate');
  const enough = megabits(wire);
  return {
    at,
    message:
      `From ${clock(window.from)} to ${clock(window.to)} ${link.name} gives replication ` +
      `${formatRate(window.rate)}, and the VPGs put ${exactMegabits(wire)} on it. What is sent ` +
      `falls behind by ${Math.round(growth * 60)}s a minute: after ` +
      `${minutes(tightest.rpo / growth)} ${tightest.name} misses its RPO of ` +
      `${formatDuration(tightest.rpo)}, and at the end of the window it is ` +
      `${minutes(delay)} behind` +
      `${missed.length > 1 ? `; ${listed(missed.slice(1).map(({ name }) => name))} too` : ''}. ` +
      `${enough} in the window would keep up.`,
    fixes: [
      {
        title: `Raise the rate to ${enough}`,
        edits: replaceValue(at.document, at.path, enough),
        safe: false,
      },
    ],
    related: missed.slice(0, 10).map((vpg) => ({
      message: `${vpg.name} has an RPO of ${formatDuration(vpg.rpo)}`,
      place: within(vpg.place, 'rpo'),
    })),
  };
}

function clock(time: number): string {
  const of = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${of(time / 3_600_000)}:${of((time % 3_600_000) / 60_000)}`;
}

/** Nobody plans by the second; what is shorter than a minute is not nothing, though. */
function minutes(milliseconds: number): string {
  return formatDuration(Math.max(1, Math.round(milliseconds / 60_000)) * 60_000);
}
