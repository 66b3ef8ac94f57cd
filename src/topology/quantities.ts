/**
 * Quantities with units, as a topology file writes them, and back to text for people.
 *
 * Durations become milliseconds, sizes bytes, rates bytes per second, shares 0 to 1, times of day
 * milliseconds since midnight.
 */

/** A quantity that was read, or why it was not. */
export type Quantity =
  | { readonly ok: true; readonly value: number }
  | {
      readonly ok: false;
      /** What is wrong, and what would be accepted. */
      readonly message: string;
      /** What may have been meant, best first. */
      readonly suggestions: readonly string[];
    };

type Units = Readonly<Record<string, number>>;

const durationUnits: Units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

const binaryUnits: Units = {
  PiB: 2 ** 50,
  TiB: 2 ** 40,
  GiB: 2 ** 30,
  MiB: 2 ** 20,
  KiB: 2 ** 10,
  B: 1,
};
const decimalUnits: Units = { PB: 1e15, TB: 1e12, GB: 1e9, MB: 1e6, kB: 1e3, KB: 1e3 };
const sizeUnits: Units = { ...binaryUnits, ...decimalUnits };

const bitUnits: Units = {
  'Tbit/s': 1e12 / 8,
  'Gbit/s': 1e9 / 8,
  'Mbit/s': 1e6 / 8,
  'kbit/s': 1e3 / 8,
  'Kbit/s': 1e3 / 8,
  'bit/s': 1 / 8,
};
const rateUnits: Units = {
  ...Object.fromEntries(Object.entries(sizeUnits).map(([unit, bytes]) => [`${unit}/s`, bytes])),
  ...bitUnits,
};

/** What people write for a unit, in lower case, and the unit that they most likely mean. */
const durationSynonyms: Readonly<Record<string, string>> = {
  day: 'd',
  days: 'd',
  hour: 'h',
  hours: 'h',
  hr: 'h',
  hrs: 'h',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  msec: 'ms',
  millis: 'ms',
  milliseconds: 'ms',
};
const sizeSynonyms: Readonly<Record<string, string>> = {
  k: 'KiB',
  m: 'MiB',
  g: 'GiB',
  t: 'TiB',
  p: 'PiB',
  ki: 'KiB',
  mi: 'MiB',
  gi: 'GiB',
  ti: 'TiB',
  pi: 'PiB',
  byte: 'B',
  bytes: 'B',
};
const rateSynonyms: Readonly<Record<string, string>> = {
  bps: 'bit/s',
  kbps: 'kbit/s',
  mbps: 'Mbit/s',
  gbps: 'Gbit/s',
  tbps: 'Tbit/s',
  'kb/s': 'kB/s',
  'kbits/s': 'kbit/s',
  'mbits/s': 'Mbit/s',
  'gbits/s': 'Gbit/s',
  kbit: 'kbit/s',
  mbit: 'Mbit/s',
  gbit: 'Gbit/s',
};

/** The longest text that is looked at: real quantities are far shorter. */
const longest = 64;
const number = String.raw`\d+(?:\.\d+)?`;

/** What a duration looks like: units from large to small, each at most once. */
export const durationPattern = new RegExp(
  `^(?=\\d)(?:${number}d)?(?:${number}h)?(?:${number}m)?(?:${number}s)?(?:${number}ms)?$`,
);
/** A duration that may be negative: a time offset before a drill's start. */
export const offsetPattern = new RegExp(
  `^-?(?=\\d)(?:${number}d)?(?:${number}h)?(?:${number}m)?(?:${number}s)?(?:${number}ms)?$`,
);
export const sizePattern = new RegExp(`^${number}(?:[KMGTP]iB|[kKMGTP]?B)$`);
export const ratePattern = new RegExp(`^${number}(?:[KMGTP]iB|[kKMGTP]?B|[kKMGT]?bit)/s$`);
export const percentPattern = new RegExp(`^${number}%$`);
export const timeOfDayPattern = /^(?:[01]?\d|2[0-3]):[0-5]\d$|^24:00$/;

