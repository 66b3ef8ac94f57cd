/**
 * Before any test: property tests draw the same cases in every run, so that a commit that passed passes
 * again. `TIDEMARK_SEED=random` draws new ones; a failure prints its seed, and `TIDEMARK_SEED=N` replays it.
 *
 * And behind all of them: what a test has left behind must not keep the run from ending.
 */
import fc from 'fast-check';

const wanted = process.env['TIDEMARK_SEED'] ?? '1';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });

/** Milliseconds. */
const patience = 20_000;

export const mochaHooks = {
  afterAll(): void {
    const watch = setTimeout(() => {
      const left = process.getActiveResourcesInfo().filter((each) => each !== 'TTYWrap');
      console.error(`A test has left something behind that does not end: ${left.join(', ')}`);
      process.exit();
    }, patience);
    watch.unref();
  },
};
