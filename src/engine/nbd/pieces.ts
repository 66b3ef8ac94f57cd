/** Requests that are too large for one, in pieces. */
import type { Clock, Done, WorldError } from '../world/world.ts';

/** Calls `done` with the first error when it was called so many times; for none at all later, by itself. */
export function whenAll(clock: Clock, pieces: number, done: Done): Done {
  let left = pieces;
  let first: WorldError | undefined;
  if (left === 0) {
    clock.after(0, () => {
      done(undefined);
    });
  }
  return (error) => {
    first ??= error;
    if (--left === 0) done(first);
  };
}

/** Visits a range in pieces of `most` bytes. */
export function eachPiece(
  offset: number,
  length: number,
  most: number,
  visit: (at: number, length: number, index: number) => void,
): void {
  let index = 0;
  for (let at = 0; at < length; at += most) {
    visit(offset + at, Math.min(most, length - at), index++);
  }
}
