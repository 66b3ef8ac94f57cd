import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import { formatRate } from '../../../topology/quantities.ts';
import { linkNeeds, wanHeadroom } from '../../../topology/sizing.ts';
import type { LinkNeed } from '../../../topology/sizing.ts';
import { listed } from '../../listed.ts';
import type { Report, Rule } from '../../rule.ts';
import { exactMegabits, megabits } from './wording.ts';

export const bandwidthShort: Rule = {
  name: 'link/bandwidth-short',
  title: 'A link carries less than the VPGs over it write',
  severity: 'warning',
  facts: [],
  check({ topology, report }) {
    for (const need of linkNeeds(topology)) {
      if (need.needed > need.link.bandwidth) report(short(need));
    }
  },
};

function short({ link, forward, vpgs, wire, needed }: LinkNeed): Report {
  const at = within(link.place, 'bandwidth');
  const [from, to] = forward ? link.joins : [link.joins[1], link.joins[0]];
  const widest = [...vpgs].sort((a, b) => b.wire - a.wire);
  const outcome =
    wire > link.bandwidth
      ? 'The backlog only grows, until the buffers of the VRAs are full; from then on there is one ' +
        'bitmap sync after the other, and no checkpoints.'
      : 'It keeps up while all goes well, but hardly makes up for an interruption.';
  const enough = megabits(needed);
  return {
    at,
    message:
      `${listed(widest.map(({ vpg }) => vpg.name))} ${widest.length > 1 ? 'put' : 'puts'} ${exactMegabits(wire)} on ${link.name} from ` +
      `${from.name} to ${to.name} (change rates and bursts on average, compressed where the VPG ` +
      `says so), and ${formatRate(wanHeadroom)} belong on top for control traffic and ` +
      `resynchronisation: ${exactMegabits(needed)}, but it carries ${formatRate(link.bandwidth)}. ` +
      `${outcome} ${enough} would do.`,
    fixes: [
      {
        title: `Plan ${enough} for ${link.name}`,
        edits: replaceValue(at.document, at.path, enough),
        safe: false,
      },
    ],
    related: widest.slice(0, 10).map(({ vpg, wire: own }) => ({
      message: `${vpg.name} puts ${exactMegabits(own)} on the wire`,
      place: vpg.place,
    })),
  };
}
