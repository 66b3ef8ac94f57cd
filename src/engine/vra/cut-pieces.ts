/** Where a frame's data is cut into pieces: whole writes together, where they are short, and long ones into several. */
import type { PieceLengths } from '../world/world.ts';

/** Where each piece ends in the data of writes of these lengths, in bytes. */
export function pieceEnds(
  lengths: readonly number[],
  { least, longest }: PieceLengths,
): readonly number[] {
  const ends: number[] = [];
  let start = 0;
  let end = 0;
  const cut = (at: number): void => {
    if (at > start) ends.push(at);
    start = at;
  };
  for (const length of lengths) {
    if (length >= least) cut(end);
    end += length;
    while (end - start > longest) cut(start + longest);
    if (end - start >= least) cut(end);
  }
  cut(end);
  return ends;
}
