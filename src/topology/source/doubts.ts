/**
 * Has the YAML parser read what the reader by lines left out. The parser gets a text of what is in
 * doubt, what it stands in and what stands next to it; all the rest is left out, and put in again from
 * what was read by lines. So a file of any length with one unfinished line is read in no time.
 */
import type { Problem, TextRange } from '../document.ts';
import { build, type Built } from './build.ts';
import { compose, mostSyntaxProblems, mostTokens } from './compose.ts';
import type { Doubtful, LineReading, Part } from './line-reader.ts';
import { isUnclosedQuote } from './syntax.ts';
import type { Entry, ListNode, MapNode, TreeNode } from './tree.ts';

/** Anchors and aliases, whose meaning does not end with the part that they stand in. */
const anchored = /(?:^|[\s,[{:-])[&*]/m;
/** What the parser says of a text as a whole; it says so with all of the text in view. */
const ofTheWhole: ReadonlySet<string> = new Set([
  'yaml/too-deep',
  'yaml/too-large',
  'yaml/several-documents',
  'yaml/alias',
  'yaml/duplicate-key',
]);

/** Undefined where what is in doubt cannot be told apart from the rest of the text. */
export function readDoubts(
  reading: LineReading,
  text: string,
  lineOf: (offset: number) => number,
): Built | undefined {
  const { root, doubts, doubtful, words } = reading;
  if (reading.problems.length > 0) return undefined;
  if (doubts.some(({ start, end }) => anchored.test(text.slice(start, end)))) return undefined;
  const excerpt = new Excerpt(text, doubtful);
  excerpt.keep(root, 0, text.length);
  const shorter = excerpt.text;
  if (words + 2 * shorter.length > mostTokens) return undefined;
  const lineOfShorter = (offset: number): number => lineOf(excerpt.placeOf(offset));
  const composed = compose(shorter, lineOfShorter);
  const built = build(composed.contents, shorter, lineOfShorter);
  const found = [...composed.problems, ...built.problems];
  if (found.length >= mostSyntaxProblems || !built.root) return undefined;
  if (found.some((problem) => ofTheWhole.has(problem.rule) || isUnclosedQuote(problem))) {
    return undefined;
  }
  const problems = found.map((problem): Problem => ({
    ...problem,
    range: excerpt.rangeOf(problem.range),
  }));
  // A mistake that the parser notices only behind its part may have led it astray for longer.
  const areInDoubt = problems.every(({ range }) =>
    doubts.some(({ start, end }) => start <= range.start && range.end <= end),
  );
  const whole = areInDoubt ? new Restoration(excerpt).restored(built.root) : undefined;
  return whole && { root: whole, problems };
}

/** A block of which something is left out. */
interface Shortened {
  readonly node: MapNode | ListNode;
  /** Values of the entries or items that are not in the excerpt. */
  readonly omitted: ReadonlySet<TreeNode>;
  /** Where the values begin that are, but for those in doubt. */
  readonly kept: readonly number[];
  readonly inDoubt: boolean;
}

interface Segment {
  readonly start: number;
  end: number;
  /** Where it begins in the excerpt. */
  readonly at: number;
}

class Excerpt {
  /** By where they begin in the whole text. */
  readonly shortened = new Map<number, Shortened>();
  private readonly whole: string;
  private readonly doubtful: ReadonlyMap<TreeNode, Doubtful>;
  private readonly segments: Segment[] = [];
  private length = 0;

  constructor(whole: string, doubtful: readonly Doubtful[]) {
    this.whole = whole;
    this.doubtful = new Map(doubtful.map((each) => [each.node, each]));
  }

  get text(): string {
    return this.segments.map(({ start, end }) => this.whole.slice(start, end)).join('');
  }

  /** Where an offset into the excerpt is in the whole text. */
  placeOf(offset: number): number {
    const { segments } = this;
    let low = 0;
    let high = segments.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((segments[middle]?.at ?? 0) <= offset) low = middle;
      else high = middle;
    }
    const { start = 0, at = 0 } = segments[low] ?? {};
    return start + offset - at;
  }

  rangeOf({ start, end }: TextRange): TextRange {
    return { start: this.placeOf(start), end: this.placeOf(end) };
  }

  /** Keeps of a value what is in doubt and what is next to that; of any other, its first and last lines. */
  keep(value: TreeNode, start: number, end: number): void {
    const doubtful = this.doubtful.get(value);
    if (doubtful) this.keepDoubtful(doubtful, start, end);
    else {
      const shortened = this.keepEdges(value, start, end);
      if (shortened) this.shortened.set(value.range.start, shortened);
    }
  }

  private keepDoubtful({ node, parts }: Doubtful, start: number, end: number): void {
    this.add(start, parts[0]?.start ?? end);
    const omitted = new Set<TreeNode>();
    const kept: number[] = [];
    parts.forEach((part, index) => {
      const partEnd = parts[index + 1]?.start ?? end;
      const { value } = part;
      if (!value) this.add(part.start, partEnd);
      else if (index === 0 || this.isNearDoubt(parts, index)) {
        this.keep(value, part.start, partEnd);
        kept.push(value.range.start);
      } else omitted.add(value);
    });
    this.shortened.set(node.range.start, { node, omitted, kept, inDoubt: true });
  }

  private isNearDoubt(parts: readonly Part[], index: number): boolean {
    return [index - 1, index, index + 1].some((each) => {
      const part = parts[each];
      return part && (!part.value || this.doubtful.has(part.value));
    });
  }

  private keepEdges(value: TreeNode, start: number, end: number): Shortened | undefined {
    const values =
      value.kind === 'map' && !value.flow
        ? [...value.entries.values()].map((entry) => ({
            at: entry.keyRange.start,
            value: entry.value,
          }))
        : value.kind === 'list' && !value.flow
          ? value.items.map((item) => ({ at: item.range.start, value: item }))
          : [];
    const [first, second] = values;
    const last = values.at(-1);
    if (!first || !second || !last || value.kind === 'scalar' || value.kind === 'alias') {
      this.add(start, end);
      return undefined;
    }
    const firstStart = this.lineStart(first.at);
    this.add(start, firstStart);
    this.keepEdges(first.value, firstStart, this.lineStart(second.at));
    this.keepEdges(last.value, this.lineStart(last.at), end);
    const omitted = new Set(values.slice(1, -1).map((each) => each.value));
    const kept = [first, last].map((each) => each.value.range.start);
    return { node: value, omitted, kept, inDoubt: false };
  }

  private lineStart(at: number): number {
    return at === 0 ? 0 : this.whole.lastIndexOf('\n', at - 1) + 1;
  }

  private add(start: number, end: number): void {
    if (start >= end) return;
    const last = this.segments.at(-1);
    if (last?.end === start) last.end = end;
    else this.segments.push({ start, end, at: this.length });
    this.length += end - start;
  }
}

/** Puts what the excerpt omits back into the tree that was read from it. */
class Restoration {
  private readonly excerpt: Excerpt;
  private restoredBlocks = 0;
  private failed = false;

  constructor(excerpt: Excerpt) {
    this.excerpt = excerpt;
  }

  /** The tree of the whole text; undefined where the excerpt was read as something else than its parts. */
  restored(root: TreeNode): TreeNode | undefined {
    const whole = this.node(root);
    const all = this.restoredBlocks === this.excerpt.shortened.size;
    return this.failed || !all ? undefined : whole;
  }

  private node(node: TreeNode): TreeNode {
    const range = this.excerpt.rangeOf(node.range);
    if (node.kind === 'alias') {
      this.failed = true;
      return node;
    }
    if (node.kind === 'scalar') return { ...node, range };
    const shortened = node.flow ? undefined : this.excerpt.shortened.get(range.start);
    if (!shortened) return this.block(node, range, undefined);
    this.restoredBlocks++;
    if (shortened.node.kind !== node.kind || !this.holds(node, shortened.kept)) this.failed = true;
    if (shortened.inDoubt) return this.block(node, range, shortened);
    if (range.end !== shortened.node.range.end) this.failed = true;
    return shortened.node;
  }

  /** After a mistake the parser may take what follows for a part of something else. */
  private holds(node: MapNode | ListNode, starts: readonly number[]): boolean {
    const values =
      node.kind === 'map' ? [...node.entries.values()].map(({ value }) => value) : node.items;
    const held = new Set(values.map(({ range }) => this.excerpt.placeOf(range.start)));
    return starts.every((start) => held.has(start));
  }

  private block(
    node: MapNode | ListNode,
    range: TextRange,
    shortened: Shortened | undefined,
  ): TreeNode {
    return node.kind === 'map'
      ? this.map(node, range, shortened)
      : this.list(node, range, shortened);
  }

  private map(node: MapNode, range: TextRange, shortened: Shortened | undefined): MapNode {
    const all = [...node.entries.values()].map(({ key, keyRange, value }): Entry => ({
      key,
      keyRange: this.excerpt.rangeOf(keyRange),
      value: this.node(value),
    }));
    if (shortened?.node.kind === 'map') {
      for (const entry of shortened.node.entries.values()) {
        if (shortened.omitted.has(entry.value)) all.push(entry);
      }
      all.sort((a, b) => a.keyRange.start - b.keyRange.start);
    }
    const entries = new Map(all.map((entry) => [entry.key, entry]));
    // A key that stands twice is told with all of the text in view.
    if (entries.size < all.length) this.failed = true;
    const end = node.flow
      ? range.end
      : all.reduce(
          (most, { keyRange, value }) => Math.max(most, keyRange.end, value.range.end),
          range.start,
        );
    return { kind: 'map', range: { start: range.start, end }, flow: node.flow, entries };
  }

  private list(node: ListNode, range: TextRange, shortened: Shortened | undefined): ListNode {
    const items = node.items.map((item) => this.node(item));
    if (shortened?.node.kind === 'list') {
      items.push(...shortened.node.items.filter((item) => shortened.omitted.has(item)));
      items.sort((a, b) => a.range.start - b.range.start);
    }
    const end = node.flow ? range.end : (items.at(-1)?.range.end ?? range.start);
    return { kind: 'list', range: { start: range.start, end }, flow: node.flow, items };
  }
}
