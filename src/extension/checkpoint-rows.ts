/**
 * A VPG's checkpoints as the rows of a list: newest first, with every gap as a row of its own at its
 * place. Half a million checkpoints are a handful of runs, so rows are made only as far as asked for.
 */
import type { Gap, VpgSnapshot } from '../engine/api.ts';

export type CheckpointRow =
  | {
      readonly kind: 'checkpoint';
      readonly id: number;
      readonly time: number;
      readonly tag: string | undefined;
    }
  | { readonly kind: 'gap'; readonly gap: Gap };

/** The first `limit` rows. */
export function checkpointRows(vpg: VpgSnapshot, limit: number): CheckpointRow[] {
  const tags = new Map(vpg.checkpoints.tagged.map(({ id, tag }) => [id, tag]));
  const gaps = [...vpg.gaps].sort((a, b) => b.from - a.from);
  const rows: CheckpointRow[] = [];
  let nextGap = 0;
  const addGapsAfter = (time: number): void => {
    for (let gap = gaps[nextGap]; gap && gap.from >= time; gap = gaps[nextGap]) {
      nextGap++;
      if (rows.length < limit) rows.push({ kind: 'gap', gap });
    }
  };
  for (const run of [...vpg.checkpoints.runs].reverse()) {
    for (let index = run.count - 1; index >= 0; index--) {
      const time = run.from + index * run.interval;
      addGapsAfter(time);
      if (rows.length >= limit) return rows;
      const id = run.firstId + index;
      rows.push({ kind: 'checkpoint', id, time, tag: tags.get(id) });
    }
  }
  // Gaps older than every checkpoint lie outside the journal history: nothing borders on them. With no
  // checkpoint at all the gaps are all that is left to show.
  if (vpg.checkpoints.count === 0) addGapsAfter(-Infinity);
  return rows;
}

/** How many rows there are in all. */
export function countRows(vpg: VpgSnapshot): number {
  const { oldest } = vpg.checkpoints;
  const visible = vpg.gaps.filter((gap) => oldest === undefined || gap.from >= oldest);
  return vpg.checkpoints.count + visible.length;
}

/** What a VPG's journal holds, in words: `2,880 checkpoints, 1 gap`. */
export function describeCounts({ checkpoints, gaps }: VpgSnapshot): string {
  return `${counted(checkpoints.count, 'checkpoint')}, ${counted(gaps.length, 'gap')}`;
}

function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? thing : `${thing}s`}`;
}

const causes: Record<Gap['cause'], string> = {
  'zvm-down': 'a ZVM was down',
  'zvms-disconnected': 'the ZVMs were disconnected',
  'vra-down': 'a VRA was down',
  'link-down': 'the link was down',
  'bitmap-sync': 'bitmap sync',
  'delta-sync': 'delta sync',
  'initial-sync': 'initial sync',
  paused: 'replication was paused',
  'journal-storage': 'the journal had no storage',
};

export function describeCause(gap: Gap): string {
  return causes[gap.cause];
}

/** Offset from a drill's start as `h:mm:ss`, with a minus before it. */
export function formatOffset(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const text = `${String(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return milliseconds < 0 ? `−${text}` : text;
}

/** A length of time as `1 h 10 min` or `45 s`. */
export function formatLength(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const shown = parts.filter(([value]) => value > 0).slice(0, 2);
  if (shown.length === 0) return '0 s';
  return shown.map(([value, unit]) => `${String(value)} ${unit}`).join(' ');
}
