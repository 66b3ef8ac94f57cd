/**
 * Before any test: property tests draw the same cases in every run, so that a commit that passed passes
 * again. `TIDEMARK_SEED=random` draws new ones; a failure prints its seed, and `TIDEMARK_SEED=N` replays it.
 */
import fc from 'fast-check';

const wanted = process.env['TIDEMARK_SEED'] ?? '1';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
