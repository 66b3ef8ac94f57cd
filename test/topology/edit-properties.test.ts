import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  appendItem,
  insertEntry,
  removeEntry,
  renameKey,
  renderScalar,
  replaceValue,
} from '../../src/topology/edit.ts';
import type { Plain, TextEdit } from '../../src/topology/edit.ts';
import type { Path, TopologyDocument } from '../../src/topology/document.ts';
import { parseDocument } from '../../src/topology/parse.ts';
import { applied } from './applied.ts';

/** Data together with how it is laid out in the file. */
type Layout =
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null }
  | { readonly kind: 'map'; readonly flow: boolean; readonly entries: readonly Part[] }
  | { readonly kind: 'list'; readonly flow: boolean; readonly items: readonly Part[] };

interface Part {
  readonly key: string;
  readonly layout: Layout;
  /** Comment lines above, and a comment on the line itself. */
  readonly above: boolean;
  readonly beside: boolean;
}

const names = fc.oneof(
  fc.constantFrom('zvm', 'hosts', 'esx-1', 'constructor', '__proto__', '1001', 'true', 'a b'),
  fc.string({ minLength: 1, maxLength: 6 }),
);
const scalars = fc.oneof(
  names,
  fc.integer({ min: -1000, max: 1000 }),
  fc.boolean(),
  fc.constant(null),
);

const { layout } = fc.letrec<{ layout: Layout; part: Part }>((tie) => ({
  layout: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars.map((value): Layout => ({ kind: 'scalar', value })),
    fc.record({
      kind: fc.constant('map' as const),
      flow: fc.boolean(),
      entries: fc.uniqueArray(tie('part'), { maxLength: 4, selector: ({ key }) => key }),
    }),
    fc.record({
      kind: fc.constant('list' as const),
      flow: fc.boolean(),
      items: fc.array(tie('part'), { maxLength: 4 }),
    }),
  ),
  part: fc.record({ key: names, layout: tie('layout'), above: fc.boolean(), beside: fc.boolean() }),
}));

class Writer {
  private comments = 0;
  private readonly newline: string;
  private readonly unit: number;

  constructor(newline: string, unit: number) {
    this.newline = newline;
    this.unit = unit;
  }

  file(root: Layout): string {
    const text = isBlock(root) ? this.block(root, 0) : this.flow(root);
    return `${this.comment()}${this.newline}${text}${this.newline}${this.comment()}`;
  }

  private comment(): string {
    return `# comment ${++this.comments}.`;
  }

  private flow(layout: Layout): string {
    if (layout.kind === 'scalar') return renderScalar(layout.value);
    if (layout.kind === 'list') {
      return `[${layout.items.map((item) => this.flow(item.layout)).join(', ')}]`;
    }
    const entries = layout.entries.map(
      (part) => `${renderScalar(part.key)}: ${this.flow(part.layout)}`,
    );
    return `{ ${entries.join(', ')} }`;
  }

  /** Lines at a column, the first one without its indentation. */
  private block(layout: Layout, column: number): string {
    const indent = `${this.newline}${' '.repeat(column)}`;
    const parts =
      layout.kind === 'map' ? layout.entries : layout.kind === 'list' ? layout.items : [];
    return parts
      .map((part, index) => {
        const above = part.above && index > 0 ? `${this.comment()}${indent}` : '';
        const lead = layout.kind === 'map' ? `${renderScalar(part.key)}:` : '-';
        return above + lead + this.behind(part, column, layout.kind === 'map');
      })
      .join(indent);
  }

  private behind(part: Part, column: number, isEntry: boolean): string {
    const beside = part.beside ? ` ${this.comment()}` : '';
    if (!isBlock(part.layout)) return ` ${this.flow(part.layout)}${beside}`;
    if (!isEntry) return ` ${this.block(part.layout, column + 2)}`;
    const inner = column + this.unit;
    return `${beside}${this.newline}${' '.repeat(inner)}${this.block(part.layout, inner)}`;
  }
}

function isBlock(layout: Layout): boolean {
  if (layout.kind === 'scalar' || layout.flow) return false;
  return (layout.kind === 'map' ? layout.entries : layout.items).length > 0;
}

const files = fc
  .tuple(layout, fc.constantFrom('\n', '\r\n'), fc.constantFrom(2, 4))
  .filter(([root]) => root.kind === 'map')
  .map(([root, newline, unit]) => new Writer(newline, unit).file(root));

type Data = null | boolean | number | string | Data[] | { [key: string]: Data };

/** A deep copy without prototypes, to be changed as the text is. */
function copyOf(value: unknown): Data {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value as Data;
  const copy = Object.create(null) as Record<string, Data>;
  for (const [key, entry] of Object.entries(value)) copy[key] = copyOf(entry);
  return copy;
}

interface Place {
  readonly path: Path;
  readonly value: Data;
}

/** Every place of the data that is of a kind. */
function places(value: Data, path: Path = []): Place[] {
  const below: Place[] = [];
  if (Array.isArray(value))
    value.forEach((item, index) => below.push(...places(item, [...path, index])));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) below.push(...places(entry, [...path, key]));
  }
  return [{ path, value }, ...below];
}

function at(value: Data, path: Path): Data {
  return path.reduce<Data>(
    (inner, key) => (inner as Record<string | number, Data>)[key] ?? null,
    value,
  );
}

