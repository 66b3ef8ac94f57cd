/**
 * What the timeline shows, as rows of marks in time: the one model behind the picture, the tooltips
 * and the text for screen readers, so that they cannot tell different stories.
 */
import type { Alert, Gap, LabSnapshot, Timeline, VpgSnapshot } from '../../src/engine/api.ts';
import { causeName, count, length, timeText, outageName } from './wording.ts';

export type MarkKind =
  | 'checkpoints'
  | 'aged-out'
  | 'gap'
  | 'tag'
  | 'operation'
  | 'refused'
  | 'outage'
  | 'alert-warning'
  | 'alert-error';

export interface Mark {
  readonly kind: MarkKind;
  readonly from: number;
  /** The same as `from` for what has no length. */
  readonly to: number;
  /** Short, drawn beside or in the mark where there is room. */
  readonly label: string;
  /** One sentence that says it all. */
  readonly text: string;
  readonly target?: { readonly kind: 'vpg' | 'component' | 'drill'; readonly name: string };
}

export interface Row {
  readonly kind: 'vpg' | 'component' | 'alert';
  readonly name: string;
  readonly detail: string;
  readonly state: 'ok' | 'warning' | 'error' | undefined;
  readonly marks: readonly Mark[];
}

export function rowsOf(timeline: Timeline): Row[] {
  const { snapshot } = timeline;
  return [
    ...snapshot.vpgs.map((vpg) => vpgRow(vpg, timeline)),
    ...componentRows(timeline),
    ...alertRows(snapshot.alerts, timeline),
  ];
}

function vpgRow(vpg: VpgSnapshot, timeline: Timeline): Row {
  const { oldest } = vpg.checkpoints;
  const target = { kind: 'vpg', name: vpg.name } as const;
  const marks: Mark[] = [];
  const end = oldest ?? timeline.to;
  if (end > timeline.from) {
    marks.push({
      kind: 'aged-out',
      from: timeline.from,
      to: end,
      label: '',
      text: `No checkpoint before ${timeText(end)} is left: none had been made, or it has aged out of the journal, whose history is ${length(vpg.configuredHistory)}.`,
      target,
    });
  }
  for (const run of vpg.checkpoints.runs) {
    marks.push({
      kind: 'checkpoints',
      from: run.from,
      to: run.to,
      label: '',
      text:
        run.count === 1
          ? `One checkpoint at ${timeText(run.from)}.`
          : `${count(run.count, 'checkpoint', 'checkpoints')} from ${timeText(run.from)} to ${timeText(run.to)}, every ${length(run.interval)}.`,
      target,
    });
  }
  for (const gap of vpg.gaps) marks.push(gapMark(gap, timeline, vpg.name));
  for (const tagged of vpg.checkpoints.tagged) {
    marks.push({
      kind: 'tag',
      from: tagged.time,
      to: tagged.time,
      label: tagged.tag,
      text: `${tagged.application ? 'Application-consistent' : 'Tagged'} checkpoint “${tagged.tag}” at ${timeText(tagged.time)}.`,
      target,
    });
  }
  marks.push(...operationMarks(timeline.snapshot, vpg.name));
  return {
    kind: 'vpg',
    name: vpg.name,
    detail: `${vpg.from} → ${vpg.to}`,
    state: vpg.health,
    marks,
  };
}

function gapMark(gap: Gap, timeline: Timeline, vpg: string): Mark {
  const to = gap.to ?? timeline.to;
  const cause = causeName(gap.cause);
  const end = gap.to === undefined ? 'the end, still open' : timeText(gap.to);
  return {
    kind: 'gap',
    from: gap.from,
    to,
    label: `${cause} · ${length(to - gap.from)}`,
    text: `Gap of ${length(to - gap.from)}: no checkpoints from ${timeText(gap.from)} to ${end}. Cause: ${cause}.`,
    target: { kind: 'vpg', name: vpg },
  };
}

