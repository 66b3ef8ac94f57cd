/** Sockets of servers that a topology names. */
import { resolve } from 'node:path';
import { isInside } from './places.ts';

/** The socket's full name, which a relative one has below the folder, and whether it lies in there. */
export function targetSocket(
  folder: string,
  path: string,
): { readonly path: string; readonly isInside: boolean } {
  const full = resolve(folder, path);
  return { path: full, isInside: isInside(resolve(folder), full) };
}
