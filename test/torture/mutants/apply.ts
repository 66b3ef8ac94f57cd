/**
 * Puts a mistake into the engine as it is loaded: the source of a mutant's file is changed on its way from
 * the disk into this process. So the engine itself has no switch for mistakes, and no bundle can hold one.
 */
import { registerHooks } from 'node:module';
import { changed, changesOf, mutantNamed } from './mutants.ts';

export function applyMutant(name: string): void {
  const left = new Set(changesOf(mutantNamed(name)));
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const change = [...left].find(({ file }) => url.endsWith(`/src/${file}`));
      if (!change) return loaded;
      const { source } = loaded;
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
      left.delete(change);
      return { ...loaded, source: changed(name, change, text) };
    },
  });
  process.on('exit', () => {
    for (const { file } of left) {
      process.stderr.write(`the mutant ${name} was never loaded: ${file}\n`);
    }
  });
}
