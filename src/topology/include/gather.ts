/** From a file to all files that it includes, each once, and what is wrong with the way there. */
import type { Place, PlacedProblem, TopologyDocument } from '../document.ts';
import type { Include, IncludedFile } from '../model.ts';
import { renderScalar } from '../edit/render.ts';
import { nearest } from '../near-miss.ts';
import { treeOf } from '../parse.ts';
import type { TopologyPart } from '../part.ts';
import { solid } from '../source/tree.ts';
import type { FileFault, IncludedFiles } from './files.ts';
import { isFault } from './files.ts';
import { isPattern } from './glob.ts';
import { folderOf, nameIn, pathFrom } from './path.ts';

/** Files of one topology: more than anybody keeps; a runaway pattern must not read a whole disk. */
export const mostParts = 1000;

export interface Gathered {
  /** The file itself, and behind it those that it includes, in the order in which they are named. */
  readonly parts: readonly TopologyPart[];
  readonly includes: readonly Include[];
  readonly problems: readonly PlacedProblem[];
}

export interface IncludeItem {
  readonly place: Place;
  readonly pattern: string;
}

/** What a file asks to include, whether or not the rest of it can be read. */
export function includeItems(document: TopologyDocument): IncludeItem[] {
  const root = treeOf(document);
  const map = root && solid(root);
  const list = map?.kind === 'map' ? map.entries.get('include')?.value : undefined;
  const items = list && solid(list);
  if (items?.kind !== 'list') return [];
  return items.items.flatMap((item, index) => {
    const scalar = solid(item);
    if (scalar.kind !== 'scalar' || typeof scalar.value !== 'string') return [];
    if (scalar.value.trim() === '') return [];
    return [{ place: { document, path: ['include', index] }, pattern: scalar.value }];
  });
}

/** `name` is the file's own name in its folder. Without `files`, nothing that it includes is found. */
export function gather(
  root: TopologyPart,
  name: string,
  files: IncludedFiles | undefined,
): Gathered {
  if (!files) {
    const items = includeItems(root.document);
    return { parts: [root], includes: [], problems: items.map(({ place }) => notHere(place)) };
  }
  const gathering = new Gathering(files);
  gathering.visit({ part: root, path: name, identity: files.root }, []);
  return gathering;
}

interface Visited {
  readonly part: TopologyPart;
  readonly path: string;
  readonly identity: string;
}

class Gathering implements Gathered {
  readonly parts: TopologyPart[] = [];
  readonly includes: Include[] = [];
  readonly problems: PlacedProblem[] = [];
  readonly #files: IncludedFiles;
  /** The item that led to each file first; undefined for the file that all began with. */
  readonly #first = new Map<string, Place | undefined>();
  readonly #documents = new Map<string, TopologyDocument>();

  constructor(files: IncludedFiles) {
    this.#files = files;
  }

  /** `chain` holds what includes this file, the outermost first. */
  visit(file: Visited, chain: readonly Visited[]): void {
    this.parts.push(file.part);
    this.#documents.set(file.identity, file.part.document);
    if (chain.length === 0) this.#first.set(file.identity, undefined);
    const below = [...chain, file];
    for (const { place, pattern } of includeItems(file.part.document)) {
      const files: IncludedFile[] = [];
      this.includes.push({ place, pattern, files });
      for (const path of this.#pathsOf(file.path, place, pattern)) {
        const included = this.#include(path, place, pattern, below);
        if (included) files.push(included);
      }
    }
  }

  #pathsOf(from: string, place: Place, pattern: string): readonly string[] {
    const target = pathFrom(from, pattern);
    if (target === undefined || target === '') {
      this.#object('include/outside', place, outside(pattern));
      return [];
    }
    if (!isPattern(target)) return [target];
    const found = this.#files.matching(target);
    if (isFault(found)) {
      this.#object('include/unreadable', place, `${pattern} cannot be looked up: ${found.reason}.`);
      return [];
    }
    // A pattern that matches the file that it stands in does not mean it.
    const others = found.filter((path) => path !== from);
    if (others.length === 0) this.#object('include/no-match', place, noMatch(pattern));
    return others;
  }

  #include(
    path: string,
    place: Place,
    pattern: string,
    chain: readonly Visited[],
  ): IncludedFile | undefined {
    const found = this.#files.read(path);
    if (isFault(found)) {
      this.#objectToFault(found, path, place, pattern);
      return undefined;
    }
    const { identity, part } = found;
    const again = chain.findIndex((each) => each.identity === identity);
    if (again >= 0) {
      this.#object('include/cycle', place, cycle(chain.slice(again)), [
        { message: 'It begins here', place: { document: part.document, path: ['include'] } },
      ]);
      return undefined;
    }
    const known = this.#documents.get(identity);
    if (known) return { document: known, before: this.#first.get(identity) };
    if (this.parts.length >= mostParts) {
      const message = `A topology has at most ${mostParts} files; from here on, none is read.`;
      this.#object('include/too-many', place, message);
      return undefined;
    }
    this.#first.set(identity, place);
    this.visit({ part, path, identity }, chain);
    return { document: part.document, before: undefined };
  }

  #objectToFault({ fault, reason }: FileFault, path: string, place: Place, pattern: string): void {
    const named = isPattern(pattern) ? `${path}, which ${pattern} matches,` : path;
    switch (fault) {
      case 'missing':
        this.#object('include/missing', place, ...this.#missing(path, pattern));
        return;
      case 'outside':
        this.#object('include/outside', place, `${named} leads out of the folder: ${reason}.`);
        return;
      case 'unreadable':
        this.#object('include/unreadable', place, `${named} cannot be read: ${reason}.`);
        return;
    }
  }

  /** The message, related places, and what may have been meant. */
  #missing(path: string, pattern: string): [string, undefined, readonly string[]] {
    const folder = folderOf(path);
    const beside = this.#files.matching(folder === '' ? '*' : `${folder}/*`);
    const near = isFault(beside) ? undefined : nearest(nameIn(path), beside.map(nameIn));
    const meant = near === undefined ? undefined : pattern.replace(/[^/\\]*$/, () => near);
    return [
      `There is no file ${path}.` +
        (meant === undefined
          ? ' Paths are relative to the file that names them.'
          : ` Did you mean ${meant}?`),
      undefined,
      meant === undefined ? [] : [renderScalar(meant)],
    ];
  }

  #object(
    rule: string,
    place: Place,
    message: string,
    related?: PlacedProblem['related'],
    suggestions: readonly string[] = [],
  ): void {
    const { document, path } = place;
    const range = document.valueRange(path);
    this.problems.push({
      rule,
      message,
      document,
      range,
      suggestions,
      ...(related && { related }),
    });
  }
}

function outside(pattern: string): string {
  return (
    `${pattern} leads out of the folder of the topology, and nothing there is read. ` +
    'Include files below the folder of the first file, by a relative path.'
  );
}

function noMatch(pattern: string): string {
  return `No file matches ${pattern}. Patterns are relative to the file that they stand in.`;
}

function cycle(round: readonly Visited[]): string {
  const [first, ...others] = round.map(({ path }) => path);
  return others.length === 0
    ? `${first} includes itself.`
    : `${first} includes itself by way of ${others.join(', ')}.`;
}

function notHere(place: Place): PlacedProblem {
  const { document, path } = place;
  return {
    rule: 'include/not-read',
    message:
      'Files are not included here: this file stands in no folder that can be read. Save it there first.',
    document,
    range: document.valueRange(path),
    suggestions: [],
  };
}
