/** Applies the safe fixes of a text until none is left. */
import type { LoadedTopology } from '../topology/load.ts';
import { loadTopology } from '../topology/load.ts';
import type { LintOptions } from './apply-rules.ts';
import { applyEdits, OverlappingEdits } from './fix.ts';
import type { Finding, Fix } from './rule.ts';
import { lint } from './run.ts';

/** A fix may make room for another one; rounds are bounded because two might undo each other. */
export const mostRounds = 10;

export interface AppliedFix {
  readonly rule: string;
  readonly title: string;
  /** Line of the finding, counted from 0, in the text that the round began with. */
  readonly line: number;
}

export interface FixedText {
  readonly text: string;
  readonly applied: readonly AppliedFix[];
  /** Fixes that would have made the text worse to read, each with the finding that it is of. */
  readonly refused: readonly AppliedFix[];
  /** False where fixes were still left after the last round. */
  readonly settled: boolean;
  /** The text read, and what is found in it. */
  readonly loaded: LoadedTopology;
  readonly findings: readonly Finding[];
}

interface Candidate {
  readonly finding: Finding;
  readonly fix: Fix;
}

/**
 * The text after at most {@link mostRounds} rounds. Each applies all safe fixes that leave each other's
 * characters alone and after which no more of the text is unreadable than before, so a text that could
 * be read can be read afterwards.
 */
export function fixAll(source: LoadedTopology, options: LintOptions = {}): FixedText {
  let loaded = source;
  let findings = lint(loaded, options);
  const applied: AppliedFix[] = [];
  let refused: readonly Candidate[] = [];
  let settled = false;
  for (let round = 0; round < mostRounds && !settled; round++) {
    const candidates = candidatesIn(loaded, findings);
    const fitting = createFitting(loaded, candidates);
    if (fitting.accepted.length === 0 || fitting.loaded.document.text === loaded.document.text) {
      settled = true;
      refused = candidates.filter(({ fix }) => !fitting.accepted.some((each) => each.fix === fix));
      break;
    }
    applied.push(...fitting.accepted.map(appliedOf));
    loaded = fitting.loaded;
    findings = lint(loaded, options);
    settled = candidatesIn(loaded, findings).length === 0;
  }
  return {
    text: loaded.document.text,
    applied,
    refused: refused.map(appliedOf),
    settled,
    loaded,
    findings,
  };
}

/** The safe fixes, without those that do what another one does already. */
function candidatesIn({ document }: LoadedTopology, findings: readonly Finding[]): Candidate[] {
  const seen = new Set<string>();
  return findings.flatMap((finding) => {
    const fix = finding.fixes.find(({ safe }) => safe);
    if (!fix || finding.document !== document) return [];
    const identity = JSON.stringify(fix.edits);
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
  { document }: LoadedTopology,
  candidates: readonly Candidate[],
): LoadedTopology | undefined {
  const edits = candidates.flatMap(({ fix }) => fix.edits);
  try {
    return loadTopology(applyEdits(document.text, edits), document.uri);
  } catch (error) {
    if (error instanceof OverlappingEdits) return undefined;
    throw error;
  }
}

function isNoWorse(before: LoadedTopology, after: LoadedTopology): boolean {
  const unreadable = ({ document }: LoadedTopology): number => document.problems.length;
  return unreadable(after) <= unreadable(before) && after.problems.length <= before.problems.length;
}

/** First come, first served; what comes too late is put among the waiting. */
function withoutOverlaps(
  candidates: readonly Candidate[],
  waiting: Set<Candidate>,
): readonly Candidate[] {
  const byPlace = candidates
    .flatMap((candidate) => candidate.fix.edits.map(({ range }) => ({ candidate, range })))
    .sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  let last: (typeof byPlace)[number] | undefined;
  for (const each of byPlace) {
    if (waiting.has(each.candidate)) continue;
    const overlaps = last !== undefined && each.range.start < last.range.end;
    if (overlaps && last?.candidate !== each.candidate) waiting.add(each.candidate);
    else last = each;
  }
  return candidates.filter((candidate) => !waiting.has(candidate));
}

function appliedOf({ finding, fix }: Candidate): AppliedFix {
  return {
    rule: finding.rule,
    title: fix.title,
    line: finding.document.positionAt(finding.range.start).line,
  };
}
