/** Names and texts of a topology as they stand in its files, whether or not they can be read. */
import type { Path } from '../../topology/document.ts';
import { follow, solid, type TreeNode } from '../../topology/source/tree.ts';

export class NameTree {
  readonly #roots: readonly TreeNode[];
  readonly #typed: ReadonlyMap<string, string>;
  readonly #sitesByName = new Map<string, Map<string, string[]>>();

  /** `typed` holds what stands around a cursor, by its path joined by line breaks: it counts first. */
  constructor(roots: readonly TreeNode[], typed: ReadonlyMap<string, string> = new Map()) {
    this.#roots = roots;
    this.#typed = typed;
  }

  /** What stands at the path, in each file that has it. */
  #nodes(path: Path): TreeNode[] {
    return this.#roots.flatMap((root) => {
      const { found, depth } = follow(root, path);
      return found && depth === path.length ? [found.node] : [];
    });
  }

  has(path: Path): boolean {
    return this.#nodes(path).length > 0;
  }

  /** The scalar at the path, as written; undefined where there is none. */
  text(path: Path): string | undefined {
    const typed = this.#typed.get(path.join('\n'));
    if (typed !== undefined && typed !== '') return typed;
    const [node] = this.#nodes(path);
    const target = node && solid(node);
    if (target?.kind !== 'scalar' || target.source === '') return undefined;
    return target.source;
  }

  /** The keys of the map at the path, in all files; none where there is no map. */
  keys(path: Path): readonly string[] {
    const nodes = this.#nodes(path);
    const keys = nodes.flatMap((node) => {
      const target = solid(node);
      return target.kind === 'map' ? [...target.entries.keys()] : [];
    });
    return nodes.length > 1 ? [...new Set(keys)] : keys;
  }

  /** How many items the list at the path has; 0 where there is no list. */
  length(path: Path): number {
    const [node] = this.#nodes(path);
    const target = node && solid(node);
    return target?.kind === 'list' ? target.items.length : 0;
  }

  /** The sites whose `map` (such as `vms`) has an entry of that name, in the order of the files. */
  sitesWith(map: string, name: string): readonly string[] {
    let index = this.#sitesByName.get(map);
    if (!index) {
      this.#sitesByName.set(map, (index = new Map<string, string[]>()));
      for (const site of this.keys(['sites'])) {
        for (const each of this.keys(['sites', site, map])) {
          const sites = index.get(each);
          if (sites) sites.push(site);
          else index.set(each, [site]);
        }
      }
    }
    return index.get(name) ?? [];
  }
}