function commentsOf(text: string): string[] {
  return text.match(/# comment \d+\./g) ?? [];
}

/** Each comment with the word that its line begins with: it has not moved to another entry. */
function anchoredComments(text: string): string[] {
  return text
    .split(/\r?\n/)
    .flatMap((line) =>
      commentsOf(line).map((comment) => `${/\S+/.exec(line)?.[0] ?? ''} ${comment}`),
    );
}

const plains = layout.map((drawn): Plain => dataOf(drawn) as Plain);

function dataOf(drawn: Layout): Data {
  if (drawn.kind === 'scalar') return drawn.value;
  if (drawn.kind === 'list') return drawn.items.map((item) => dataOf(item.layout));
  const map = Object.create(null) as Record<string, Data>;
  for (const part of drawn.entries) map[part.key] = dataOf(part.layout);
  return map;
}

function isMap(value: Data): value is Record<string, Data> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Makes the edit and compares with the same change of the data; returns the new text. */
function check(
  text: string,
  edit: (document: TopologyDocument) => readonly TextEdit[],
  expected: Data,
): string {
  const document = parseDocument(text, 'x.dr.yaml');
  assert.deepEqual(document.problems, [], text);
  const after = applied(text, edit(document));
  const reparsed = parseDocument(after, 'x.dr.yaml');
  const shown = `${text}\n=====>\n${after}`;
  assert.deepEqual(reparsed.problems, [], shown);
  assert.deepEqual(copyOf(reparsed.value), expected, shown);
  return after;
}

describe('edits of any text', () => {
  it('insertEntry changes that one value, and no comment', () => {
    fc.assert(
      fc.property(files, names, plains, fc.nat(), (text, key, value, choice) => {
        const data = copyOf(parseDocument(text, 'x').value);
        const maps = places(data).filter((place) => isMap(place.value));
        const place = maps[choice % maps.length];
        assert.ok(place);
        const map = at(data, place.path) as Record<string, Data>;
        const before = map[key];
        if (before === undefined) map[key] = copyOf(value);
        const after = check(
          text,
          (document) => insertEntry(document, place.path, key, value),
          data,
        );
        assert.deepEqual(anchoredComments(after), anchoredComments(text));
      }),
      { numRuns: 500 },
    );
  });

  it('appendItem changes that one value, and no comment', () => {
    fc.assert(
      fc.property(files, plains, fc.nat(), (text, value, choice) => {
        const data = copyOf(parseDocument(text, 'x').value);
        const lists = places(data).filter((place) => Array.isArray(place.value));
        const place = lists[choice % Math.max(1, lists.length)];
        fc.pre(place !== undefined);
        (at(data, place.path) as Data[]).push(copyOf(value));
        const after = check(text, (document) => appendItem(document, place.path, value), data);
        assert.deepEqual(anchoredComments(after), anchoredComments(text));
      }),
      { numRuns: 500 },
    );
  });

  it('replaceValue and renameKey change that one value or key, and no comment', () => {
    fc.assert(
      fc.property(files, names, fc.nat(), (text, name, choice) => {
        const data = copyOf(parseDocument(text, 'x').value);
        const leaves = places(data).filter(
          ({ path, value }) => path.length > 0 && (typeof value !== 'object' || value === null),
        );
        const place = leaves[choice % Math.max(1, leaves.length)];
        fc.pre(place !== undefined);
        const parent = at(data, place.path.slice(0, -1));
        const key = place.path.at(-1) ?? '';
        (parent as Record<string | number, Data>)[key] = name;
        const replaced = check(
          text,
          (document) => replaceValue(document, place.path, renderScalar(name)),
          data,
        );
        assert.deepEqual(commentsOf(replaced), commentsOf(text));
        if (!isMap(parent) || Object.hasOwn(parent, name)) return;
        parent[name] = name;
        Reflect.deleteProperty(parent, key);
        const renamed = check(replaced, (document) => renameKey(document, place.path, name), data);
        assert.deepEqual(commentsOf(renamed), commentsOf(text));
      }),
      { numRuns: 500 },
    );
  });

  it('removeEntry takes that one value, and no comment of the others', () => {
    fc.assert(
      fc.property(files, fc.nat(), (text, choice) => {
        const document = parseDocument(text, 'x');
        const data = copyOf(document.value);
        const inner = places(data).filter(({ path }) => path.length > 0);
        const place = inner[choice % Math.max(1, inner.length)];
        fc.pre(place !== undefined);
        const parentPath = place.path.slice(0, -1);
        const parent = at(data, parentPath);
        const key = place.path.at(-1) ?? '';
        if (Array.isArray(parent)) parent.splice(Number(key), 1);
        else Reflect.deleteProperty(parent as object, key);
        const { start, end } = document.entryRange(place.path);
        const flow = /[{[]/.test(text[document.valueRange(parentPath).start] ?? '');
        const expected = flow ? data : emptied(data, parentPath);
        const after = check(text, (current) => removeEntry(current, place.path), expected);
        const lineEnd = text.slice(end).search(/[\r\n]/);
        const own = commentsOf(text.slice(start, lineEnd < 0 ? text.length : end + lineEnd));
        const kept = commentsOf(text).filter((comment) => !own.includes(comment) || flow);
        assert.deepEqual(commentsOf(after), kept);
      }),
      { numRuns: 500 },
    );
  });
});

/** A block that loses its last entry is left empty. */
function emptied(data: Data, path: Path): Data {
  const parent = at(data, path);
  const size = typeof parent === 'object' && parent !== null ? Object.keys(parent).length : 1;
  if (size > 0) return data;
  if (path.length === 0) return undefined as unknown as Data;
  const above = at(data, path.slice(0, -1)) as Record<string | number, Data>;
  above[path.at(-1) ?? ''] = null;
  return data;
}
