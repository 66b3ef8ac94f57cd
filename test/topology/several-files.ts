/** Topologies of several files that stand in a test, by their paths. */
import type { FileFault, IncludedFiles } from '../../src/topology/include/files.ts';
import { knownFiles } from '../../src/topology/include/known-files.ts';
import { loadParts, type LoadedTopology } from '../../src/topology/load.ts';
import { readPart, type TopologyPart } from '../../src/topology/part.ts';

export type Texts = Readonly<Record<string, string>>;

export const main = 'main.dr.yaml';

/** `faults` are files that are there and cannot be read. */
export function filesIn(
  texts: Texts,
  faults: Readonly<Record<string, FileFault>> = {},
  root = main,
): IncludedFiles {
  const parts = new Map<string, TopologyPart>();
  const known = knownFiles(root, [...Object.keys(texts), ...Object.keys(faults)], (path) => {
    const text = texts[path];
    if (text === undefined) {
      return faults[path] ?? { fault: 'missing', reason: 'there is no such file' };
    }
    let part = parts.get(path);
    if (!part) parts.set(path, (part = readPart(text, path)));
    return { identity: path, part };
  });
  return { ...known, has: (path) => path in texts || path in faults };
}

export function loadFiles(
  texts: Texts,
  faults: Readonly<Record<string, FileFault>> = {},
): LoadedTopology {
  return loadParts(readPart(texts[main] ?? '', main), filesIn(texts, faults));
}
