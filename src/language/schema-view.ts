/** What an editor shows of the language's schema: keys, words, examples and units. */
import { z } from 'zod';
import { leafOf, type Leaf } from '../topology/schema/leaf.ts';
import { branchOf } from '../topology/schema/section.ts';
import { absent, unreadable } from '../topology/schema/shape.ts';

export type Schema = z.core.$ZodType;

/** A schema without what makes it optional. */
export function bare(schema: Schema): Schema {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'optional' || def.type === 'prefault' ? bare(def.innerType) : schema;
}

export function isRequired(schema: Schema): boolean {
  return absent(schema) === unreadable;
}

export type Shape =
  | { readonly kind: 'section'; readonly keys: Readonly<Record<string, Schema>> }
  | { readonly kind: 'map'; readonly value: Schema }
  | { readonly kind: 'list'; readonly item: Schema; readonly pair: boolean }
  | { readonly kind: 'leaf'; readonly leaf: Leaf<unknown> };

/** What may be written at a place; more than one shape where the language offers alternatives. */
export function shapesOf(schema: Schema): readonly Shape[] {
  const target = bare(schema);
  const leaf = leafOf(target);
  if (leaf) return [{ kind: 'leaf', leaf }];
  const { def } = (target as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return [{ kind: 'section', keys: def.shape }];
    case 'record':
      return [{ kind: 'map', value: def.valueType }];
    case 'array':
      return [{ kind: 'list', item: def.element, pair: false }];
    case 'tuple': {
      const [item] = def.items;
      return item ? [{ kind: 'list', item, pair: true }] : [];
    }
    case 'union':
      return def.options.flatMap((option) => shapesOf(option));
    default:
      return [];
  }
}

export function sectionKeys(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const found = shapesOf(schema).find((shape) => shape.kind === 'section');
  return found?.keys;
}

/** What a value is called, such as `a duration such as 5m` or `a site`. */
export function calledOf(schema: Schema): string | undefined {
  const target = bare(schema);
  return leafOf(target)?.takes ?? branchOf(target)?.called;
}

/** The words that may be written, such as `vsphere`, `unlimited` or `true`. */
export function wordsOf(schema: Schema): readonly string[] {
  const words = new Set<string>();
  for (const input of inputsOf(schema)) {
    const { def } = (input as z.core.$ZodTypes)._zod;
    if (def.type === 'boolean') words.add('true').add('false');
    else if (def.type === 'enum')
      Object.values(def.entries).forEach((word) => words.add(String(word)));
    else if (def.type === 'literal') def.values.forEach((word) => words.add(String(word)));
  }
  // Nothing is nothing in every unit, and nobody needs it offered.
  words.delete('0');
  if (accepts(schema, 'dhcp') && !accepts(schema, 'anything else')) words.add('dhcp');
  return [...words];
}

export function examplesOf(schema: Schema): readonly string[] {
  const examples = new Set<string>();
  for (const input of inputsOf(schema)) {
    const listed: unknown = z.globalRegistry.get(input)?.['examples'];
    for (const example of Array.isArray(listed) ? (listed as unknown[]) : []) {
      if (typeof example === 'string' || typeof example === 'number') examples.add(String(example));
    }
  }
  return [...examples];
}

/** What stands before the reader of each leaf. */
function inputsOf(schema: Schema): Schema[] {
  const target = bare(schema);
  const { def } = (target as z.core.$ZodTypes)._zod;
  if (def.type === 'pipe') return [def.in, ...inputsOf(def.in)];
  if (def.type === 'union') return def.options.flatMap((option) => [option, ...inputsOf(option)]);
  return [target];
}

/** Whether a text is a value of one of the leaves at a place. */
export function accepts(schema: Schema, source: string): boolean {
  return shapesOf(schema).some(
    (shape) => shape.kind === 'leaf' && shape.leaf.read({ value: source, source }).ok,
  );
}

/** Where the language has units: how each kind of quantity is told, and its units. */
const quantities: readonly (readonly [string, readonly string[]])[] = [
  ['1GiB', ['GiB', 'MiB', 'TiB', 'GB', 'KiB']],
  ['1MiB/s', ['MiB/s', 'Mbit/s', 'Gbit/s', 'KiB/s']],
  ['1h', ['m', 'h', 's', 'd', 'ms']],
  ['1%', ['%']],
];

/** The units of what may be written at a place; none where it takes no quantity. */
export function unitsOf(schema: Schema): readonly string[] {
  if (accepts(schema, 'anything else')) return [];
  return quantities.flatMap(([sample, units]) => (accepts(schema, sample) ? units : []));
}
