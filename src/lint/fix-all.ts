/** Applies the safe fixes of a topology until none is left. */
import type { TopologyDocument } from '../topology/document.ts';
import { byDocument } from '../topology/document.ts';
import type { LoadedTopology } from '../topology/load.ts';
import { withTexts } from '../topology/load.ts';
import type { LintOptions } from './apply-rules.ts';
import { applyEdits, OverlappingEdits } from './fix.ts';
import type { Finding, Fix } from './rule.ts';
import { lint } from './run.ts';

/** A fix may make room for another one; rounds are bounded because two might undo each other. */
export const mostRounds = 10;

export interface AppliedFix {
  readonly rule: string;
  readonly title: string;
  /** The file of the finding. */
  readonly uri: string;
  /** Line of the finding, counted from 0, in the text that the round began with. */
  readonly line: number;
}

export interface FixedTopology {
  /** The new text of every file that has changed, by its URI. */
  readonly texts: ReadonlyMap<string, string>;
  readonly applied: readonly AppliedFix[];
  /** Fixes that would have made a text worse to read, each with the finding that it is of. */
  readonly refused: readonly AppliedFix[];
  /** False where fixes were still left after the last round. */
  readonly settled: boolean;
  /** The texts read, and what is found in them. */
  readonly loaded: LoadedTopology;
  readonly findings: readonly Finding[];
}

interface Candidate {
  readonly finding: Finding;
  readonly fix: Fix;
}

/**
 * The texts after at most {@link mostRounds} rounds. Each applies all safe fixes that leave each other's
 * characters alone and after which no more of the files is unreadable than before, so what could be read
 * can be read afterwards. Fixes of a finding that `wants` is false for are left out.
 */
export function fixAll(
  source: LoadedTopology,
  options: LintOptions = {},
  wants: (finding: Finding, fix: Fix) => boolean = () => true,
): FixedTopology {
  let loaded = source;
  let findings = lint(loaded, options);
  const applied: AppliedFix[] = [];
  let refused: readonly Candidate[] = [];
  let settled = false;
  for (let round = 0; round < mostRounds && !settled; round++) {
    const candidates = candidatesIn(loaded, findings, wants);
    const fitting = createFitting(loaded, candidates);
    if (fitting.accepted.length === 0 || textsThatDiffer(loaded, fitting.loaded).size === 0) {
      settled = true;
      refused = candidates.filter(({ fix }) => !fitting.accepted.some((each) => each.fix === fix));
      break;
    }
    applied.push(...fitting.accepted.map(appliedOf));
    loaded = fitting.loaded;
    findings = lint(loaded, options);
    settled = candidatesIn(loaded, findings, wants).length === 0;
  }
  return {
    texts: textsThatDiffer(source, loaded),
    applied,
    refused: refused.map(appliedOf),
    settled,
    loaded,
    findings,
  };
}

function textsThatDiffer(before: LoadedTopology, after: LoadedTopology): Map<string, string> {
  const old = new Map(before.parts.map(({ document }) => [document.uri, document.text]));
  return new Map(
    after.parts
      .map(({ document }) => [document.uri, document.text] as const)
      .filter(([uri, text]) => old.get(uri) !== text),
  );
}

/** The safe fixes, without those that do what another one does already. */
function candidatesIn(
  { parts }: LoadedTopology,
  findings: readonly Finding[],
  wants: (finding: Finding, fix: Fix) => boolean,
): Candidate[] {
  const documents = new Set(parts.map(({ document }) => document));
  const seen = new Set<string>();
  return findings.flatMap((finding) => {
    const fix = finding.fixes.find(({ safe }) => safe);
    if (!fix || !wants(finding, fix)) return [];
    if (!fix.edits.every(({ document }) => documents.has(document))) return [];
    const identity = JSON.stringify(
      fix.edits.map(({ document, range, newText }) => [document.uri, range, newText]),
    );
    if (seen.has(identity)) return [];
    seen.add(identity);
    return [{ finding, fix }];
  });
}

interface Fitting {
  readonly accepted: readonly Candidate[];
  /** What collides with an accepted one and may do in the next round. */
  readonly waiting: ReadonlySet<Candidate>;
  readonly loaded: LoadedTopology;
}

/** As many of the candidates as go together. Few that do not cost a reading each, not one for all. */
function createFitting(loaded: LoadedTopology, candidates: readonly Candidate[]): Fitting {
  const waiting = new Set<Candidate>();
  const free = withoutOverlaps(candidates, waiting);
  let best: { accepted: readonly Candidate[]; loaded: LoadedTopology } = { accepted: [], loaded };
  const accept = (more: readonly Candidate[]): void => {
    if (more.length === 0) return;
    const together = [...best.accepted, ...more];
    const after = loadedAfter(loaded, together);
    if (after && isNoWorse(loaded, after)) {
      best = { accepted: together, loaded: after };
    } else if (more.length > 1) {
      const half = more.length >> 1;
      accept(more.slice(0, half));
      accept(more.slice(half));
    } else if (best.accepted.length > 0) {
      for (const each of more) waiting.add(each);
    }
  };
  accept(free);
  return { ...best, waiting };
}

/** Undefined for a fix whose edits collide with one another: a mistake of its rule. */
function loadedAfter(
  loaded: LoadedTopology,
  candidates: readonly Candidate[],
): LoadedTopology | undefined {
  const edits = byDocument(candidates.flatMap(({ fix }) => fix.edits));
  try {
    const texts = [...edits].map(([document, its]): [TopologyDocument, string] => [
      document,
      applyEdits(document.text, its),
    ]);
    return withTexts(loaded, new Map(texts));
  } catch (error) {
    if (error instanceof OverlappingEdits) return undefined;
    throw error;
  }
}

function isNoWorse(before: LoadedTopology, after: LoadedTopology): boolean {
  const unreadable = ({ parts }: LoadedTopology): number =>
    parts.reduce((sum, { document }) => sum + document.problems.length, 0);
  return unreadable(after) <= unreadable(before) && after.problems.length <= before.problems.length;
}

/** First come, first served; what comes too late is put among the waiting. */
function withoutOverlaps(
  candidates: readonly Candidate[],
  waiting: Set<Candidate>,
): readonly Candidate[] {
  const all = candidates.flatMap((candidate) =>
    candidate.fix.edits.map((edit) => ({ candidate, ...edit })),
  );
  for (const edits of byDocument(all).values()) {
    edits.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
    let last: (typeof edits)[number] | undefined;
    for (const each of edits) {
      if (waiting.has(each.candidate)) continue;
      const overlaps = last !== undefined && each.range.start < last.range.end;
      if (overlaps && last?.candidate !== each.candidate) waiting.add(each.candidate);
      else last = each;
    }
  }
  return candidates.filter((candidate) => !waiting.has(candidate));
}

function appliedOf({ finding, fix }: Candidate): AppliedFix {
  const { document, range, rule } = finding;
  return { rule, title: fix.title, uri: document.uri, line: document.positionAt(range.start).line };
}
