/**
 * The leaves of the language: values that are written as one YAML scalar.
 *
 * A leaf is a zod schema (so that the JSON Schema and `safeParse` know it) and a reader with messages
 * for people (which the file's reader in `read.ts` calls without the detour).
 */
import { z } from 'zod';
import { nearest } from '../near-miss.ts';

/** A scalar of the file: its value, and how it stands in the text. */
export interface Written {
  readonly value: unknown;
  /** Without quotes: `6.70` where the value is the number 6.7. */
  readonly source: string;
}

export interface Fault {
  readonly rule: string;
  readonly message: string;
  readonly suggestions: readonly string[];
}

export type Reading<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export interface Leaf<T> {
  /** What it takes, to complete `… takes`: `a duration such as 5m`. */
  readonly takes: string;
  readonly read: (written: Written) => Reading<T>;
}

const leaves = new WeakMap<z.core.$ZodType, Leaf<unknown>>();

/** The leaf that a schema is; undefined for maps, lists, unions and wrappers. */
export function leafOf(schema: z.core.$ZodType): Leaf<unknown> | undefined {
  return leaves.get(schema);
}

/** What a leaf's schema shows to hover, completion and the JSON Schema. */
export interface LeafDescription {
  readonly description: string;
  readonly examples?: (string | number | boolean)[];
}

/** `input` is what may be written, as far as a JSON Schema can say it. */
export function leaf<T>(input: z.ZodType, about: LeafDescription, reader: Leaf<T>): z.ZodType<T> {
  // The JSON Schema of what may be written takes its examples from the input side.
  const schema = input
    .meta({ ...about })
    .transform((raw, context): T => {
      const reading = reader.read({ value: raw, source: String(raw) });
      if (reading.ok) return reading.value;
      const { message, ...params } = reading.fault;
      context.addIssue({ code: 'custom', message, params });
      return z.NEVER;
    })
    .meta({ description: about.description });
  leaves.set(schema, reader);
  return schema;
}

export function read<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function fault(
  rule: string,
  message: string,
  suggestions: readonly string[] = [],
): { ok: false; fault: Fault } {
  return { ok: false, fault: { rule, message, suggestions } };
}

/** The value has another YAML type than the leaf takes. */
export function wrongType(
  written: Written,
  takes: string,
  suggestions: readonly string[] = [],
): { ok: false; fault: Fault } {
  const isValue = written.value === null ? 'no value stands here' : `this is ${shown(written)}`;
  return fault('schema/wrong-type', `Expected ${takes}; ${isValue}.`, suggestions);
}

function shown({ value, source }: Written): string {
  const text = source.length > 40 ? `${source.slice(0, 40)}…` : source;
  if (typeof value === 'boolean') return `the truth value ${text}`;
  return typeof value === 'number' ? `the number ${text}` : `the text "${text}"`;
}

/** `true` or `false`. */
export function flag(description: string): z.ZodType<boolean> {
  const takes = 'true or false';
  return leaf(
    z.boolean(),
    { description },
    {
      takes,
      read: (written) => {
        if (typeof written.value === 'boolean') return read(written.value);
        const word = written.source.toLowerCase();
        if (['yes', 'on', '1'].includes(word)) return wrongType(written, takes, ['true']);
        if (['no', 'off', '0'].includes(word)) return wrongType(written, takes, ['false']);
        return wrongType(written, takes);
      },
    },
  );
}

/** One of a few words. */
export function choice<const T extends string>(
  words: readonly [T, ...T[]],
  description: string,
): z.ZodType<T> {
  const takes = `${words.slice(0, -1).join(', ')}${words.length > 1 ? ' or ' : ''}${words.at(-1) ?? ''}`;
  return leaf(
    z.enum(words),
    { description },
    {
      takes,
      read: (written) => {
        const word = words.find((candidate) => candidate === written.value);
        if (word !== undefined) return read(word);
        if (typeof written.value !== 'string') return wrongType(written, takes);
        const near = nearest(written.value, words);
        return fault(
          'schema/unknown-value',
          `"${written.value.slice(0, 60)}" is none of ${words.join(', ')}.`,
          near === undefined ? [] : [near],
        );
      },
    },
  );
}

export interface WholeNumberRange {
  readonly min: number;
  readonly max: number;
  /** What is counted, such as `bytes`; nothing where a bare number says enough. */
  readonly unit?: string;
}

/** A whole number between bounds, both included. */
export function whole(
  { min, max, unit }: WholeNumberRange,
  description: string,
  examples: number[] = [],
): z.ZodType<number> {
  const takes = `a whole number${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}`;
  const about = examples.length > 0 ? { description, examples } : { description };
  return leaf(z.int().min(min).max(max), about, {
    takes,
    read: (written) => {
      const { value, source } = written;
      if (typeof value === 'string' && /^\d{1,15}$/.test(value)) {
        return wrongType(written, takes, [value]);
      }
      if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(written, takes);
      if (value >= min && value <= max) return read(value);
      return fault('schema/out-of-range', `${source} is not ${takes}.`);
    },
  });
}

/** A text on one line. Numbers count as text, just as they are written. */
export function text(
  takes: string,
  description: string,
  examples: string[] = [],
): z.ZodType<string> {
  const about = examples.length > 0 ? { description, examples } : { description };
  return leaf(z.union([z.string().min(1), z.number()]), about, {
    takes,
    read: (written) => {
      const { value, source } = written;
      if (typeof value === 'number') return read(source);
      return typeof value === 'string' && value !== '' ? read(value) : wrongType(written, takes);
    },
  });
}

/** A text that may run over several lines. */
export function prose(description: string): z.ZodType<string> {
  return text('a text', description);
}
