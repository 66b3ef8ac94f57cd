/** Where a link leads of which that is known only when it has been brought out. */
import type { Followed } from './protocol.ts';

/** The path of the disk that a link at `at` means by its target, which is absolute within its file system, or relative to it. */
export function pathBehind(
  { root, entry }: Pick<Followed, 'root' | 'entry'>,
  target: string,
): string {
  const folder = target.startsWith('/') ? '' : entry.path.slice(0, entry.path.lastIndexOf('/') + 1);
  return `${root}${folder}${target}`;
}