/** Reads `500ms`, `90m` or `1h20m` as milliseconds. */
export function parseDuration(text: string): Quantity {
  if (text.length <= longest && durationPattern.test(text)) return sum(text, 'duration');
  return refused(text, 'A duration', '500ms, 5s, 90m, 4h, 30d or 1h20m', durationMeant(text));
}

/** Reads a duration that may be negative (`-10m`: ten minutes before a drill's start). */
export function parseOffset(text: string): Quantity {
  if (text.length <= longest && offsetPattern.test(text)) {
    const length = sum(text.replace('-', ''), 'duration');
    return length.ok && text.startsWith('-') ? { ok: true, value: -length.value } : length;
  }
  const negative = text.startsWith('-');
  const meant = durationMeant(negative ? text.slice(1) : text);
  return refused(
    text,
    'A time offset',
    '0, 90m, 1h20m or -10m',
    negative ? meant.map((suggestion) => `-${suggestion}`) : meant,
  );
}

function durationMeant(text: string): string[] {
  const parts = [...text.slice(0, longest).matchAll(/(\d+(?:\.\d+)?)\s*([a-zA-Z]*)/g)];
  if (parts.length === 0) return [];
  if (parts.length === 1 && parts[0]?.[2] === '') return meant(text, durationUnits, {}, 'smh');
  const fixed = parts.map(([, amount, unit]) => {
    const known = unitMeant(unit ?? '', durationUnits, durationSynonyms);
    return known === undefined || amount === undefined ? undefined : amount + known;
  });
  const joined = fixed.join('');
  return !fixed.includes(undefined) && durationPattern.test(joined) ? [joined] : [];
}

/** Reads `64KiB`, `40GiB` or `12.5GB` as bytes, rounded to whole ones. */
export function parseSize(text: string): Quantity {
  if (text.length <= longest && sizePattern.test(text)) {
    const read = single(text, sizeUnits, 'size');
    return read.ok ? { ok: true, value: Math.round(read.value) } : read;
  }
  return refused(
    text,
    'A size',
    '512B, 64KiB, 40GiB or 12.5GB',
    meant(text, sizeUnits, sizeSynonyms, ['GiB', 'MiB']),
  );
}

/** Reads `2MiB/s` or `100Mbit/s` as bytes per second. */
export function parseRate(text: string): Quantity {
  if (text.length <= longest && ratePattern.test(text)) return single(text, rateUnits, 'rate');
  const suggestions = meant(text, rateUnits, rateSynonyms, ['Mbit/s', 'MiB/s']);
  const size = meant(text, sizeUnits, sizeSynonyms, []).map((meantSize) => `${meantSize}/s`);
  return refused(
    text,
    'A rate',
    '2MiB/s or 100Mbit/s',
    suggestions.length > 0 ? suggestions : size,
  );
}

/** Reads `75%` as 0.75. More than 100 % is read as such; who takes it says what it allows. */
export function parsePercent(text: string): Quantity {
  if (text.length <= longest && percentPattern.test(text)) {
    return { ok: true, value: Number(text.slice(0, -1)) / 100 };
  }
  const amount = /^\s*(\d+(?:\.\d+)?)\s*(?:%|percent|pct)?\s*$/i.exec(text.slice(0, longest))?.[1];
  return refused(text, 'A share', '75%', amount === undefined ? [] : [`${amount}%`]);
}

/** Reads `08:00` as milliseconds since midnight; `24:00` is the end of the day. */
export function parseTimeOfDay(text: string): Quantity {
  if (timeOfDayPattern.test(text)) {
    const [hours, minutes] = text.split(':');
    return { ok: true, value: (Number(hours) * 60 + Number(minutes)) * 60_000 };
  }
  const match = /^\s*(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?\s*$/i.exec(text);
  const hour = Number(match?.[1]) + (match?.[3]?.toLowerCase() === 'pm' ? 12 : 0);
  const near = `${String(hour).padStart(2, '0')}:${match?.[2] ?? '00'}`;
  return refused(text, 'A time of day', '08:00', timeOfDayPattern.test(near) ? [near] : []);
}

function sum(text: string, what: string): Quantity {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    total += Number(amount) * (durationUnits[unit ?? ''] ?? Number.NaN);
  }
  return exact(total, text, what);
}

