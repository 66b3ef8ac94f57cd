/**
 * Reads a tree by a zod schema: what fits is kept, what does not becomes a problem at its place.
 *
 * `safeParse` says yes or no to a file as a whole. An engineer who is still typing needs the rest of
 * the file meanwhile, so this reader goes entry by entry: a bad optional field is left out, a bad
 * entry of a map or a list is left out, and a section is left out where a field that it cannot do
 * without is missing or bad. It objects to exactly what `safeParse` objects to.
 */
import type { z } from 'zod';
import type { Problem, TextRange } from './document.ts';
import { nearest } from './near-miss.ts';
import { leafOf } from './schema/leaf.ts';
import type { Leaf } from './schema/leaf.ts';
import { branchOf, longestName, namePattern } from './schema/section.ts';
import { fieldsOf, kindOf, unreadable } from './schema/shape.ts';
import type { Field } from './schema/shape.ts';
import { isEmpty, solid } from './source/tree.ts';
import type { Entry, MapNode, SolidNode, TreeNode } from './source/tree.ts';

/**
 * What was left out of a list leaves a hole, so that the others keep their indexes: iterate with
 * `forEach` or `flatMap`, which pass holes by.
 */
export interface FileReading<T> {
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
}

/** Problems that are told one by one: nobody reads more, and an editor has to show them all. */
export const mostProblems = 1000;

/** A value, or `unreadable`. */
type Outcome = unknown;

/** Where a value stands: what to underline when it is bad or incomplete, and what it is called. */
interface Spot {
  /** The key, or the item of a list; for the root its first key. */
  readonly key: TextRange;
  readonly name: string | undefined;
}

export function readTree<S extends z.ZodType>(schema: S, root: TreeNode): FileReading<z.output<S>> {
  const reader = new Reader();
  const target = solid(root);
  const first = target.kind === 'map' ? target.entries.values().next().value : undefined;
  const key = first?.keyRange ?? firstLine(target.range);
  const value = reader.read(schema, root, { key, name: undefined });
  return {
    value: value === unreadable ? undefined : (value as z.output<S>),
    problems: reader.problems,
  };
}

function firstLine(range: TextRange): TextRange {
  return { start: range.start, end: Math.min(range.end, range.start + 1) };
}

class Reader {
  readonly problems: Problem[] = [];

  read(schema: z.core.$ZodType, node: TreeNode, spot: Spot): Outcome {
    const leaf = leafOf(schema);
    if (leaf) return this.leaf(leaf, node, spot);
    const { def } = (schema as z.core.$ZodTypes)._zod;
    switch (def.type) {
      case 'optional':
      case 'prefault':
        return this.read(def.innerType, node, spot);
      case 'object':
        return this.section(schema, fieldsOf(schema, def.shape), node, spot);
      case 'record':
        return this.named(schema, def.valueType, node, spot);
      case 'array':
        return this.list(schema, def.element, node, spot);
      case 'tuple':
        return this.tuple(schema, def.items, node, spot);
      case 'union':
        return this.union(schema, def.options, node, spot);
      default:
        throw new Error(`The topology language has no reader for zod's ${def.type}.`);
    }
  }

  private leaf(leaf: Leaf<unknown>, node: TreeNode, spot: Spot): Outcome {
    const target = solid(node);
    if (target.kind !== 'scalar') return this.wrongType(leaf.takes, node, spot);
    if (isEmpty(target)) return this.noValue(leaf.takes, spot);
    const reading = leaf.read(target);
    if (reading.ok) return reading.value;
    this.push({ ...reading.fault, range: node.range });
    return unreadable;
  }

