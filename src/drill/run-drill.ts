/** Lives through one drill in a lab and judges it. */
import {
  createLab,
  LabError,
  NotSupportedError,
  type Lab,
  type LabOptions,
} from '../engine/lab.ts';
import { within } from '../topology/document.ts';
import type { Drill, DrillStep, Topology } from '../topology/model.ts';
import { checkEnd, checkStep } from './expectations.ts';
import { failureAt, rangeOf } from './failures.ts';
import type { DrillFailure, DrillOperation, DrillOutcome } from './protocol.ts';
import { act } from './steps.ts';
import { TraceError } from './traces.ts';

/** The recorded block trace of a VM that has one; throws a {@link TraceError} where it cannot be had. */
export type TraceOf = NonNullable<LabOptions['traceOf']>;

export interface DrillProgress {
  /** Milliseconds of virtual time, warm-up included. */
  readonly done: number;
  readonly total: number;
}

/**
 * Runs a drill, yielding now and then so that the caller can show progress, or stop by not going on.
 * The same topology, drill and seed give the same outcome, byte for byte.
 */
export function* runDrill(
  topology: Topology,
  drill: Drill,
  seed: number,
  traceOf: TraceOf,
  leaps = true,
): Generator<DrillProgress, DrillOutcome> {
  const failures: DrillFailure[] = [];
  const operations: DrillOperation[] = [];
  const outcome = (lab: Lab | undefined): DrillOutcome => ({
    name: drill.name,
    range: rangeOf(drill.place, 'key'),
    describes: drill.describes,
    facts: drill.facts,
    verdict: failures.length === 0 ? 'passed' : 'failed',
    seed,
    duration: drill.duration,
    failures,
    operations,
    timeline: lab?.timeline() ?? emptyTimeline(drill.duration),
  });

  let lab: Lab;
  try {
    const { begin, warmUp } = drill;
    lab = createLab(topology, { seed, begin, warmUp, traceOf, leaps });
  } catch (error) {
    if (error instanceof TraceError) {
      const place = within(error.vm.place, 'trace');
      failures.push(failureAt(place, error.message, 'a block trace', 'none that can be read'));
      return outcome(undefined);
    }
    if (!(error instanceof LabError || error instanceof NotSupportedError)) throw error;
    failures.push(failureAt(drill.place, error.message, 'a lab to run in', 'none', 'key'));
    return outcome(undefined);
  }

  const names = namesWritten(drill.steps);
  const total = drill.warmUp + drill.duration;
  yield* live(lab, drill.warmUp, 0, total);
  lab.setOrigin();
  for (const step of inOrder(drill.steps)) {
    if (step.at > drill.duration) {
      failures.push(
        failureAt(step.place, 'The step is after the end of the drill.', 'a step', 'too late'),
      );
      continue;
    }
    yield* live(lab, step.at, drill.warmUp, total);
    const operation = step.action ? act(lab, step.action, failures) : undefined;
    if (operation) operations.push(operation);
    checkStep(lab, step, operation, names, failures);
  }
  yield* live(lab, drill.duration, drill.warmUp, total);
  if (drill.expect) checkEnd(lab, drill.expect, failures);
  return outcome(lab);
}

/** Steps may stand in any order in the file; those of one moment keep theirs. */
function inOrder(steps: readonly DrillStep[]): DrillStep[] {
  return [...steps].sort((a, b) => a.at - b.at);
}

/** The names that some step of the drill writes, sooner or later. */
function namesWritten(steps: readonly DrillStep[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { action } of steps) {
    if (action?.verb === 'write' && action.name !== undefined) names.add(action.name);
  }
  return names;
}

function* live(
  lab: Lab,
  until: number,
  before: number,
  total: number,
): Generator<DrillProgress, void> {
  while (lab.now < until) {
    lab.advance(until);
    yield { done: before + lab.now, total };
  }
}

function emptyTimeline(duration: number): DrillOutcome['timeline'] {
  return {
    from: 0,
    to: duration,
    rates: [],
    snapshot: { now: 0, sites: [], vpgs: [], alerts: [], operations: [], tasks: [], outages: [] },
  };
}
