/**
 * Whether a person has paused the replication of a VPG. Both ZVMs keep it, and either may lose its last word
 * in a crash, or hear nothing of the other's: so a word has a number, and when the two meet again the later
 * one holds at both. Without it each would go by its own for ever.
 */
export interface PauseWord {
  readonly paused: boolean;
  /** Grows with every word within a generation of the VPG. */
  readonly version: number;
}

export const neverPaused: PauseWord = { paused: false, version: 0 };

export function pauseAfter({ version }: PauseWord, paused: boolean): PauseWord {
  return { paused, version: version + 1 };
}

/**
 * Whether a side has to take the other's word over. Two words of the same number were given while the sites
 * were apart or at the same moment: the protected side's holds, for it alone can act without the other.
 */
export function takesPause(own: PauseWord, other: PauseWord, ownIsProtectedSide: boolean): boolean {
  if (own.version !== other.version) return other.version > own.version;
  return own.paused !== other.paused && !ownIsProtectedSide;
}
