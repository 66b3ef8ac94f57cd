/** The alerts that stand in running labs, as rows of a tree: each opens to where it comes from and what to do. */
import type { Alert, LabSnapshot } from '../../engine/api.ts';
import { alertText } from '../../topology/alerts.ts';
import { formatLength } from '../checkpoint-rows.ts';
import { clockTime } from './clock-time.ts';

/** A lab whose alerts are shown. */
export interface AlertSource {
  /** URI of its topology. */
  readonly uri: string;
  /** Of its topology. */
  readonly name: string;
  readonly snapshot: Pick<LabSnapshot, 'alerts' | 'now'>;
}

export interface AlertRow {
  readonly kind: 'alert';
  /** The same for as long as it stands, so that what is open stays open. */
  readonly key: string;
  readonly uri: string;
  readonly alert: Alert;
  /** The time at which it was looked at. */
  readonly now: number;
  /** The lab, where several run. */
  readonly lab: string | undefined;
}

export type AlertNode =
  | AlertRow
  | { readonly kind: 'vpg'; readonly key: string; readonly uri: string; readonly vpg: string }
  | { readonly kind: 'fact'; readonly key: string; readonly text: string; readonly icon: string }
  | { readonly kind: 'page'; readonly key: string; readonly id: string };

/** Errors come before warnings, and of each the newest on top. */
export function alertRows(sources: readonly AlertSource[]): AlertRow[] {
  return sources
    .flatMap(({ uri, name, snapshot: { alerts, now } }) =>
      alerts
        .filter(({ cleared }) => cleared === undefined)
        .map((alert) => ({
          kind: 'alert' as const,
          key: keyOf(uri, alert),
          uri,
          alert,
          now,
          lab: sources.length > 1 ? name : undefined,
        })),
    )
    .sort((a, b) => rank(a.alert) - rank(b.alert) || b.alert.raised - a.alert.raised);
}

/** What stands below an alert. */
export function detailsOf({ key, uri, alert, lab, now }: AlertRow): AlertNode[] {
  const { id, site, message, vpgs, raised } = alert;
  const since = clockTime(raised, now);
  const place = lab === undefined ? '' : ` in ${lab}`;
  return [
    { kind: 'fact', key: `${key}#message`, text: message, icon: 'comment' },
    ...vpgs.map((vpg) => ({ kind: 'vpg' as const, key: `${key}#vpg/${vpg}`, uri, vpg })),
    {
      kind: 'fact',
      key: `${key}#since`,
      text: `Since ${since}, raised by the ZVM of ${site}${place}`,
      icon: 'clock',
    },
    { kind: 'page', key: `${key}#page`, id },
  ];
}

/** In one line, in few words: a side bar is narrow. What the ZVM says in full stands below it. */
export function describeAlert({ alert, now }: AlertRow): string {
  const { id, message, site, vpgs, raised } = alert;
  return [
    alertText(id) ?? message,
    ...(vpgs.length > 0 ? [vpgs.join(', ')] : []),
    `since ${clockTime(raised, now)} at ${site}`,
  ].join(' · ');
}

export function tooltipOf({ alert, now, lab }: AlertRow): string {
  const { id, level, site, message, vpgs, raised } = alert;
  return [
    `${id}, ${level === 'error' ? 'an error' : 'a warning'}: ${message}`,
    `At ${site}${lab === undefined ? '' : ` in ${lab}`}${vpgs.length > 0 ? `, of ${vpgs.join(', ')}` : ''}`,
    `Since ${clockTime(raised, now)}, for ${formatLength(Math.max(0, now - raised))}`,
  ].join('\n');
}

function rank({ level }: Alert): number {
  return level === 'error' ? 0 : 1;
}

function keyOf(uri: string, { id, site, vpgs, raised }: Alert): string {
  return `${uri}#${id}/${site}/${vpgs.join(',')}/${String(raised)}`;
}
