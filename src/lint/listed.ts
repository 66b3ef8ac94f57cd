/** Lists of names as a sentence has them. */

/** `FS01`, `FS01 and FS02`, `FS01, FS02 and 7 more`: long lists help nobody. */
export function listed(names: readonly string[], atMost = 3): string {
  const shown = names.length > atMost ? names.slice(0, atMost - 1) : names;
  const more = names.length - shown.length;
  const parts = more > 0 ? [...shown, `${more} more`] : shown;
  const last = parts.at(-1) ?? '';
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${last}` : last;
}
