import type { PlacedProblem, TopologyDocument } from './document.ts';
import { byDocument } from './document.ts';
import type { IncludedFiles } from './include/files.ts';
import { isFault } from './include/files.ts';
import { gather } from './include/gather.ts';
import { fileNameOf } from './include/path.ts';
import type { Topology } from './model.ts';
import { inOrder } from './parse.ts';
import { readPart } from './part.ts';
import type { TopologyPart } from './part.ts';
import { resolveTopology } from './resolve/topology.ts';

/** A topology, read: what its files say and what keeps them from being read whole. */
export interface LoadedTopology {
  /** The file that was asked for. */
  readonly document: TopologyDocument;
  /** It, and behind it the files that it includes. */
  readonly parts: readonly TopologyPart[];
  /** What YAML and the schema object to: file by file, in the order of the text. */
  readonly problems: readonly PlacedProblem[];
  readonly topology: Topology;
  /** Where the included files came from; undefined where none could be read. */
  readonly files: IncludedFiles | undefined;
}

/**
 * Reads a topology from the text or the bytes of its first file. Never throws: whatever the input is, the
 * result holds what could be read of it, and a problem at the place of everything else.
 *
 * `uri` is how the file is called towards the user. Without `files`, what it includes stays unread.
 */
export function loadTopology(
  source: string | Uint8Array,
  uri: string,
  files?: IncludedFiles,
): LoadedTopology {
  return loadParts(readPart(source, uri), files);
}

/** Puts a topology together from a file that has been read already, and those that it includes. */
export function loadParts(root: TopologyPart, files?: IncludedFiles): LoadedTopology {
  const { document } = root;
  const gathered = gather(root, fileNameOf(document.uri), files);
  const { parts } = gathered;
  const { topology, problems } = resolveTopology(gathered, root.file?.name ?? nameOf(document.uri));
  const all = [
    ...parts.flatMap((part) =>
      part.problems.map((problem) => ({ ...problem, document: part.document })),
    ),
    ...gathered.problems,
    ...problems,
  ];
  return { document, parts, problems: byFile(parts, all), topology, files };
}

/** The same topology with other texts in some of its files. */
export function withTexts(
  loaded: LoadedTopology,
  texts: ReadonlyMap<TopologyDocument, string>,
): LoadedTopology {
  const changed = new Map<TopologyDocument, TopologyPart>();
  const changedPart = (part: TopologyPart): TopologyPart => {
    const { document } = part;
    const text = texts.get(document);
    if (text === undefined) return part;
    let now = changed.get(document);
    if (!now) changed.set(document, (now = readPart(text, document.uri)));
    return now;
  };
  const { files, parts } = loaded;
  const [root] = parts;
  if (!root) return loaded;
  return loadParts(
    changedPart(root),
    files && {
      root: files.root,
      ...(files.has && { has: files.has }),
      matching: (pattern) => files.matching(pattern),
      read: (path) => {
        const found = files.read(path);
        return isFault(found) ? found : { ...found, part: changedPart(found.part) };
      },
    },
  );
}

function byFile(
  parts: readonly TopologyPart[],
  problems: readonly PlacedProblem[],
): readonly PlacedProblem[] {
  const groups = byDocument(problems);
  return parts.flatMap(({ document }) => inOrder(groups.get(document) ?? []));
}

/** `labs/two-sites.dr.yaml` is called `two-sites`. */
function nameOf(uri: string): string {
  return fileNameOf(uri).replace(/(\.dr)?\.ya?ml$/i, '');
}
