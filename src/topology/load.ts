import type { Problem, TopologyDocument } from './document.ts';
import type { Topology } from './model.ts';
import { inOrder, parseDocument, treeOf } from './parse.ts';
import { readTree } from './read.ts';
import { resolveTopology } from './resolve/topology.ts';
import { fileSchema } from './schema/file.ts';

/** A topology file, read: what it says and what keeps it from being read whole. */
export interface LoadedTopology {
  readonly document: TopologyDocument;
  /** What YAML and the schema object to, in the order of the text. */
  readonly problems: readonly Problem[];
  readonly topology: Topology;
}

/**
 * Reads a topology file from its text or its bytes. Never throws: whatever the input is, the result
 * holds what could be read of it, and a problem at the place of everything else.
 *
 * `uri` is how the file is called towards the user.
 */
export function loadTopology(source: string | Uint8Array, uri: string): LoadedTopology {
  const document = parseDocument(source, uri);
  const tree = treeOf(document);
  const reading = tree ? readTree(fileSchema, tree) : { value: undefined, problems: [] };
  const named = reading.value?.name;
  const { topology, problems } = resolveTopology(reading.value, document, named ?? nameOf(uri));
  return {
    document,
    problems: inOrder([
      ...document.problems,
      ...(tree || document.problems.length > 0 ? [] : [nothingYet()]),
      ...reading.problems,
      ...notSupportedYet(document),
      ...problems,
    ]),
    topology,
  };
}

/** `labs/two-sites.dr.yaml` is called `two-sites`. */
function nameOf(uri: string): string {
  const file = uri.split(/[/\\]/).at(-1) ?? uri;
  return file.replace(/(\.dr)?\.ya?ml$/i, '');
}

function nothingYet(): Problem {
  return {
    rule: 'yaml/empty',
    message: 'The file says nothing yet; a topology begins with `version: 1`.',
    range: { start: 0, end: 0 },
    suggestions: [],
  };
}

function notSupportedYet(document: TopologyDocument): Problem[] {
  if (!document.has(['include'])) return [];
  return [
    {
      rule: 'schema/not-supported-yet',
      message: '`include` is not read yet: what the included files declare is not known here.',
      range: document.keyRange(['include']),
      suggestions: [],
    },
  ];
}