  private section(
    schema: z.core.$ZodType,
    fields: ReadonlyMap<string, Field>,
    node: TreeNode,
    spot: Spot,
  ): Outcome {
    const called = branchOf(schema)?.called ?? 'a section';
    const map = this.map(called, node, spot);
    if (!map) return unreadable;
    for (const entry of map.entries.values()) {
      if (!fields.has(entry.key)) this.unknownKey(entry, called, fields, map);
    }
    const result: Record<string, unknown> = {};
    let complete = true;
    for (const [key, field] of fields) {
      const { instead } = field;
      const entry = map.entries.get(key);
      const value = entry ? this.field(field, entry) : instead;
      if (value !== unreadable) {
        if (value !== undefined) result[key] = value;
        continue;
      }
      if (!entry) this.missing(key, called, spot);
      if (instead === unreadable) complete = false;
      else if (instead !== undefined) result[key] = instead;
    }
    return this.checked(schema, map, spot) && complete ? result : unreadable;
  }

  private field({ schema, instead, isBranch }: Field, entry: Entry): Outcome {
    // `hosts:` with nothing behind it is a section that somebody is about to fill.
    if (isBranch && instead !== unreadable && isEmpty(solid(entry.value))) return instead;
    return this.read(schema, entry.value, { key: entry.keyRange, name: entry.key });
  }

  private checked(schema: z.core.$ZodType, map: MapNode, spot: Spot): boolean {
    const objection = branchOf(schema)?.check?.([...map.entries.keys()]);
    if (!objection) return true;
    const entry = objection.key === undefined ? undefined : map.entries.get(objection.key);
    this.add('schema/bad-combination', objection.message, entry?.keyRange ?? spot.key);
    return false;
  }

  private named(
    schema: z.core.$ZodType,
    value: z.core.$ZodType,
    node: TreeNode,
    spot: Spot,
  ): Outcome {
    const map = this.map(branchOf(schema)?.called ?? 'a map', node, spot);
    if (!map) return unreadable;
    const result = Object.create(null) as Record<string, unknown>;
    for (const entry of map.entries.values()) {
      if (!this.nameIsGood(entry)) continue;
      const outcome = this.read(value, entry.value, { key: entry.keyRange, name: entry.key });
      if (outcome !== unreadable) result[entry.key] = outcome;
    }
    return result;
  }

  private nameIsGood(entry: Entry): boolean {
    if (namePattern.test(entry.key)) return true;
    const message = entry.key.includes('/')
      ? 'A name has no slash: slashes separate names, as in Site/host.'
      : entry.key.length > longestName
        ? `A name has at most ${longestName} characters.`
        : 'A name has no spaces at its ends, no line breaks, and is not empty.';
    this.add('schema/bad-name', message, entry.keyRange);
    return false;
  }

  private list(
    schema: z.core.$ZodType,
    element: z.core.$ZodType,
    node: TreeNode,
    spot: Spot,
  ): Outcome {
    const items = this.items(branchOf(schema)?.called ?? 'a list', node, spot);
    if (!items) return unreadable;
    const result: unknown[] = [];
    result.length = items.length;
    items.forEach((item, index) => {
      const outcome = this.item(element, item);
      if (outcome !== unreadable) result[index] = outcome;
    });
    return result;
  }

  private tuple(
    schema: z.core.$ZodType,
    elements: readonly z.core.$ZodType[],
    node: TreeNode,
    spot: Spot,
  ): Outcome {
    const called = branchOf(schema)?.called ?? 'a list';
    const items = this.items(called, node, spot);
    if (!items) return unreadable;
    if (items.length !== elements.length) {
      const message = `Expected ${called}: ${elements.length} of them, not ${items.length}.`;
      this.add('schema/wrong-type', message, node.range);
      return unreadable;
    }
    const outcomes = items.map((item, index) => this.item(elements[index] ?? schema, item));
    return outcomes.includes(unreadable) ? unreadable : outcomes;
  }

  private item(element: z.core.$ZodType, item: TreeNode): Outcome {
    return this.read(element, item, { key: itemMark(item), name: undefined });
  }

