/** Which of several files are topologies of their own, and which are parts of others. */

/**
 * The files that no other of them includes, in their order; of files that include each other, the first.
 * `reachedFrom` has all that a file includes, by way of others too.
 */
export function rootsAmong(
  files: readonly string[],
  reachedFrom: (file: string) => ReadonlySet<string>,
): string[] {
  const index = new Map(files.map((file, at) => [file, at]));
  const parts = new Set<string>();
  for (const [file, at] of index) {
    for (const part of reachedFrom(file)) {
      const other = index.get(part);
      if (other === undefined || other === at) continue;
      if (at < other || !reachedFrom(part).has(file)) parts.add(part);
    }
  }
  return files.filter((file) => !parts.has(file));
}
