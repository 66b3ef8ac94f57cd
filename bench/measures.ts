/** What is said of a set of measured values. */
export interface Measures {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError where there is nothing to say anything of. */
export function measuresOf(values: readonly number[]): Measures {
  const sorted = [...values].sort((a, b) => a - b);
  const { length } = sorted;
  const min = sorted[0];
  const max = sorted[length - 1];
  if (min === undefined || max === undefined) throw new RangeError('nothing was measured');
  const above = sorted[length >> 1] ?? max;
  const below = sorted[(length - 1) >> 1] ?? min;
  return { runs: length, median: (above + below) / 2, min, max };
}

/** How the cost grows: 1 is linear, 2 quadratic. Between the first and the last of two points or more. */
export function growthExponent(
  points: readonly { readonly size: number; readonly cost: number }[],
): number {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || first.size === last.size) {
    throw new RangeError('growth needs two sizes at least');
  }
  return Math.log(last.cost / first.cost) / Math.log(last.size / first.size);
}

/**
 * The value that so many per cent of the values do not exceed (nearest rank).
 *
 * @throws RangeError where there are no values.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('nothing was measured');
  return value;
}