  private union(
    schema: z.core.$ZodType,
    options: readonly z.core.$ZodType[],
    node: TreeNode,
    spot: Spot,
  ): Outcome {
    const { kind } = solid(node);
    const option = options.find((candidate) => kindOf(candidate) === kind);
    if (option) return this.read(option, node, spot);
    return this.wrongType(branchOf(schema)?.called ?? 'something else', node, spot);
  }

  private map(called: string, node: TreeNode, spot: Spot): MapNode | undefined {
    const target = solid(node);
    if (target.kind === 'map') return target;
    if (isEmpty(target))
      return { kind: 'map', range: target.range, flow: false, entries: new Map() };
    this.wrongType(`${called}, which is a map`, node, spot);
    return undefined;
  }

  private items(called: string, node: TreeNode, spot: Spot): readonly TreeNode[] | undefined {
    const target = solid(node);
    if (target.kind === 'list') return target.items;
    if (isEmpty(target)) return [];
    this.wrongType(`${called}, which stands in [ ]`, node, spot);
    return undefined;
  }

  private unknownKey(
    entry: Entry,
    called: string,
    fields: ReadonlyMap<string, Field>,
    map: MapNode,
  ): void {
    if (this.problems.length > mostProblems) return;
    const free = [...fields.keys()].filter((key) => !map.entries.has(key));
    const near = nearest(entry.key, free);
    const shown = entry.key.length > 60 ? `${entry.key.slice(0, 60)}…` : entry.key;
    const hint =
      entry.key === '<<'
        ? ' Merge keys are not part of YAML 1.2.'
        : near === undefined
          ? ''
          : ` Did you mean "${near}"?`;
    const message = `"${shown}" is not a key of ${called}.${hint}`;
    const suggestions = near === undefined ? [] : [near];
    this.push({ rule: 'schema/unknown-key', message, range: entry.keyRange, suggestions });
  }

  private missing(key: string, called: string, spot: Spot): void {
    const owner = spot.name === undefined ? capitalized(called) : `"${spot.name}"`;
    const kind = spot.name === undefined ? '' : `, ${called},`;
    this.add('schema/missing-key', `${owner}${kind} needs "${key}".`, spot.key);
  }

  private noValue(takes: string, spot: Spot): Outcome {
    const what = spot.name === undefined ? 'This' : `"${spot.name}"`;
    this.add('schema/wrong-type', `${what} has no value; expected ${takes}.`, spot.key);
    return unreadable;
  }

  private wrongType(takes: string, node: TreeNode, spot: Spot): Outcome {
    const target = solid(node);
    if (isEmpty(target)) return this.noValue(takes, spot);
    const message = `Expected ${takes}; this is ${described(target)}.`;
    // A whole section underlined would bury the file; its key says enough.
    const range = target.kind === 'map' && !target.flow ? spot.key : node.range;
    this.add('schema/wrong-type', message, range);
    return unreadable;
  }

  private add(rule: string, message: string, range: TextRange): void {
    this.push({ rule, message, range, suggestions: [] });
  }

  private push(problem: Problem): void {
    if (this.problems.length < mostProblems) {
      this.problems.push(problem);
    } else if (this.problems.length === mostProblems) {
      const message = `From here on, problems are not listed: there are more than ${mostProblems}.`;
      const { range } = problem;
      this.problems.push({ rule: 'schema/too-many-problems', message, range, suggestions: [] });
    }
  }
}

/** What to underline for a list item as a whole: a short one itself, a long one its first key. */
function itemMark(item: TreeNode): TextRange {
  if (item.kind !== 'map' || item.flow) return item.range;
  return item.entries.values().next().value?.keyRange ?? item.range;
}

function described(node: SolidNode): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return 'a list';
  const source = node.source.length > 40 ? `${node.source.slice(0, 40)}…` : node.source;
  if (node.value === null) return 'nothing';
  return typeof node.value === 'string' ? `the text "${source}"` : source;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
