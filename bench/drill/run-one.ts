/** Entry of the process that lives through one drill, so that its memory is its own. */
import { runFile } from '../../src/drill/run-file.ts';
import { SimulatedUniverse } from '../../src/engine/world/simulated.ts';
import { BenchError } from '../suite.ts';
import type { DrillAnswer, DrillTaken, DrillTask } from './protocol.ts';

const mebibyte = 2 ** 20;

/** A drill keeps its universe to itself; looking on where time is moved costs one call in 10 minutes. */
function watchUniverses(): ReadonlySet<SimulatedUniverse> {
  const seen = new Set<SimulatedUniverse>();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on its universe below
  const { run } = SimulatedUniverse.prototype;
  SimulatedUniverse.prototype.run = function (this: SimulatedUniverse, until): void {
    seen.add(this);
    run.call(this, until);
  };
  return seen;
}

function take({ text, uri, drill }: DrillTask): DrillTaken {
  const universes = watchUniverses();
  const memoryBefore = process.memoryUsage.rss() / mebibyte;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  for (const event of runFile({ type: 'run', uri, text, drills: [drill] })) {
    if (event.type === 'crashed') throw new BenchError(event.message);
    if (event.type === 'refused') {
      throw new BenchError(`The topology was refused: ${event.problems[0]?.message ?? ''}`);
    }
    if (event.type !== 'finished') continue;
    const wall = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    const { outcome } = event;
    let events = 0;
    let lived = 0;
    for (const universe of universes) {
      events += universe.eventCount;
      lived += universe.now;
    }
    globalThis.gc?.();
    const held = process.memoryUsage();
    return {
      verdict: outcome.verdict,
      failures: outcome.failures.map(({ message }) => message),
      lived,
      wall,
      processor: (user + system) / 1000,
      events,
      checkpoints: outcome.timeline.snapshot.vpgs.reduce(
        (sum, { checkpoints }) => sum + checkpoints.count,
        0,
      ),
      memoryBefore,
      heldMemory: (held.heapUsed + held.arrayBuffers) / mebibyte,
      // Kilobytes, on every system.
      peakMemory: process.resourceUsage().maxRSS / 1024,
    };
  }
  throw new BenchError(`The drill ${drill} did not end.`);
}

process.once('message', (task: DrillTask) => {
  let answer: DrillAnswer;
  try {
    answer = { type: 'taken', taken: take(task) };
  } catch (error) {
    answer = { type: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(answer, () => {
    process.disconnect();
  });
});
