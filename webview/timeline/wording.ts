/** Times, lengths and causes as people read them. */
import type { GapCause, Outage } from '../../src/engine/api.ts';

const causes: Record<GapCause, string> = {
  'zvm-down': 'ZVM down',
  'zvms-disconnected': 'ZVMs disconnected',
  'vra-down': 'VRA down',
  'link-down': 'link down',
  'bitmap-sync': 'bitmap sync',
  'delta-sync': 'delta sync',
  'initial-sync': 'initial sync',
  paused: 'replication paused',
  'journal-storage': 'no journal storage',
};

export function causeName(cause: GapCause): string {
  return causes[cause];
}

const outages: Record<Outage['kind'], string> = {
  'power-off': 'powered off',
  crash: 'crashed',
  cut: 'cut',
  degraded: 'degraded',
  snapshot: 'snapshotted',
};

export function outageName(kind: Outage['kind']): string {
  return outages[kind];
}

const two = (value: number): string => String(value).padStart(2, '0');

/** A drill's times count from its start, a running lab's from 1970; no drill takes thirty years. */
const earliestClockTime = 1e12;

/**
 * Offset from a drill's start: `1:05`, or `1:05:30` with seconds, with a sign before the start. In a running lab
 * the time of day, with the date where that is not today's.
 */
export function timeText(milliseconds: number, withSeconds = true): string {
  if (milliseconds >= earliestClockTime) return clockText(new Date(milliseconds), withSeconds);
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const text = `${String(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  const sign = milliseconds < 0 ? '−' : '';
  return withSeconds ? `${sign}${text}:${two(seconds % 60)}` : `${sign}${text}`;
}

function clockText(at: Date, withSeconds: boolean): string {
  const seconds = withSeconds ? `:${two(at.getSeconds())}` : '';
  const text = `${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
  if (at.toDateString() === new Date().toDateString()) return text;
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${text}`;
}

/** The two greatest units of a length of time: `1 h 10 min`. */
export function length(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const shown = parts.filter(([value]) => value > 0).slice(0, 2);
  if (shown.length === 0) return '0 s';
  return shown.map(([value, unit]) => `${String(value)} ${unit}`).join(' ');
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(value: number): string {
  let amount = value;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount.toFixed(amount < 10 && unit > 0 ? 1 : 0)} ${units[unit] ?? ''}`;
}

export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`;
}

export function count(value: number, one: string, many: string): string {
  return `${value.toLocaleString('en')} ${value === 1 ? one : many}`;
}
