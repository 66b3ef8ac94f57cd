/** Versions of ESX/ESXi as people write them: `4.0 U1`, `5.5`, `6.7`, `7.0.3`, `8.0 Update 2`. */

export interface HostVersion {
  readonly major: number;
  readonly minor: number;
  /** The update release; `7.0.3` and `7.0 U3` are the same release. */
  readonly update: number;
}

/** The oldest ESX/ESXi that a VRA can be installed on: 4.0 U1 (ZDOC, VRA requirements). */
export const oldestForVra: HostVersion = { major: 4, minor: 0, update: 1 };

/** From ESXi 5.5 on a VRA connects to its host through a VIB (the product's VRA requirements). */
export const firstHostWithVib: HostVersion = { major: 5, minor: 5, update: 0 };

const form =
  /^(?:ESXi?\s+)?(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?\s*(?:(?:U|Update)\s*(\d{1,3})[a-z]?)?$/i;

/** Undefined where the text is no such version. */
export function parseHostVersion(text: string): HostVersion | undefined {
  const match = form.exec(text.trim());
  if (!match) return undefined;
  const [, major, minor = '0', patch = '0', update = patch] = match;
  return { major: Number(major), minor: Number(minor), update: Number(update) };
}

/** Negative where `a` is older than `b`, positive where it is newer, 0 where they are equal. */
export function compareHostVersions(a: HostVersion, b: HostVersion): number {
  return a.major - b.major || a.minor - b.minor || a.update - b.update;
}
