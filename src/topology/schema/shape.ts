/** What the reader has to know of a schema without reading anything by it. */
import type { z } from 'zod';
import type { SolidNode } from '../source/tree.ts';
import { leafOf } from './leaf.ts';

/** No value can be had. */
export const unreadable = Symbol('unreadable');

const defaults = new WeakMap<z.core.$ZodType, { readonly value: unknown }>();

/** What a field has when the file says nothing; `unreadable` where it cannot be done without. */
export function absent(schema: z.core.$ZodType): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional') return undefined;
  if (def.type !== 'prefault') return unreadable;
  let known = defaults.get(schema);
  if (!known) {
    known = { value: (schema as z.ZodType).parse(undefined) };
    defaults.set(schema, known);
  }
  return known.value;
}

/** The YAML kind that a schema takes. */
export function kindOf(schema: z.core.$ZodType): SolidNode['kind'] | undefined {
  if (leafOf(schema)) return 'scalar';
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'prefault':
      return kindOf(def.innerType);
    case 'object':
    case 'record':
      return 'map';
    case 'array':
    case 'tuple':
      return 'list';
    default:
      return undefined;
  }
}

export function isBranch(schema: z.core.$ZodType): boolean {
  const kind = kindOf(schema);
  return kind === 'map' || kind === 'list';
}

/** A field of a section. */
export interface Field {
  readonly schema: z.core.$ZodType;
  /** What it has when the file says nothing; `unreadable` where it cannot be done without. */
  readonly instead: unknown;
  readonly isBranch: boolean;
}

const sections = new WeakMap<z.core.$ZodType, ReadonlyMap<string, Field>>();

/** The fields of a section by their keys, worked out once: a file has thousands of sections of a kind. */
export function fieldsOf(
  section: z.core.$ZodType,
  shape: Readonly<Record<string, z.core.$ZodType>>,
): ReadonlyMap<string, Field> {
  let fields = sections.get(section);
  if (!fields) {
    fields = new Map(
      Object.entries(shape).map(([key, schema]) => [
        key,
        { schema, instead: absent(schema), isBranch: isBranch(schema) },
      ]),
    );
    sections.set(section, fields);
  }
  return fields;
}
