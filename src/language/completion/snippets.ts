/** Text with tab stops for whole blocks, written from the schema: what is required, and what is usual. */
import type { Path } from '../../topology/document.ts';
import type { NameTree } from '../names/name-tree.ts';
import { roleAt, type NameKind } from '../names/roles.ts';
import {
  examplesOf,
  isRequired,
  sectionKeys,
  shapesOf,
  wordsOf,
  type Schema,
} from '../schema-view.ts';
import { renderScalar } from '../../topology/edit.ts';
import { namesInScope } from './names-in-scope.ts';

/** Fields that a new one of a kind is nothing without, though the language does not insist. */
const usual: Partial<Record<NameKind, readonly string[]>> = {
  site: ['networks', 'zvm', 'datastores', 'hosts'],
  host: ['vra'],
  link: ['latency'],
  VPG: ['vms', 'journal'],
  drill: ['describes', 'steps', 'expect'],
};
/** Fields of sections, by the field that holds them. */
const usualIn: Readonly<Record<string, readonly string[]>> = {
  journal: ['history'],
  write: ['name'],
  failoverTest: ['checkpoint'],
  failover: ['checkpoint'],
  test: ['address'],
};
/** Always over several lines, however short. */
const blocks: ReadonlySet<NameKind> = new Set(['site', 'host', 'VM', 'VPG', 'link', 'drill']);
/** More fields than this on one line are hard to read. */
const mostOnOneLine = 3;
/** More choices than this are offered by completion rather than by a tab stop. */
const mostChoices = 20;

export class SnippetWriter {
  readonly #names: NameTree;
  #stop = 0;

  constructor(names: NameTree) {
    this.#names = names;
  }

  /** An entry with a name to fill in: `${1:name}:` and what belongs below it. */
  entry(schema: Schema, path: Path, kind: NameKind, flow: boolean): string {
    const called = kind.toLowerCase().replace(/ /g, '-');
    return `\${${++this.#stop}:${called}}${this.behindKey(schema, [...path, called], flow)}`;
  }

  /** What stands behind a key: a colon and the value, which may go over several lines. */
  behindKey(schema: Schema, path: Path, flow: boolean, indent = ''): string {
    const [shape] = shapesOf(schema);
    if (!shape || shape.kind === 'leaf') return `: ${this.#leaf(schema, path)}`;
    if (shape.kind === 'list') {
      if (flow || shape.pair || shapesOf(shape.item).some(({ kind }) => kind === 'leaf')) {
        const items = shape.pair ? [0, 1] : [0];
        return `: [${items.map((index) => this.#leaf(shape.item, [...path, index])).join(', ')}]`;
      }
      return `:\n${indent}  - ${this.#item(shape.item, [...path, 0], `${indent}    `)}`;
    }
    if (shape.kind === 'map') return this.#map(shape.value, path, flow, indent);
    const keys = this.#keysOf(shape.keys, path);
    if (flow || this.#onOneLine(keys, path)) return `: ${this.#flow(keys, path)}`;
    const lines = this.#lines(keys, path, `${indent}  `);
    return `:\n${indent}  ${lines}`;
  }

  #item(schema: Schema, path: Path, indent: string): string {
    if (shapesOf(schema).some(({ kind }) => kind === 'list')) {
      return this.behindKey(schema, path, true).slice(2);
    }
    const keys = this.#keysOf(sectionKeys(schema) ?? {}, path);
    return keys.length === 0 ? `$${++this.#stop}` : this.#lines(keys, path, indent);
  }

  #map(value: Schema, path: Path, flow: boolean, indent: string): string {
    const at = [...path, 'name'];
    const kind = roleAt(at)?.kind;
    const names = namesInScope(this.#names, at, 'key');
    const [name] = names ?? [];
    const key = name === undefined ? `\${${++this.#stop}:name}` : choice(++this.#stop, names ?? []);
    const below = kind === undefined || flow ? '' : `${indent}  `;
    const entry = this.behindKey(value, [...path, name ?? 'name'], flow, below);
    return flow ? `: { ${key}${entry} }` : `:\n${indent}  ${key}${entry}`;
  }

  #keysOf(keys: Readonly<Record<string, Schema>>, path: Path): [string, Schema][] {
    const kind = roleAt(path)?.on === 'key' ? roleAt(path)?.kind : undefined;
    const wanted = kind === undefined ? usualIn[String(path.at(-1))] : usual[kind];
    return Object.entries(keys).filter(
      ([key, schema]) => isRequired(schema) || wanted?.includes(key) === true,
    );
  }

  #onOneLine(keys: readonly [string, Schema][], path: Path): boolean {
    const role = roleAt(path);
    if (role?.on === 'key' && blocks.has(role.kind)) return false;
    return (
      keys.length <= mostOnOneLine &&
      keys.every(([, schema]) => shapesOf(schema).some(({ kind }) => kind === 'leaf'))
    );
  }

  #flow(keys: readonly [string, Schema][], path: Path): string {
    if (keys.length === 0) return `{ $${++this.#stop} }`;
    const entries = keys.map(
      ([key, schema]) => `${key}${this.behindKey(schema, [...path, key], true)}`,
    );
    return `{ ${entries.join(', ')} }`;
  }

  #lines(keys: readonly [string, Schema][], path: Path, indent: string): string {
    if (keys.length === 0) return `$${++this.#stop}`;
    return keys
      .map(([key, schema]) => `${key}${this.behindKey(schema, [...path, key], false, indent)}`)
      .join(`\n${indent}`);
  }

  #leaf(schema: Schema, path: Path): string {
    const names = namesInScope(this.#names, path, 'value') ?? [];
    const stop = ++this.#stop;
    if (names.length > 0) return choice(stop, names.map(renderScalar));
    const words = wordsOf(schema);
    // Where words are exceptions (`dhcp`, `unlimited`), the usual value is the better start.
    const [example] =
      roleAt(path) === undefined ? examplesOf(schema).filter((each) => !words.includes(each)) : [];
    if (example !== undefined) return `\${${stop}:${escaped(written(schema, example))}}`;
    return words.length > 0 ? choice(stop, words) : `$${stop}`;
  }
}

/** A text as it is written for a field: digits stay a number where the field takes numbers. */
export function written(schema: Schema, text: string): string {
  const isNumber =
    /^-?\d+(?:\.\d+)?$/.test(text) &&
    shapesOf(schema).some(
      (shape) => shape.kind === 'leaf' && shape.leaf.read({ value: Number(text), source: text }).ok,
    );
  return isNumber ? text : renderScalar(text);
}

function choice(stop: number, options: readonly string[]): string {
  const [first = '', second] = options;
  if (second === undefined || options.length > mostChoices) return `\${${stop}:${escaped(first)}}`;
  return `\${${stop}|${options.map((option) => escaped(option).replace(/[,|]/g, String.raw`\$&`)).join(',')}|}`;
}

/** `$`, `}` and `\` mean something in a snippet. */
export function escaped(text: string): string {
  return text.replace(/[\\$}]/g, String.raw`\$&`);
}

/** A snippet as plain text, for an editor without tab stops. */
export function withoutStops(snippet: string): string {
  return snippet
    .replace(/\$\{\d+\|((?:\\.|[^\\,|])*)(?:\\.|[^\\|])*\|\}/g, '$1')
    .replace(/\$\{\d+:((?:\\.|[^\\}])*)\}/g, '$1')
    .replace(/\$\d+/g, '')
    .replace(/\\([\\$},|])/g, '$1');
}
