/** Plain data as YAML text, the way people write topologies. */

/** What can be written into a file. */
export type Plain =
  string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** Longest line that a flow map may make. */
const widest = 100;
/** A flow map with more entries than this is hard to read. */
const mostFlowEntries = 5;

/** Starts like a word or a path, holds nothing that YAML gives a meaning, ends without a space. */
const plainText = /^(?:[\p{L}\p{N}_]|\.\/)(?:[\p{L}\p{N}_./%+() -]*[\p{L}\p{N}_./%+)-])?$/u;
const otherThanText =
  /^(?:null|true|false|[-+]?(?:0o[0-7]+|0x[\da-f]+|(?:\.\d+|\d+\.?\d*)(?:e[-+]?\d+)?|\.inf|\.nan))$/i;

/** A scalar that reads back as exactly this value, inside and outside of `{ }`. */
export function renderScalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  if (plainText.test(value) && !otherThanText.test(value)) return value;
  // JSON's strings are YAML's double-quoted ones, but for characters that YAML does not take raw.
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** On one line: `{ a: 1, b: [x, y] }`. */
export function renderFlow(value: Plain): string {
  if (isList(value)) return `[${value.map(renderFlow).join(', ')}]`;
  if (!isMap(value)) return renderScalar(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  return `{ ${entries.map(([key, entry]) => `${renderScalar(key)}: ${renderFlow(entry)}`).join(', ')} }`;
}

export interface BlockStyle {
  /** Column of the line that the value hangs below. */
  readonly column: number;
  /** Columns by which what is nested moves to the right. */
  readonly unit: number;
  readonly newline: string;
  /** What the value's siblings look like; undefined: whatever reads best. */
  readonly flow: boolean | undefined;
}

/** What stands behind `key:`, with the space or line break before it. */
export function renderBehindKey(value: Plain, key: string, style: BlockStyle): string {
  if (!isCollection(value) || isInline(value, style.column + key.length + 2, style.flow)) {
    return ` ${renderFlow(value)}`;
  }
  const column = style.column + style.unit;
  return `${style.newline}${' '.repeat(column)}${renderBlock(value, { ...style, column })}`;
}

/** What stands behind the `- ` of a list item. */
export function renderItem(value: Plain, style: BlockStyle): string {
  const column = style.column + 2;
  if (!isCollection(value) || isInline(value, column, style.flow)) return renderFlow(value);
  return renderBlock(value, { ...style, column });
}

/** Over several lines; the first one is not indented, the others to `style.column`. */
function renderBlock(value: Collection, style: BlockStyle): string {
  const inner = { ...style, flow: undefined };
  const separator = `${style.newline}${' '.repeat(style.column)}`;
  if (isList(value)) return value.map((item) => `- ${renderItem(item, inner)}`).join(separator);
  return Object.entries(value)
    .map(([key, entry]) => {
      const name = renderScalar(key);
      return `${name}:${renderBehindKey(entry, name, inner)}`;
    })
    .join(separator);
}

type Collection = Extract<Plain, object>;

function isCollection(value: Plain): value is Collection {
  return typeof value === 'object' && value !== null;
}

export function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

function isMap(value: Plain): value is Exclude<Collection, readonly Plain[]> {
  return isCollection(value) && !isList(value);
}

/** Whether a collection goes on one line: as its siblings do, or where it is flat and short. */
function isInline(value: Collection, column: number, flow: boolean | undefined): boolean {
  const parts = isList(value) ? value : Object.values(value);
  if (parts.length === 0) return true;
  if (flow !== undefined) return flow;
  const flat = parts.every((part) => !isCollection(part));
  return flat && parts.length <= mostFlowEntries && column + renderFlow(value).length <= widest;
}
