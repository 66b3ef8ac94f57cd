/** Times, durations and choices of checkpoints, as the command line writes and reads them. */
import type { CheckpointSelector } from '../../engine/api.ts';
import { formatDuration } from '../../topology/quantities.ts';
import { UsageError } from '../shell.ts';

/** ISO 8601 in UTC. */
export function iso(time: number): string {
  return new Date(time).toISOString();
}

export function isoOrNull(time: number | undefined): string | null {
  return time === undefined ? null : iso(time);
}

export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

export function secondsOrNull(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : seconds(milliseconds);
}

/** For people: whole seconds. */
export function roughly(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000);
}

const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * `latest`, `oldest`, a number (an id), an ISO time (the newest checkpoint not after it), or else a tag.
 *
 * @throws UsageError for a time that there is none of, such as the 31st of June
 */
export function checkpointNamed(text: string): CheckpointSelector {
  if (text === 'latest' || text === 'oldest') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'id', id: Number(text) };
  if (text === '') throw new UsageError('--checkpoint is empty.');
  if (!isoTime.test(text)) return { kind: 'tag', tag: text };
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new UsageError(`--checkpoint ${text} is no time.`);
  return { kind: 'time', time, inclusive: true };
}

/** Names with commas between them; undefined where nothing is given. */
export function namesOf(option: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new UsageError(`--${option} takes names with commas between them.`);
  return names;
}

export function yesOrNo(option: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw new UsageError(`--${option} takes true or false, not “${text}”.`);
}
