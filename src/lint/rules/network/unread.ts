/** Telling what is absent from what could merely not be read. */
import type { Place } from '../../../topology/document.ts';
import type { Topology } from '../../../topology/model.ts';
import type { RuleContext } from '../../rule.ts';

/** Whether something in the entry could not be read, so that its absence proves nothing. */
export function hasUnread({ problems }: RuleContext, place: Place): boolean {
  const { document, path } = place;
  if (problems.length === 0 || !document.has(path)) return false;
  const { start, end } = document.entryRange(path);
  return problems.some(
    (problem) =>
      problem.document === document && problem.range.start < end && problem.range.end > start,
  );
}

/** Whether the topology's links are all known, both ends of each of them. */
export function knowsAllLinks(context: RuleContext): boolean {
  const { topology } = context;
  const unread = topology.documents.some((document) =>
    hasUnread(context, { document, path: ['links'] }),
  );
  return topology.isWhole && !unread && !hasUnboundLink(topology);
}

function hasUnboundLink(topology: Topology): boolean {
  return [...topology.links.values()].some(({ joins }) => joins.some(({ target }) => !target));
}
