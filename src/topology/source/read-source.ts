/** From the text of a file to its tree: by lines as far as that goes, by the YAML parser from there. */
import { build, type Built } from './build.ts';
import { compose, mostTokens } from './compose.ts';
import { readDoubts } from './doubts.ts';
import { readLines } from './line-reader.ts';

/**
 * The tree of a text and what YAML objects to, not in order. Never throws. `lineOf` counts lines from 0.
 * Says of every text exactly what {@link readByParser} says.
 */
export function readSource(text: string, lineOf: (offset: number) => number): Built {
  const reading = readLines(text, lineOf);
  if (reading === undefined || reading.words > mostTokens) return readByParser(text, lineOf);
  if (reading.doubts.length === 0) return reading;
  return readDoubts(reading, text, lineOf) ?? readByParser(text, lineOf);
}

/** The same by the YAML parser alone, which takes about twenty times as long. */
export function readByParser(text: string, lineOf: (offset: number) => number): Built {
  const composed = compose(text, lineOf);
  const { root, problems } = build(composed.contents, text, lineOf);
  return { root, problems: [...composed.problems, ...problems] };
}
