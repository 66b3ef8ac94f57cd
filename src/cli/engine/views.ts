/** `tidemark checkpoints`, `alerts`, `events` and `reports`: what a running engine knows. */
import type { Alert, LabSnapshot, Operation, VpgSnapshot } from '../../engine/api.ts';
import type { ControlClient } from '../../engine/control/control-client.ts';
import type { EngineEvent } from '../../engine/control/engine-events.ts';
import type { FiledReport } from '../../engine/process/filed-reports.ts';
import { recoveryData } from '../../report/recovery-data.ts';
import { recoveryReport } from '../../report/recovery-report.ts';
import { nearest } from '../../topology/near-miss.ts';
import { formatDuration } from '../../topology/quantities.ts';
import { oneOf, readOptions } from '../options.ts';
import { exitStatus, type ExitStatus, type Shell } from '../shell.ts';
import { defaultState, noOperands, oneOperand, withEngine } from './access.ts';
import { UnknownNameError } from './errors.ts';
import { iso, isoOrNull } from './words.ts';

export const checkpointsUsage = 'tidemark checkpoints VPG [--state DIR] [--format text|json]';
export const alertsUsage = 'tidemark alerts [--state DIR] [--format text|json]';
export const eventsUsage = 'tidemark events [--state DIR] [--format text|json]';
export const reportsUsage = 'tidemark reports [--state DIR] [--format text|json|markdown]';

/** What one of them shows. */
interface View<T> {
  ask(engine: ControlClient, operands: readonly string[], state: string): Promise<T>;
  data(shown: T): unknown;
  text(shown: T): string;
  /** Where there is something to be filed. */
  readonly markdown?: (shown: T) => string;
}

async function show<T>(shell: Shell, args: readonly string[], view: View<T>): Promise<ExitStatus> {
  const { operands, values } = readOptions(args, ['state', 'format']);
  const { markdown } = view;
  const formats = ['text', 'json', ...(markdown ? ['markdown'] : [])];
  const format = oneOf('format', values.format ?? 'text', formats);
  const state = values.state ?? defaultState;
  const shown = await withEngine(shell, state, (engine) => view.ask(engine, operands, state));
  if (format === 'json') shell.print(`${JSON.stringify(view.data(shown), undefined, 2)}\n`);
  else shell.print(markdown && format === 'markdown' ? markdown(shown) : view.text(shown));
  return exitStatus.fine;
}

// --- Checkpoints -------------------------------------------------------------------------------

export async function checkpointsCommand(
  shell: Shell,
  args: readonly string[],
): Promise<ExitStatus> {
  return show(shell, args, {
    ask: async (engine, operands) => {
      const name = oneOperand('checkpoints', 'VPG', operands);
      const { vpgs } = await engine.ask({ kind: 'snapshot' });
      const vpg = vpgs.find((each) => each.name === name);
      if (vpg) return vpg;
      const near = nearest(
        name,
        vpgs.map((each) => each.name),
      );
      throw new UnknownNameError('VPG', name, near);
    },
    data: ({ name, checkpoints: { count, oldest, newest, runs, tagged }, gaps }: VpgSnapshot) => ({
      vpg: name,
      count,
      oldest: isoOrNull(oldest),
      newest: isoOrNull(newest),
      runs: runs.map((run) => ({
        from: iso(run.from),
        to: iso(run.to),
        interval: run.interval / 1000,
        count: run.count,
        firstId: run.firstId,
      })),
      tagged: tagged.map(({ id, time, tag, application }) => ({
        id,
        time: iso(time),
        tag,
        ...(application && { application }),
      })),
      gaps: gaps.map(({ from, to, cause }) => ({ from: iso(from), to: isoOrNull(to), cause })),
    }),
    text: ({ name, checkpoints: { count, runs, tagged }, gaps }: VpgSnapshot) => {
      const lines = [
        ...runs.map((run) => ({
          at: run.from,
          text:
            run.count === 1
              ? `${iso(run.from)}  checkpoint ${run.firstId}`
              : `${iso(run.from)}  to ${iso(run.to)}, ${run.count} checkpoints, one every ${formatDuration(run.interval)}, ${run.firstId} to ${run.firstId + run.count - 1}`,
        })),
        ...gaps.map(({ from, to, cause }) => ({
          at: from,
          text: `${iso(from)}  none to ${to === undefined ? 'now' : iso(to)} (${cause})`,
        })),
        ...tagged.map(({ id, time, tag, application }) => ({
          at: time,
          text: `${iso(time)}  checkpoint ${id}, “${tag}”${application ? ', application-consistent' : ''}`,
        })),
      ].sort((a, b) => a.at - b.at);
      return `${lines.map(({ text }) => `${text}\n`).join('')}${name}: ${count} checkpoints\n`;
    },
  });
}

