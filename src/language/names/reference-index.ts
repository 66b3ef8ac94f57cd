/** Every name of a file: where it is declared and where it is used. Built once for a version. */
import type { Path, TextRange, TopologyDocument } from '../../topology/document.ts';
import { treeOf } from '../../topology/parse.ts';
import type { TreeNode } from '../../topology/source/tree.ts';
import { NameTree } from './name-tree.ts';
import { partsOf, roleTree, type NameKind, type Role, type RoleNode } from './roles.ts';

/** One place where a name stands. */
export interface Occurrence {
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
  /** The path of the declaration; undefined where nobody can tell. */
  readonly target: Path | undefined;
  /** Whether it is reached through a YAML alias; `range` is then the alias. */
  readonly aliased: boolean;
}

export class ReferenceIndex {
  readonly names: NameTree;
  /** In the order of the text. */
  readonly occurrences: readonly Occurrence[];
  /** What YAML aliases repeat: a change there is a change in several places. */
  readonly shared: readonly TextRange[];
  readonly #byTarget = new Map<string, Occurrence[]>();

  constructor(document: TopologyDocument) {
    const root = treeOf(document);
    this.names = new NameTree(root);
    const collector = new Collector(document.text, this.names);
    if (root) collector.visit(root, roleTree, [], undefined);
    this.occurrences = collector.occurrences.sort(
      (a, b) => a.range.start - b.range.start || a.range.end - b.range.end,
    );
    this.shared = collector.shared;
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

  /** The name at an offset; just behind its last letter counts, too. */
  at(offset: number): Occurrence | undefined {
    let low = 0;
    let high = this.occurrences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const occurrence = this.occurrences[middle];
      if (occurrence && occurrence.range.start <= offset) low = middle + 1;
      else high = middle;
    }
    const found = this.occurrences[low - 1];
    return found && found.range.end >= offset ? found : undefined;
  }
}

const indexes = new WeakMap<TopologyDocument, ReferenceIndex>();

export function referencesOf(document: TopologyDocument): ReferenceIndex {
  let index = indexes.get(document);
  if (!index) indexes.set(document, (index = new ReferenceIndex(document)));
  return index;
}

/** Names hold no control characters, so no two paths share an id. */
function idOf(path: Path): string {
  return path.join('\n');
}

class Collector {
  readonly occurrences: Occurrence[] = [];
  readonly shared: TextRange[] = [];
  readonly #text: string;
  readonly #names: NameTree;

  constructor(text: string, names: NameTree) {
    this.#text = text;
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
    if (end - start === text.length && this.#text.startsWith(text, start)) return start;
    const quoted = end - start === text.length + 2 && this.#text.startsWith(text, start + 1);
    return quoted ? start + 1 : undefined;
  }
}
