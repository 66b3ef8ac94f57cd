/**
 * Puts a mistake into the engine as it is loaded: the source of a mutant's file is changed on its way from
 * the disk into this process. So the engine itself has no switch for mistakes, and no bundle can hold one.
 */
import { registerHooks } from 'node:module';
import { changed, mutantNamed } from './mutants.ts';

export function applyMutant(name: string): void {
  const mutant = mutantNamed(name);
  let applied = false;
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/src/${mutant.file}`)) return loaded;
      const { source } = loaded;
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
      applied = true;
      return { ...loaded, source: changed(mutant, text) };
    },
  });
  process.on('exit', () => {
    if (!applied) process.stderr.write(`the mutant ${name} was never loaded\n`);
  });
}