// --- Alerts ------------------------------------------------------------------------------------

export async function alertsCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  return show(shell, args, {
    ask: async (engine, operands) => {
      noOperands('alerts', operands);
      return (await engine.ask({ kind: 'snapshot' })).alerts;
    },
    data: (alerts: readonly Alert[]) =>
      alerts.map(({ id, level, site, vpgs, message, raised, cleared }) => ({
        id,
        level,
        site,
        vpgs,
        message,
        raised: iso(raised),
        cleared: isoOrNull(cleared),
      })),
    text: (alerts: readonly Alert[]) => {
      const lines = alerts.map(({ id, level, site, message, raised, cleared }) => {
        const until = cleared === undefined ? 'standing' : `until ${iso(cleared)}`;
        return `${iso(raised)}  ${level}  ${id}  ${site}: ${message} (${until})\n`;
      });
      return lines.length === 0 ? 'No alert has been raised.\n' : lines.join('');
    },
  });
}

// --- Events ------------------------------------------------------------------------------------

export async function eventsCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  return show(shell, args, {
    ask: async (engine, operands) => {
      noOperands('events', operands);
      return engine.ask({ kind: 'events' });
    },
    data: (events: readonly EngineEvent[]) =>
      events.map(({ at, kind, subject, severity, message }) => ({
        at: iso(at),
        kind,
        subject,
        severity,
        message,
      })),
    text: (events: readonly EngineEvent[]) => {
      const lines = events.map(
        ({ at, severity, message }) => `${iso(at)}  ${severity}  ${message}\n`,
      );
      return lines.length === 0 ? 'Nothing has happened yet.\n' : lines.join('');
    },
  });
}

// --- Reports -----------------------------------------------------------------------------------

/** Operations, and the reports of those that have ended, by the operation. */
interface Reported extends Pick<LabSnapshot, 'operations' | 'vpgs'> {
  readonly filed: ReadonlyMap<string, FiledReport>;
}

export async function reportsCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  return show(shell, args, {
    ask: async (engine, operands, state): Promise<Reported> => {
      noOperands('reports', operands);
      const { operations, vpgs } = await engine.ask({ kind: 'snapshot' });
      const filed = (await shell.engines?.filedReports(state)) ?? [];
      return { operations, vpgs, filed: new Map(filed.map((report) => [report.id, report])) };
    },
    data: ({ operations, vpgs, filed }: Reported) =>
      operations.map((operation) => ({
        ...recoveryData(operation, directionOf(operation, vpgs)),
        files: filesOf(filed.get(operation.id)),
      })),
    text: ({ operations, filed }: Reported) =>
      operations.length === 0
        ? noReports
        : operations.map((operation) => reportText(operation, filed.get(operation.id))).join('\n'),
    markdown: ({ operations, vpgs }: Reported) =>
      operations.length === 0
        ? noReports
        : operations
            .map((operation) =>
              recoveryReport(operation, { ...directionOf(operation, vpgs), time: iso }),
            )
            .join('\n'),
  });
}

const noReports = 'No recovery has been asked for.\n';

function directionOf({ vpg: of }: Operation, vpgs: readonly VpgSnapshot[]) {
  const vpg = vpgs.find(({ name }) => name === of);
  return { from: vpg?.from, to: vpg?.to, vms: vpg?.vms };
}

function filesOf(report: FiledReport | undefined) {
  return report ? { markdown: report.markdown, json: report.json } : null;
}

function reportText(operation: Operation, filed: FiledReport | undefined): string {
  const { id, verb, vpg, at, ended, result, outcome, checkpoint, rto } = operation;
  const { reason, missing = [], shortfalls = [], notes, steps } = operation;
  const lines = [
    `${verb} of ${vpg} (${id})`,
    `  ${iso(at)} to ${ended === undefined ? 'now' : iso(ended)}: ${[result, outcome].filter((each) => each !== undefined).join(', ')}`,
    ...(checkpoint ? [`  checkpoint ${checkpoint.id} of ${iso(checkpoint.time)}`] : []),
    ...(rto === undefined ? [] : [`  RTO ${formatDuration(Math.round(rto))}`]),
    ...(reason === undefined ? [] : [`  refused: ${reason}`]),
    ...missing.map((each) => `  missing: ${each}`),
    ...shortfalls.map((each) => `  falls short: ${each}`),
    ...(notes === undefined ? [] : [`  note: ${notes}`]),
    ...steps.map(
      (step) => `  ${iso(step.at)}  ${step.what}${step.result === 'failed' ? ': failed' : ''}`,
    ),
    ...(filed === undefined ? [] : [`  filed as ${filed.markdown} and .json`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
