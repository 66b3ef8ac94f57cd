/** One file of a topology, read by itself: what does not change while other files do. */
import type { Problem, TopologyDocument } from './document.ts';
import { parseDocument, treeOf } from './parse.ts';
import { readTree } from './read.ts';
import { fileSchema } from './schema/file.ts';
import type { TopologyFile } from './schema/file.ts';

export interface TopologyPart {
  readonly document: TopologyDocument;
  /** Undefined where nothing could be read at all. */
  readonly file: TopologyFile | undefined;
  /** What YAML and the schema object to. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a file from its text or its bytes. Never throws: whatever the input is, the result holds what
 * could be read of it, and a problem at the place of everything else.
 *
 * `uri` is how the file is called towards the user.
 */
export function readPart(source: string | Uint8Array, uri: string): TopologyPart {
  const document = parseDocument(source, uri);
  const tree = treeOf(document);
  const reading = tree ? readTree(fileSchema, tree) : { value: undefined, problems: [] };
  return {
    document,
    file: reading.value,
    problems: [
      ...document.problems,
      ...(tree || document.problems.length > 0 ? [] : [nothingYet()]),
      ...reading.problems,
    ],
  };
}

function nothingYet(): Problem {
  return {
    rule: 'yaml/empty',
    message: 'The file says nothing yet; a topology begins with `version: 1`.',
    range: { start: 0, end: 0 },
    suggestions: [],
  };
}
