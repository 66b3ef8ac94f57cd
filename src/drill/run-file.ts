/** Runs the drills of a topology and tells what happens on the way. */
import { carriedFiles } from '../topology/include/carried-files.ts';
import { loadTopology, type LoadedTopology } from '../topology/load.ts';
import type { Drill, Topology } from '../topology/model.ts';
import { drillRangeOf } from './failures.ts';
import type { DrillEvent, DrillRequest } from './protocol.ts';
import { runDrill, type TraceOf } from './run-drill.ts';
import { tracesBy, type ReadTrace } from './traces.ts';

export const defaultSeed = 1;

type RunRequest = Extract<DrillRequest, { type: 'run' }>;

export interface RunOptions {
  /** All drills where it is absent. */
  readonly drills?: readonly string[];
  readonly seed?: number;
  /** Where recorded block traces come from. Without it a VM that has one fails its drills. */
  readonly readTrace?: ReadTrace | undefined;
}

/**
 * Yields events until the last drill has ended. Nothing runs between two events, so the caller may
 * look for a cancellation there and stop asking.
 */
export function* runFile(request: RunRequest, readTrace?: ReadTrace): Generator<DrillEvent, void> {
  const { text, uri, included } = request;
  const loaded = loadTopology(text, uri, included && carriedFiles(included));
  yield* runTopology(loaded, { ...request, readTrace });
}

/** The same, for a topology that has been read already. */
export function* runTopology(
  { problems, topology }: LoadedTopology,
  request: RunOptions,
): Generator<DrillEvent, void> {
  if (problems.length > 0) {
    // A lab built from half a file would prove something about a topology that nobody wrote.
    yield {
      type: 'refused',
      problems: problems.map(({ document, range, message }) => ({
        range: drillRangeOf(document, range),
        message,
      })),
    };
    return;
  }
  const traceOf = tracesBy(request.readTrace);
  const wanted = request.drills ?? [...topology.drills.keys()];
  for (const name of wanted) {
    const drill = topology.drills.get(name);
    if (!drill) {
      yield { type: 'crashed', drill: name, message: `There is no drill ${name} in this file.` };
      continue;
    }
    yield* runOne(drill, request.seed ?? defaultSeed, topology, traceOf);
  }
}

function* runOne(
  drill: Drill,
  seed: number,
  topology: Topology,
  traceOf: TraceOf,
): Generator<DrillEvent, void> {
  yield { type: 'started', drill: drill.name };
  try {
    const run = runDrill(topology, drill, seed, traceOf);
    for (;;) {
      const next = run.next();
      if (next.done === true) {
        yield { type: 'finished', outcome: next.value };
        return;
      }
      yield { type: 'progress', drill: drill.name, ...next.value };
    }
  } catch (error) {
    // A mistake of ours in one drill must not keep the others from running.
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    yield { type: 'crashed', drill: drill.name, message };
  }
}
