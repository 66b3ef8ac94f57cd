/**
 * The sections of the topology language, as the JSON Schema has them and as the pages show them, in one
 * shape: a path such as `sites.NAME.zvm.routes[]`, and its keys.
 */
import { topologyJsonSchema } from '../../src/topology/json-schema.ts';
import { headingsOf, proseOf, type Page } from './page.ts';

export interface Section {
  readonly path: string;
  readonly keys: ReadonlyMap<string, Key>;
}

interface Key {
  /** As it is written in a file, `required`, or undefined where the key may be left out. */
  readonly default: string | undefined;
  /** Words that it takes; on a page, all code of the row. */
  readonly words: readonly string[];
}

interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node | readonly Node[];
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Node[];
  readonly default?: unknown;
}

/** A verb's value and what a step expects have no section of their own on the pages. */
const step = 'drills.NAME.steps[]';

export function languageSections(): Section[] {
  const sections: Section[] = [];
  const walk = (node: Node, path: string): void => {
    const { properties, additionalProperties: entry, items } = node;
    if (properties && !path.startsWith(`${step}.`)) {
      const required = node.required ?? [];
      const keys = Object.entries(properties).map(([name, value]): [string, Key] => [
        name,
        {
          default: required.includes(name) ? 'required' : scalar(value.default),
          words: wordsOf(value, path === step && name !== 'expect'),
        },
      ]);
      sections.push({ path: path === '' ? 'file' : path, keys: new Map(keys) });
    }
    for (const [name, value] of Object.entries(properties ?? {})) {
      walk(value, path === '' ? name : `${path}.${name}`);
    }
    if (typeof entry === 'object') walk(entry, `${path}.NAME`);
    if (items && !Array.isArray(items)) walk(items as Node, `${path}[]`);
  };
  walk(topologyJsonSchema(), '');
  return sections;
}

/** A section that is absent counts as an empty one; only scalars are shown as defaults. */
function scalar(value: unknown): string | undefined {
  return value === undefined || typeof value === 'object'
    ? undefined
    : `${value as string | number}`;
}

function wordsOf(node: Node, withKeys: boolean): string[] {
  const own = node.enum ?? [];
  const keys = withKeys ? Object.keys(node.properties ?? {}) : [];
  return [...own, ...keys];
}

/** Sections of a page: headings that are nothing but paths, each with the tables below it. */
export function documentedSections(page: Page): Section[] {
  const lines = proseOf(page);
  const headings = headingsOf(page);
  return headings.flatMap((heading, index) => {
    if (!/^`[^`]+`(?: and `[^`]+`)*$/.test(heading.text)) return [];
    const end = headings[index + 1]?.line ?? lines.length;
    const keys = new Map(lines.slice(heading.line, end).flatMap(rowOf));
    return [...heading.text.matchAll(/`([^`]+)`/g)].map(([, path = '']) => ({ path, keys }));
  });
}

function rowOf(line: string): [string, Key][] {
  const [, first = '', value = '', fallback = '', ...rest] = line
    .split('|')
    .map((cell) => cell.trim());
  const name = /^`(\w+)`$/.exec(first)?.[1];
  if (name === undefined || rest.length < 2) return [];
  const shown = fallback === '_required_' ? 'required' : /^`(.+)`$/.exec(fallback)?.[1];
  const words = [...value.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  return [[name, { default: shown, words }]];
}
