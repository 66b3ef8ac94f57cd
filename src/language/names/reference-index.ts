/** Every name of a topology: where it is declared and where it is used. Built once for a version. */
import type { Path, TextRange, TopologyDocument } from '../../topology/document.ts';
import { treeOf } from '../../topology/parse.ts';
import type { TreeNode } from '../../topology/source/tree.ts';
import { NameTree } from './name-tree.ts';
import { partsOf, roleTree, type NameKind, type Role, type RoleNode } from './roles.ts';

/** One place where a name stands. */
export interface Occurrence {
  readonly document: TopologyDocument;
  readonly kind: NameKind;
  readonly name: string;
  readonly use: Role['use'];
  readonly on: Role['on'];
  /** The name itself, without quotes where the text allows to tell. */
  readonly range: TextRange;
  /** The key or value that holds the name, with its quotes. */
  readonly scalar: TextRange;
  /** What the key or value says: `Prod_Site/isolated` where the name is `isolated`. */
  readonly text: string;
  /** Where in `text` the name begins. */
  readonly start: number;
  /** The path of the key or value. */
  readonly path: Path;
  /** The path of the declaration, in whichever file it stands; undefined where nobody can tell. */
  readonly target: Path | undefined;
  /** Whether it is reached through a YAML alias; `range` is then the alias. */
  readonly aliased: boolean;
}

export class ReferenceIndex {
  readonly names: NameTree;
  /** File by file, in the order of the text. */
  readonly occurrences: readonly Occurrence[];
  readonly #byDocument = new Map<TopologyDocument, readonly Occurrence[]>();
  readonly #shared = new Map<TopologyDocument, readonly TextRange[]>();
  readonly #byTarget = new Map<string, Occurrence[]>();

  constructor(documents: readonly TopologyDocument[]) {
    this.names = new NameTree(documents.flatMap((document) => treeOf(document) ?? []));
    for (const document of documents) {
      const root = treeOf(document);
      const collector = new Collector(document, this.names);
      if (root) collector.visit(root, roleTree, [], undefined);
      const found = collector.occurrences.sort(
        (a, b) => a.range.start - b.range.start || a.range.end - b.range.end,
      );
      this.#byDocument.set(document, found);
      this.#shared.set(document, collector.shared);
    }
    this.occurrences = [...this.#byDocument.values()].flat();
    for (const occurrence of this.occurrences) {
      if (!occurrence.target) continue;
      const id = idOf(occurrence.target);
      const known = this.#byTarget.get(id);
      if (known) known.push(occurrence);
      else this.#byTarget.set(id, [occurrence]);
    }
  }

  /** Everything that names what is declared at a path, the declaration included. */
  of(target: Path): readonly Occurrence[] {
    return this.#byTarget.get(idOf(target)) ?? [];
  }

  /** The names of one file, in the order of its text. */
  in(document: TopologyDocument): readonly Occurrence[] {
    return this.#byDocument.get(document) ?? [];
  }

  /** What YAML aliases of a file repeat: a change there is a change in several places. */
  sharedIn(document: TopologyDocument): readonly TextRange[] {
    return this.#shared.get(document) ?? [];
  }

  /** The name at an offset of a file; just behind its last letter counts, too. */
  at(document: TopologyDocument, offset: number): Occurrence | undefined {
    const occurrences = this.in(document);
    let low = 0;
    let high = occurrences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const occurrence = occurrences[middle];
      if (occurrence && occurrence.range.start <= offset) low = middle + 1;
      else high = middle;
    }
    const found = occurrences[low - 1];
    return found && found.range.end >= offset ? found : undefined;
  }
}

const ofOne = new WeakMap<TopologyDocument, ReferenceIndex>();
const ofSeveral = new WeakMap<readonly TopologyDocument[], ReferenceIndex>();

/** The names of a topology of these files. The same list of files has the same index. */
export function referencesOf(documents: readonly TopologyDocument[]): ReferenceIndex {
  const [only, ...others] = documents;
  const known = only && others.length === 0 ? ofOne.get(only) : ofSeveral.get(documents);
  if (known) return known;
  const index = new ReferenceIndex(documents);
  if (only && others.length === 0) ofOne.set(only, index);
  else ofSeveral.set(documents, index);
  return index;
}

/** Names hold no control characters, so no two paths share an id. */
function idOf(path: Path): string {
  return path.join('\n');
}

class Collector {
  readonly occurrences: Occurrence[] = [];
  readonly shared: TextRange[] = [];
  readonly #document: TopologyDocument;
  readonly #names: NameTree;

  constructor(document: TopologyDocument, names: NameTree) {
    this.#document = document;
    this.#names = names;
  }

  /** `alias` is the range of the alias through which the node is reached. */
  visit(node: TreeNode, roles: RoleNode, path: Path, alias: TextRange | undefined): void {
    if (node.kind === 'alias') {
      this.shared.push(node.target.range);
      this.visit(node.target, roles, path, alias ?? node.range);
      return;
    }
    if (node.kind === 'scalar') {
      if (roles.role?.on === 'value' && node.source !== '') {
        this.#add(roles.role, path, node.source, node.range, alias);
      }
      return;
    }
    if (node.kind === 'list') {
      node.items.forEach((item, index) => {
        const below = roles.below(index);
        if (below) this.visit(item, below, [...path, index], alias);
      });
      return;
    }
    for (const { key, keyRange, value } of node.entries.values()) {
      const below = roles.below(key);
      if (!below) continue;
      const at = [...path, key];
      if (below.role?.on === 'key') this.#add(below.role, at, key, keyRange, alias);
      this.visit(value, below, at, alias);
    }
  }

  #add(role: Role, path: Path, text: string, scalar: TextRange, alias?: TextRange): void {
    const inner = this.#innerStart(scalar, text);
    for (const { start, end, kind, target } of partsOf(role, path, text, this.#names)) {
      this.occurrences.push({
        document: this.#document,
        kind,
        name: text.slice(start, end),
        use: role.use,
        on: role.on,
        range: alias ?? (inner === undefined ? scalar : { start: inner + start, end: inner + end }),
        scalar,
        text,
        start,
        path,
        target,
        aliased: alias !== undefined,
      });
    }
  }

  /** Where the text begins inside of its quotes; undefined where escapes or folding are in the way. */
  #innerStart({ start, end }: TextRange, text: string): number | undefined {
    const whole = this.#document.text;
    if (end - start === text.length && whole.startsWith(text, start)) return start;
    const quoted = end - start === text.length + 2 && whole.startsWith(text, start + 1);
    return quoted ? start + 1 : undefined;
  }
}
