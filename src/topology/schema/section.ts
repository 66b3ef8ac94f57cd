/** The branches of the language: sections with fixed keys, maps keyed by name, lists, alternatives. */
import { z } from 'zod';

/** What the reader needs to know about a branch, beside its zod schema. */
export interface Branch {
  /** `a site`, to complete `… is no key of`. */
  readonly called: string;
  /** What keys may not stand together, or must. Undefined: nothing to object to. */
  readonly check?: (keys: readonly string[]) => KeyObjection | undefined;
}

export interface KeyObjection {
  readonly message: string;
  /** The key that the objection is about; the section itself where it is about none. */
  readonly key: string | undefined;
}

const branches = new WeakMap<z.core.$ZodType, Branch>();

export function branchOf(schema: z.core.$ZodType): Branch | undefined {
  return branches.get(schema);
}

/** A map with these keys and no others. */
export function section<const S extends z.ZodRawShape>(
  called: string,
  description: string,
  shape: S,
  check?: Branch['check'],
) {
  const strict = z.strictObject(shape);
  const schema = (
    check
      ? strict.superRefine((value, context) => {
          const keys = Object.entries(value)
            .filter(([, field]) => field !== undefined)
            .map(([key]) => key);
          const objection = check(keys);
          if (objection) context.addIssue({ code: 'custom', message: objection.message });
        })
      : strict
  ).meta({ description });
  branches.set(schema, check ? { called, check } : { called });
  return schema;
}

/** Longest name of an entry, in characters. */
export const longestName = 128;
/** A name may hold anything but slashes, line breaks and spaces at its ends. */
export const namePattern = /^[^\s/\x00-\x1f\x7f](?:[^/\x00-\x1f\x7f]{0,126}[^\s/\x00-\x1f\x7f])?$/;

/** A map whose keys are names that the user gives. */
export function mapOf<V extends z.ZodType>(called: string, description: string, value: V) {
  const schema = z.record(z.string().regex(namePattern), value).meta({ description });
  branches.set(schema, { called });
  return schema;
}

export function listOf<V extends z.ZodType>(called: string, description: string, item: V) {
  const schema = z.array(item).meta({ description });
  branches.set(schema, { called });
  return schema;
}

/** Exactly two. */
export function pairOf<V extends z.ZodType>(called: string, description: string, item: V) {
  const schema = z.tuple([item, item]).meta({ description });
  branches.set(schema, { called });
  return schema;
}

/** One of several shapes, told apart by what YAML they are: a scalar, a map or a list. */
export function eitherOf<const O extends readonly [z.ZodType, z.ZodType, ...z.ZodType[]]>(
  called: string,
  description: string,
  options: O,
) {
  const schema = z.union(options).meta({ description });
  branches.set(schema, { called });
  return schema;
}
