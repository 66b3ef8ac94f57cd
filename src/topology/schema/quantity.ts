/** Leaves with units: durations, sizes, rates, shares, times of day. */
import { z } from 'zod';
import {
  durationPattern,
  formatDuration,
  offsetPattern,
  parseDuration,
  parseOffset,
  parsePercent,
  parseRate,
  parseSize,
  parseTimeOfDay,
  percentPattern,
  ratePattern,
  sizePattern,
  timeOfDayPattern,
} from '../quantities.ts';
import type { Quantity } from '../quantities.ts';
import { fault, leaf, read, wrongType } from './leaf.ts';
import type { Reading, Written } from './leaf.ts';

interface Kind {
  readonly takes: string;
  readonly pattern: RegExp;
  readonly parse: (text: string) => Quantity;
  readonly examples: string[];
}

const durationKind: Kind = {
  takes: 'a duration such as 5m',
  pattern: durationPattern,
  parse: parseDuration,
  examples: ['5s', '90m', '4h', '1h20m', '30d'],
};
const offsetKind: Kind = {
  takes: 'a time offset such as 1h20m',
  pattern: offsetPattern,
  parse: parseOffset,
  examples: ['0', '1h', '1h20m', '-10m'],
};
const sizeKind: Kind = {
  takes: 'a size such as 40GiB',
  pattern: sizePattern,
  parse: parseSize,
  examples: ['64KiB', '40GiB', '12.5GB'],
};
const rateKind: Kind = {
  takes: 'a rate such as 2MiB/s or 100Mbit/s',
  pattern: ratePattern,
  parse: parseRate,
  examples: ['2MiB/s', '100Mbit/s'],
};

function readQuantity(kind: Kind, written: Written): Reading<number> {
  const { value, source } = written;
  // Nothing is nothing in every unit.
  if (value === 0) return read(0);
  if (typeof value !== 'string' && typeof value !== 'number') return wrongType(written, kind.takes);
  const quantity = kind.parse(source);
  return quantity.ok
    ? read(quantity.value)
    : fault('schema/bad-quantity', quantity.message, quantity.suggestions);
}

function quantity(kind: Kind, description: string, examples = kind.examples): z.ZodType<number> {
  return leaf(
    z.union([z.string().regex(kind.pattern), z.literal(0)]),
    { description, examples },
    { takes: kind.takes, read: (written) => readQuantity(kind, written) },
  );
}

/** Milliseconds, 0 or more. */
export function duration(description: string, examples?: string[]): z.ZodType<number> {
  return quantity(durationKind, description, examples);
}

/** Milliseconds, more than 0. */
export function positiveDuration(description: string, examples?: string[]): z.ZodType<number> {
  return leaf(
    z.string().regex(durationPattern),
    { description, examples: examples ?? durationKind.examples },
    {
      takes: durationKind.takes,
      read: (written) => {
        const reading = readQuantity(durationKind, written);
        if (!reading.ok || reading.value > 0) return reading;
        return fault('schema/out-of-range', 'This has to be longer than 0.');
      },
    },
  );
}

/** Milliseconds from a drill's start; negative before it. */
export function offset(description: string, examples?: string[]): z.ZodType<number> {
  return quantity(offsetKind, description, examples);
}

/** Milliseconds from a drill's start, 0 or more. */
export function stepOffset(description: string): z.ZodType<number> {
  return leaf(
    z.union([z.string().regex(durationPattern), z.literal(0)]),
    { description, examples: ['0', '1h', '1h20m'] },
    {
      takes: offsetKind.takes,
      read: (written) => {
        const reading = readQuantity(offsetKind, written);
        if (!reading.ok || reading.value >= 0) return reading;
        const message = `A step cannot come ${formatDuration(-reading.value)} before the start; warmUp lets a drill run before offset 0.`;
        return fault('schema/out-of-range', message);
      },
    },
  );
}

/** Bytes, 0 or more. */
export function size(description: string, examples?: string[]): z.ZodType<number> {
  return quantity(sizeKind, description, examples);
}

/** Bytes, or undefined for the word `unlimited`. */
export function limit(description: string): z.ZodType<number | 'unlimited'> {
  const takes = 'a size such as 150GiB, or unlimited';
  return leaf<number | 'unlimited'>(
    z.union([z.string().regex(sizePattern), z.literal('unlimited')]),
    { description, examples: ['150GiB', 'unlimited'] },
    {
      takes,
      read: (written) => {
        if (written.value === 'unlimited') return read('unlimited');
        return readQuantity({ ...sizeKind, takes }, written);
      },
    },
  );
}

/** Bytes, or a share of a limit. */
export type SizeOrShare = { readonly bytes: number } | { readonly share: number };

export function sizeOrPercent(description: string): z.ZodType<SizeOrShare> {
  const takes = 'a size such as 100GiB or a share such as 75%';
  return leaf<SizeOrShare>(
    z.union([z.string().regex(sizePattern), z.string().regex(percentPattern)]),
    { description, examples: ['75%', '100GiB'] },
    {
      takes,
      read: (written) => {
        if (written.source.trimEnd().endsWith('%')) {
          const share = parsePercent(written.source);
          if (share.ok) return read({ share: share.value });
          return fault('schema/bad-quantity', share.message, share.suggestions);
        }
        const bytes = readQuantity({ ...sizeKind, takes }, written);
        return bytes.ok ? read({ bytes: bytes.value }) : bytes;
      },
    },
  );
}

/** Bytes per second, 0 or more. */
export function rate(description: string, examples?: string[]): z.ZodType<number> {
  return quantity(rateKind, description, examples);
}

/** A share from 0 to 1, written as a percentage, or as 0. */
export function percent(description: string, examples = ['75%']): z.ZodType<number> {
  const takes = 'a share from 0% to 100%';
  return leaf(
    z.union([z.string().regex(percentPattern), z.literal(0)]),
    { description, examples },
    {
      takes,
      read: (written) => {
        const kind = { takes, pattern: percentPattern, parse: parsePercent, examples };
        const reading = readQuantity(kind, written);
        if (!reading.ok || reading.value <= 1) return reading;
        return fault('schema/out-of-range', `${written.source} is more than 100%.`);
      },
    },
  );
}

/** Milliseconds since midnight. */
export function timeOfDay(description: string): z.ZodType<number> {
  return leaf(
    z.string().regex(timeOfDayPattern),
    { description, examples: ['08:00', '18:00'] },
    {
      takes: 'a time of day such as "08:00"',
      read: (written) => {
        const time = parseTimeOfDay(written.source);
        return time.ok
          ? read(time.value)
          : fault('schema/bad-quantity', time.message, time.suggestions);
      },
    },
  );
}
