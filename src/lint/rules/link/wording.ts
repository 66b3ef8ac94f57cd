/** Bandwidths as lines are sold. */

/** At least that many bytes per second, in whole Mbit/s: `168Mbit/s`. */
export function megabits(bytesPerSecond: number): string {
  // What is whole but for the rounding of floating point is not one more.
  return `${Math.ceil(Number(((bytesPerSecond * 8) / 1e6).toFixed(6)))}Mbit/s`;
}

/** That many bytes per second, with at most one decimal: `16.8Mbit/s`. */
export function exactMegabits(bytesPerSecond: number): string {
  return `${Number(((bytesPerSecond * 8) / 1e6).toFixed(1))}Mbit/s`;
}
