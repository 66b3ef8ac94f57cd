/**
 * Runs one drill over a range of values, to see where it starts to fail: how long an outage may last, how
 * thin a link, how small a VRA may be.
 */
import { replaceValue } from '../topology/edit.ts';
import { withTexts, type LoadedTopology } from '../topology/load.ts';
import type { Path, Place, TopologyDocument } from '../topology/document.ts';
import type { Drill, Topology } from '../topology/model.ts';
import type { DrillOutcome } from './protocol.ts';
import { runDrill, type TraceOf } from './run-drill.ts';
import { outageOf, withOutage } from './sweep/outage.ts';
import { SweepError, type Sweep, type SweptValue } from './sweep/range.ts';

export { readSweep, SweepError, type Sweep } from './sweep/range.ts';

export interface SweptRun {
  readonly value: string;
  readonly outcome: DrillOutcome;
}

/** Neighbouring values with the same verdict, in the order of the sweep. */
export interface SweptStretch {
  readonly verdict: DrillOutcome['verdict'];
  readonly from: string;
  readonly to: string;
}

export type SweepEvent =
  | {
      readonly type: 'progress';
      readonly value: string;
      /** Values before this one. */
      readonly index: number;
      /** The share of this value's drill that is done, 0 to 1. */
      readonly share: number;
    }
  | { readonly type: 'ran'; readonly run: SweptRun };

/**
 * Every value is run with the same seed. `topology` is that of the file as it is.
 *
 * @throws SweepError where the name means nothing in this file, or a value does not fit
 */
export function* runSweep(
  loaded: LoadedTopology,
  drill: Drill,
  sweep: Sweep,
  seed: number,
  traceOf: TraceOf,
): Generator<SweepEvent, void> {
  const variantOf = sweep.name === 'outage' ? outageVariant(drill) : valueVariant(loaded, sweep);
  // All of them before the first is run: a range that cannot be done should not cost an hour first.
  const variants = sweep.values.map((value) => variantOf(value, drill, loaded.topology));
  for (const [index, value] of sweep.values.entries()) {
    const variant = variants[index];
    if (!variant) continue;
    const run = runDrill(variant.topology, variant.drill, seed, traceOf);
    for (;;) {
      const next = run.next();
      if (next.done === true) {
        yield { type: 'ran', run: { value: value.text, outcome: next.value } };
        break;
      }
      const { done, total } = next.value;
      yield { type: 'progress', value: value.text, index, share: done / total };
    }
  }
}

/** Where the verdict changes. */
export function stretchesOf(runs: readonly SweptRun[]): readonly SweptStretch[] {
  const stretches: { verdict: SweptStretch['verdict']; from: string; to: string }[] = [];
  for (const { value, outcome } of runs) {
    const last = stretches.at(-1);
    if (last?.verdict === outcome.verdict) last.to = value;
    else stretches.push({ verdict: outcome.verdict, from: value, to: value });
  }
  return stretches;
}

type Variant = (
  value: SweptValue,
  drill: Drill,
  topology: Topology,
) => { readonly topology: Topology; readonly drill: Drill };

function outageVariant(swept: Drill): Variant {
  outageOf(swept);
  return ({ value }, drill, topology) => ({ topology, drill: withOutage(drill, value) });
}

/** The topology read anew with another text in the place of one value. */
function valueVariant(loaded: LoadedTopology, { name }: Sweep): Variant {
  const { document, path } = placeOf(loaded.topology.documents, name);
  return ({ text }, drill) => {
    const [edit] = replaceValue(document, path, text);
    if (!edit) {
      throw new SweepError(`${name} cannot be changed: it is an alias of another place.`);
    }
    const { start, end } = edit.range;
    const changed = document.text.slice(0, start) + edit.newText + document.text.slice(end);
    const { topology, problems } = withTexts(loaded, new Map([[document, changed]]));
    const [problem] = problems;
    if (problem) throw new SweepError(`${name} cannot be ${text}: ${problem.message}`);
    const same = topology.drills.get(drill.name);
    if (!same) throw new SweepError(`${name} cannot be ${text}: the drill ${drill.name} is lost.`);
    return { topology, drill: same };
  };
}

/**
 * `links.mpls.bandwidth` as the keys of the file. A name may hold dots itself, so at each level the longest
 * key that fits is taken.
 */
function placeOf(documents: readonly TopologyDocument[], name: string): Place {
  const parts = name.split('.');
  const path: (string | number)[] = [];
  while (parts.length > 0) {
    const key = nextKey(documents, path, parts);
    if (key === undefined) {
      const above = path.length === 0 ? 'the file' : path.join('.');
      throw new SweepError(
        `There is no ${parts[0] ?? ''} in ${above}. A sweep changes a value that stands in the file, by ` +
          'its path, such as links.mpls.bandwidth; or it is outage=..., for the length of the outage.',
      );
    }
    path.push(key.key);
    parts.splice(0, key.parts);
  }
  const document = documents.find((each) => each.has(path));
  const range = document?.valueRange(path);
  if (!document || !range || /[\r\n]/.test(document.text.slice(range.start, range.end))) {
    throw new SweepError(`${name} is a section and not a value.`);
  }
  return { document, path };
}

function nextKey(documents: readonly TopologyDocument[], path: Path, parts: readonly string[]) {
  const has = (at: Path): boolean => documents.some((document) => document.has(at));
  for (let count = parts.length; count > 0; count--) {
    const key = parts.slice(0, count).join('.');
    if (has([...path, key])) return { key, parts: count };
  }
  const index = Number(parts[0]);
  return Number.isInteger(index) && has([...path, index]) ? { key: index, parts: 1 } : undefined;
}
