/**
 * A process of its own that runs trials, one for each seed that it is sent. With a mutant's name as its
 * argument it runs them against an engine with that mistake in it.
 */
import { applyMutant } from './mutants/apply.ts';
import type { WorkerAnswer } from './pool.ts';

const [mutant] = process.argv.slice(2);
if (mutant !== undefined) applyMutant(mutant);
// Only now, so that a mutant gets in before the engine is loaded.
const { generate } = await import('./generate.ts');
const { runTrial } = await import('./trial.ts');

process.on('message', (seed: number) => {
  const { broken, notes, ...outcome } = runTrial(generate(seed));
  const answer: WorkerAnswer = {
    seed,
    broken: broken && { promise: broken.promise, message: broken.message },
    healed: outcome.healed,
    compared: outcome.compared,
    comparedLeapt: outcome.comparedLeapt,
    leapt: outcome.leapt,
    catalogued: outcome.catalogued,
    events: outcome.events,
    notes: [...notes],
  };
  process.send?.(answer);
});
process.on('disconnect', () => {
  process.exit(0);
});