const verbs: Readonly<Record<string, string>> = {
  'failover-test': 'failover test',
  'stop-test': 'stop test',
};

function operationMarks(snapshot: LabSnapshot, vpg: string): Mark[] {
  return snapshot.operations
    .filter((operation) => operation.vpg === vpg)
    .map((operation) => {
      const verb = verbs[operation.verb] ?? operation.verb;
      const refused = operation.result === 'refused';
      const at = operation.checkpoint
        ? ` at the checkpoint of ${timeText(operation.checkpoint.time)}`
        : '';
      const asked = operation.site === undefined ? '' : `, asked of the ZVM of ${operation.site}`;
      return {
        kind: refused ? 'refused' : 'operation',
        from: operation.at,
        to: operation.at,
        label: verb,
        text: `${refused ? 'Refused' : 'Done'} at ${timeText(operation.at)}: ${verb}${at}${asked}.${operation.reason === undefined ? '' : ` ${operation.reason}`}`,
        target: { kind: 'vpg', name: vpg },
      };
    });
}

function componentRows(timeline: Timeline): Row[] {
  const rows = new Map<string, Mark[]>();
  for (const outage of timeline.snapshot.outages) {
    const to = outage.to ?? timeline.to;
    const what = outageName(outage.kind);
    const end = outage.to === undefined ? 'the end' : timeText(outage.to);
    const marks = rows.get(outage.component) ?? [];
    marks.push({
      kind: 'outage',
      from: outage.from,
      to,
      label: `${what} · ${length(to - outage.from)}`,
      text: `${outage.component} ${what} from ${timeText(outage.from)} to ${end} (${length(to - outage.from)}).`,
      target: { kind: 'component', name: outage.component },
    });
    rows.set(outage.component, marks);
  }
  return [...rows].map(([name, marks]) => ({
    kind: 'component',
    name,
    detail: '',
    state: undefined,
    marks,
  }));
}

/** One row for each kind of alert and site, however often it was raised. */
function alertRows(alerts: readonly Alert[], timeline: Timeline): Row[] {
  const rows = new Map<string, { detail: string; marks: Mark[] }>();
  for (const alert of alerts) {
    const key = `${alert.id} on ${alert.site}`;
    const to = alert.cleared ?? timeline.to;
    const end =
      alert.cleared === undefined ? 'not cleared' : `cleared at ${timeText(alert.cleared)}`;
    const row = rows.get(key) ?? { detail: alert.site, marks: [] };
    row.marks.push({
      kind: alert.level === 'error' ? 'alert-error' : 'alert-warning',
      from: alert.raised,
      to,
      label: alert.message,
      text: `Alert ${alert.id} on ${alert.site}: ${alert.message}. Raised at ${timeText(alert.raised)}, ${end}.`,
    });
    rows.set(key, row);
  }
  return [...rows].map(([key, { detail, marks }]) => ({
    kind: 'alert',
    name: key.split(' ')[0] ?? key,
    detail,
    state: undefined,
    marks,
  }));
}

/** What the whole picture says, in one sentence for each VPG. */
export function summaryOf(timeline: Timeline): string[] {
  return timeline.snapshot.vpgs.map((vpg) => {
    const { oldest, newest } = vpg.checkpoints;
    const range =
      oldest === undefined || newest === undefined
        ? 'none recoverable'
        : `recoverable from ${timeText(oldest)} to ${timeText(newest)}`;
    const rpo = vpg.rpo === undefined ? 'RPO not measured' : `RPO ${length(vpg.rpo)}`;
    return `${vpg.name}: ${count(vpg.checkpoints.count, 'checkpoint', 'checkpoints')}, ${range}, ${count(vpg.gaps.length, 'gap', 'gaps')}, history ${length(vpg.history)} of ${length(vpg.configuredHistory)}, ${rpo}, ${vpg.status}.`;
  });
}
