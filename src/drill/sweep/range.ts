/** What `--sweep NAME=a..b/step` asks for: the values that a drill is run with. */
import {
  formatDuration,
  formatPercent,
  formatRate,
  formatSize,
  parseDuration,
  parsePercent,
  parseRate,
  parseSize,
  type Quantity,
} from '../../topology/quantities.ts';

export interface Sweep {
  /** `outage`, or the path of a value in the topology file. */
  readonly name: string;
  /** As a topology file writes them, in the order of the sweep. */
  readonly values: readonly SweptValue[];
}

export interface SweptValue {
  readonly text: string;
  /** In the base unit of its kind: milliseconds, bytes, bytes per second, a share or a plain number. */
  readonly value: number;
}

/** A sweep of more is refused: each value is a whole drill. */
export const mostValues = 1000;

/** The sweep cannot be read, or cannot be done with this drill. */
export class SweepError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SweepError';
  }
}

interface Kind {
  readonly parse: (text: string) => Quantity;
  readonly format: (value: number) => string;
}

const kinds: readonly Kind[] = [
  { parse: parseDuration, format: formatDuration },
  { parse: parseSize, format: formatSize },
  { parse: parseRate, format: formatRate },
  { parse: parsePercent, format: formatPercent },
  { parse: parseNumber, format: (value) => String(Number(value.toPrecision(12))) },
];

function parseNumber(text: string): Quantity {
  return /^\d+(?:\.\d+)?$/.test(text)
    ? { ok: true, value: Number(text) }
    : { ok: false, message: '', suggestions: [] };
}

const usage =
  'a sweep is written NAME=FIRST..LAST/STEP, such as outage=10m..3h/10m or links.mpls.bandwidth=5Mbit/s..50Mbit/s/5Mbit/s';

/**
 * Reads `outage=10m..3h/10m`. The last value is taken where the steps meet it.
 *
 * @throws SweepError
 */
export function readSweep(text: string): Sweep {
  const [, name, first, last, step] = /^([^=]+)=(.+?)\.\.(.+)\/(\d[^/]*(?:\/s)?)$/.exec(text) ?? [];
  if (
    name === undefined ||
    first === undefined ||
    last === undefined ||
    step === undefined ||
    name.trim() === ''
  ) {
    throw new SweepError(`“${text}” cannot be read: ${usage}.`);
  }
  for (const { parse, format } of kinds) {
    const from = parse(first);
    const to = parse(last);
    const by = parse(step);
    if (from.ok && to.ok && by.ok) {
      return { name: name.trim(), values: valuesOf(text, from.value, to.value, by.value, format) };
    }
  }
  throw new SweepError(
    `“${text}” cannot be read: ${first}, ${last} and ${step} are not three durations, sizes, rates, ` +
      'shares or numbers.',
  );
}

function valuesOf(
  text: string,
  first: number,
  last: number,
  step: number,
  format: Kind['format'],
): SweptValue[] {
  if (step === 0) throw new SweepError(`“${text}” never ends: its step is 0.`);
  const distance = Math.abs(last - first);
  // Sums of shares and rates miss their last value by a rounding error.
  const count = Math.floor(distance / step + 1e-9) + 1;
  if (count > mostValues) {
    throw new SweepError(`“${text}” has ${count} values; at most ${mostValues} are run.`);
  }
  const direction = last < first ? -1 : 1;
  return Array.from({ length: count }, (_, index) => {
    const value = first + direction * index * step;
    return { text: format(value), value };
  });
}
