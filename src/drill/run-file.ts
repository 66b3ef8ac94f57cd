/** Runs the drills of a topology file and tells what happens on the way. */
import { loadTopology } from '../topology/load.ts';
import type { Drill } from '../topology/model.ts';
import type { DrillEvent, DrillRequest } from './protocol.ts';
import { runDrill } from './run-drill.ts';

export const defaultSeed = 1;

/** As bytes, the text is also checked for being UTF-8. */
type RunRequest = Omit<Extract<DrillRequest, { type: 'run' }>, 'text'> & {
  readonly text: string | Uint8Array;
};

/**
 * Yields events until the last drill has ended. Nothing runs between two events, so the caller may
 * look for a cancellation there and stop asking.
 */
export function* runFile(request: RunRequest): Generator<DrillEvent, void> {
  const { document, problems, topology } = loadTopology(request.text, request.uri);
  if (problems.length > 0) {
    // A lab built from half a file would prove something about a topology that nobody wrote.
    yield {
      type: 'refused',
      problems: problems.map(({ range, message }) => ({
        range: { start: document.positionAt(range.start), end: document.positionAt(range.end) },
        message,
      })),
    };
    return;
  }
  const wanted = request.drills ?? [...topology.drills.keys()];
  for (const name of wanted) {
    const drill = topology.drills.get(name);
    if (!drill) {
      yield { type: 'crashed', drill: name, message: `There is no drill ${name} in this file.` };
      continue;
    }
    yield* runOne(drill, request.seed ?? defaultSeed, topology);
  }
}

function* runOne(
  drill: Drill,
  seed: number,
  topology: Parameters<typeof runDrill>[0],
): Generator<DrillEvent, void> {
  yield { type: 'started', drill: drill.name };
  try {
    const run = runDrill(topology, drill, seed);
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
