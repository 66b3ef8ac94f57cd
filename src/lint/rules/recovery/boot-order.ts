import { within } from '../../../topology/document.ts';
import { appendItem, insertEntry, removeEntry, replaceValue } from '../../../topology/edit.ts';
import type { ProtectedVm, Vpg } from '../../../topology/model.ts';
import { listed } from '../../listed.ts';
import type { Report, RuleContext, Rule } from '../../rule.ts';
import { hasUnread } from '../network/unread.ts';

export const bootOrder: Rule = {
  name: 'recovery/boot-order',
  title: 'The boot order and the boot groups of the VMs do not fit together',
  severity: 'error',
  facts: [],
  check(context) {
    for (const vpg of context.topology.vpgs.values()) {
      const groups = new Map<number, ProtectedVm[]>();
      for (const each of vpg.vms.values()) {
        if (each.bootGroup === undefined) continue;
        const members = groups.get(each.bootGroup);
        if (members) members.push(each);
        else groups.set(each.bootGroup, [each]);
      }
      const boot = within(vpg.place, 'boot');
      if (vpg.boot) checkOrder(context, vpg, vpg.boot.order, groups);
      else if (groups.size > 1 && !hasUnread(context, boot)) context.report(noOrder(vpg, groups));
    }
  },
};

type Groups = ReadonlyMap<number, readonly ProtectedVm[]>;

function checkOrder(
  context: RuleContext,
  vpg: Vpg,
  order: readonly number[],
  groups: Groups,
): void {
  const { report } = context;
  const at = within(vpg.place, 'boot', 'order');
  if (hasUnread(context, at)) return;
  const allVmsRead = !hasUnread(context, within(vpg.place, 'vms'));
  const seen = new Set<number>();
  for (const [index, group] of order.entries()) {
    const item = within(at, index);
    const twice = seen.has(group);
    seen.add(group);
    if (!twice && (groups.has(group) || !allVmsRead)) continue;
    report({
      at: item,
      message: twice
        ? `Boot group ${group} stands in the order of ${vpg.name} already; a group starts once.`
        : `No VM of ${vpg.name} is in boot group ${group}, so it starts nothing and only costs its delay.`,
      fixes: [
        {
          title: `Remove ${group} from the order`,
          edits: removeEntry(item.document, item.path),
          safe: twice,
        },
      ],
    });
  }
  for (const [group, members] of groups) {
    if (seen.has(group)) continue;
    for (const { name, place } of members) {
      const bootGroup = within(place, 'bootGroup');
      report({
        at: bootGroup,
        message:
          `${name} is in boot group ${group}, which is not in the boot order of ${vpg.name} ` +
          `(${order.length === 0 ? 'which is empty' : order.join(', ')}): nothing says when it starts.`,
        fixes: [
          {
            title: `Start group ${group} last`,
            edits: appendItem(at.document, at.path, group),
            safe: false,
          },
          ...(order.length === 1
            ? [
                {
                  title: `Move ${name} to group ${order[0] ?? group}`,
                  edits: replaceValue(place.document, bootGroup.path, String(order[0] ?? group)),
                  safe: false,
                },
              ]
            : []),
        ],
        related: [{ message: `The boot order of ${vpg.name}`, place: at }],
      });
    }
  }
}

function noOrder(vpg: Vpg, groups: Groups): Report {
  const order = [...groups.keys()].sort((a, b) => a - b);
  return {
    at: vpg.place,
    on: 'key',
    message:
      `The VMs of ${vpg.name} are in the boot groups ${listed(order.map(String), 6)}, but it has no ` +
      'boot order, so they all start together.',
    fixes: [
      {
        title: `Start them in the order ${order.join(', ')}`,
        edits: insertEntry(vpg.place.document, vpg.place.path, 'boot', { order }),
        safe: false,
      },
    ],
  };
}
