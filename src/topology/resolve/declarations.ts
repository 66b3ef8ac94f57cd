/** Which file declares what: a site, a link, a VPG or a drill stands in one file, whole. */
import type { Place, PlacedProblem, TopologyDocument } from '../document.ts';
import { treeOf } from '../parse.ts';
import { solid } from '../source/tree.ts';

const sections = { sites: 'site', links: 'link', vpgs: 'VPG', drills: 'drill' } as const;

export class Declarations {
  /** What is declared in a second file, each at the later place. */
  readonly problems: readonly PlacedProblem[];
  readonly #first = new Map<string, TopologyDocument>();

  /** In the order in which the files are read. */
  constructor(documents: readonly TopologyDocument[]) {
    // One file cannot hold a name twice; YAML says so.
    this.problems = documents.length < 2 ? [] : this.#compare(documents);
  }

  /** Whether the entry is the one that counts. */
  isFirst({ document, path }: Place): boolean {
    const first = this.#first.get(path.join('\n'));
    return first === undefined || first === document;
  }

  #compare(documents: readonly TopologyDocument[]): PlacedProblem[] {
    const problems: PlacedProblem[] = [];
    for (const [section, kind] of Object.entries(sections)) {
      for (const document of documents) {
        for (const name of keysOf(document, section)) {
          const path = [section, name];
          const first = this.#first.get(path.join('\n'));
          if (first) problems.push(declaredTwice(kind, name, document, first, path));
          else this.#first.set(path.join('\n'), document);
        }
      }
    }
    return problems;
  }
}

/** Those with mistakes, too: what is declared badly is declared. */
function keysOf(document: TopologyDocument, section: string): readonly string[] {
  const root = treeOf(document);
  const map = root && solid(root);
  const value = map?.kind === 'map' ? map.entries.get(section)?.value : undefined;
  const entries = value && solid(value);
  return entries?.kind === 'map' ? [...entries.entries.keys()] : [];
}

function declaredTwice(
  kind: string,
  name: string,
  document: TopologyDocument,
  first: TopologyDocument,
  path: readonly string[],
): PlacedProblem {
  return {
    rule: 'include/duplicate-name',
    message:
      `The ${kind} ${name} is declared in ${fileName(first)} already, and that is what counts. ` +
      'Give this one another name, or take one of the two out.',
    document,
    range: document.keyRange(path),
    suggestions: [],
    related: [
      { message: `The ${kind} ${name} is declared here`, place: { document: first, path } },
    ],
  };
}

function fileName(document: TopologyDocument): string {
  return document.uri.slice(document.uri.search(/[^/\\]*$/));
}
