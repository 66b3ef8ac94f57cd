/** The findings of several topologies that may share files, as those of one folder. */
import type { TopologyDocument } from '../topology/document.ts';
import type { LoadedTopology } from '../topology/load.ts';
import { inOrder } from './apply-rules.ts';
import type { Finding } from './rule.ts';
import { unusedSuppression } from './suppress.ts';

export interface LintedTopology {
  readonly loaded: LoadedTopology;
  readonly findings: readonly Finding[];
}

/**
 * What is found in any of them, each only once: file by file, in the order of the text. A comment in a
 * shared file that suppresses something in one of them is needed, whatever the others say of it.
 */
export function mergeFindings(topologies: readonly LintedTopology[]): readonly Finding[] {
  const [only, ...others] = topologies;
  if (only && others.length === 0) return only.findings;
  const sharedBy = timesRead(topologies.map(({ loaded }) => loaded));
  const all = topologies.flatMap(({ findings }) => findings);
  const saidOf = new Map<string, number>();
  for (const finding of all) {
    if (finding.rule !== unusedSuppression) continue;
    saidOf.set(idOf(finding), (saidOf.get(idOf(finding)) ?? 0) + 1);
  }
  const needed = (finding: Finding): boolean =>
    finding.rule === unusedSuppression &&
    (saidOf.get(idOf(finding)) ?? 0) < (sharedBy.get(finding.document.uri) ?? 1);
  return inOrder(all.filter((finding) => !needed(finding)));
}

/** How many of the topologies have each file, by its URI. */
export function timesRead(topologies: readonly LoadedTopology[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { parts } of topologies) {
    for (const { document } of parts) times.set(document.uri, (times.get(document.uri) ?? 0) + 1);
  }
  return times;
}

function idOf({
  document,
  range,
}: {
  document: TopologyDocument;
  range: Finding['range'];
}): string {
  return `${document.uri} ${range.start} ${range.end}`;
}
