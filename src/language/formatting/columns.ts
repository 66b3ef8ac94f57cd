/** Where the lines of a file belong, at two columns a level. */
import type { TopologyDocument } from '../../topology/document.ts';
import { treeOf } from '../../topology/parse.ts';
import type { TreeNode } from '../../topology/source/tree.ts';

/** A dash, key or item that begins in a column of a line, and the column that it belongs in. */
export interface Anchor {
  readonly from: number;
  readonly to: number;
}

export interface Layout {
  /** The dashes, keys and items at the beginning of each line, from left to right. */
  readonly anchors: ReadonlyMap<number, readonly Anchor[]>;
  /** Lines that a value of several lines goes on in: only their indentation may change. */
  readonly continued: ReadonlySet<number>;
}

const unit = 2;

/** Undefined where something begins a line in a way that is better left alone. */
export function layoutOf(document: TopologyDocument): Layout | undefined {
  const root = treeOf(document);
  if (!root) return undefined;
  const planner = new Planner(document);
  planner.node(root, 0);
  return planner.failed ? undefined : planner;
}

class Planner implements Layout {
  readonly anchors = new Map<number, Anchor[]>();
  readonly continued = new Set<number>();
  failed = false;
  readonly #document: TopologyDocument;

  constructor(document: TopologyDocument) {
    this.#document = document;
  }

  /** `column` is where a block at this node begins. */
  node(node: TreeNode, column: number): void {
    if (node.kind === 'map' && !node.flow) {
      for (const { keyRange, value } of node.entries.values()) {
        this.#begins(keyRange.start, column);
        this.node(value, column + unit);
      }
    } else if (node.kind === 'list' && !node.flow) {
      for (const item of node.items) {
        const dash = this.#dashBefore(item.range.start);
        if (dash === undefined) {
          this.failed = true;
          return;
        }
        this.#begins(dash, column);
        const nested = (item.kind === 'map' || item.kind === 'list') && !item.flow;
        if (!nested) this.#begins(item.range.start, column + unit, dash);
        this.node(item, column + unit);
      }
    } else {
      const first = this.#document.positionAt(node.range.start).line;
      const last = this.#document.positionAt(node.range.end).line;
      for (let line = first + 1; line <= last; line++) this.continued.add(line);
    }
  }

  #dashBefore(offset: number): number | undefined {
    const { text } = this.#document;
    // The range of a nested list begins with its own dash.
    let at = offset - 1;
    while (text[at] === ' ') at--;
    return text[at] === '-' ? at : undefined;
  }

  /** `behind` is the dash that an item has to stand on one line with. */
  #begins(offset: number, to: number, behind?: number): void {
    const { line, character } = this.#document.positionAt(offset);
    if (behind !== undefined && this.#document.positionAt(behind).line !== line) return;
    const known = this.anchors.get(line);
    const anchor = { from: character, to };
    if (known) known.push(anchor);
    else this.anchors.set(line, [anchor]);
  }
}
