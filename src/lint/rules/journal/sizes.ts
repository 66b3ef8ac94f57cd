/** Sizes that were reckoned, as people compare them. */

const units = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;
const gib = 2 ** 30;

/** With two decimals in the largest unit that fits: `28.13GiB`. What is written is shown as written. */
export function roughly(bytes: number): string {
  for (const [unit, size] of units) {
    if (bytes >= size) return `${Number((bytes / size).toFixed(2))}${unit}`;
  }
  return `${Math.round(bytes)}B`;
}

/** The next whole GiB, so that it is never less than what was reckoned: `31GiB`. */
export function enoughGib(bytes: number): string {
  return `${Math.ceil(bytes / gib)}GiB`;
}
