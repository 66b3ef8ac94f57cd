/** Where the numbers of a field come from, as data: hover shows it, and whoever asks can look it up. */
import type { z } from 'zod';

/** What is known of a field's number beyond what its type says. */
export interface FieldNumber {
  /** The least and the most, as they are written in the file. What lies beyond is found by `rule`. */
  readonly least?: string;
  readonly most?: string;
  /** Whose numbers they are, range and default: a sentence without its full stop. */
  readonly source: string;
  /** The lint rule that judges the field; its page says more. */
  readonly rule?: string;
}

const numbers = new WeakMap<z.core.$ZodType, FieldNumber>();

/** The same schema, of which it is known where its number comes from. */
export function sourced<S extends z.ZodType>(schema: S, number: FieldNumber): S {
  numbers.set(schema, number);
  return schema;
}

/** Undefined where nothing more is known of a field than its schema says. */
export function fieldNumberOf(schema: z.core.$ZodType): FieldNumber | undefined {
  return numbers.get(schema);
}

/** What a field has when the file says nothing, as it would be written; undefined for what has no such value. */
export function writtenDefaultOf(schema: z.core.$ZodType): string | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type !== 'prefault') return undefined;
  const value: unknown = def.defaultValue;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