function single(text: string, units: Units, what: string): Quantity {
  const unit = text.replace(/^[\d.]+/, '');
  const amount = Number(text.slice(0, text.length - unit.length));
  return exact(amount * (units[unit] ?? Number.NaN), text, what);
}

function exact(value: number, text: string, what: string): Quantity {
  if (value <= Number.MAX_SAFE_INTEGER) return { ok: true, value };
  return { ok: false, message: `The ${what} ${text} is too large to count with.`, suggestions: [] };
}

function refused(
  text: string,
  what: string,
  accepted: string,
  suggestions: readonly string[],
): Quantity {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  const bare = /^\s*\d+(?:\.\d+)?\s*$/.test(text);
  const problem = bare ? `"${shown}" has no unit.` : `"${shown}" cannot be read.`;
  return { ok: false, message: `${problem} ${what} is written like ${accepted}.`, suggestions };
}

/** The unit itself, the same in another case, or what the word stands for. */
function unitMeant(
  unit: string,
  units: Units,
  synonyms: Readonly<Record<string, string>>,
): string | undefined {
  if (Object.hasOwn(units, unit)) return unit;
  const lower = unit.toLowerCase();
  const other = Object.keys(units).find((known) => known.toLowerCase() === lower);
  return other ?? (Object.hasOwn(synonyms, lower) ? synonyms[lower] : undefined);
}

function meant(
  text: string,
  units: Units,
  synonyms: Readonly<Record<string, string>>,
  unitsOfBareNumbers: Iterable<string>,
): string[] {
  const match = /^\s*(\d+(?:[.,]\d+)?)\s*([a-zA-Z/]*)\s*$/.exec(text.slice(0, longest));
  if (match?.[1] === undefined) return [];
  const amount = match[1].replace(',', '.');
  const unit = match[2] ?? '';
  if (unit === '') return [...unitsOfBareNumbers].map((bare) => amount + bare);
  const known = unitMeant(unit, units, synonyms);
  return known === undefined ? [] : [amount + known];
}

/** `1h20m`, `5s`, `-10m`: reads back as what it was, to the millisecond. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.round(Math.abs(milliseconds));
  if (rest === 0) return '0s';
  let text = milliseconds < 0 ? '-' : '';
  for (const [unit, length] of Object.entries(durationUnits)) {
    const amount = Math.floor(rest / length);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * length;
  }
  return text;
}

/** `40GiB`, `12.5GB`: exact where two decimals allow it, otherwise rounded to two of them. */
export function formatSize(bytes: number): string {
  return (
    inUnits(bytes, binaryUnits, true) ??
    inUnits(bytes, decimalUnits, true) ??
    inUnits(bytes, binaryUnits, false) ??
    `${Math.round(bytes)}B`
  );
}

/** `100Mbit/s`, `2MiB/s`: exact where two decimals allow it, otherwise rounded to two of them. */
export function formatRate(bytesPerSecond: number): string {
  const bits = inUnits(bytesPerSecond, bitUnits, true);
  return bits ?? `${formatSize(bytesPerSecond)}/s`;
}

/** `75%`, `0.5%`. */
export function formatPercent(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}

function inUnits(value: number, units: Units, exactly: boolean): string | undefined {
  for (const [unit, size] of Object.entries(units)) {
    if (value < size) continue;
    const amount = Number((value / size).toFixed(2));
    if (!exactly || amount * size === value) return `${amount}${unit}`;
    // A smaller unit may hold a large number exactly, but nobody reads 1572864001B.
    if (value / size >= 1000) return undefined;
  }
  return undefined;
}
