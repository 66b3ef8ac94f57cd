/** What a recovery left (OUT-11), as a document that people read, print and file. */
import type { Operation } from '../engine/api.ts';
import { formatDuration } from '../topology/quantities.ts';
import { bootGroupsOf, reachedRpo, type RecoveryContext } from './recovery-context.ts';

export interface ReportContext extends RecoveryContext {
  /** A time of the engine's, such as an ISO time, or an offset in a drill. */
  readonly time: (milliseconds: number) => string;
}

const verbs: Readonly<Record<string, string>> = {
  'failover-test': 'Failover test',
  'stop-test': 'Stop of a failover test',
  failover: 'Failover',
  move: 'Move',
  commit: 'Commit',
  rollback: 'Rollback',
  clone: 'Clone',
  'restore-file': 'File restore',
  mount: 'Mount of disks to be read',
  'reverse-protect': 'Reverse protection',
  'force-sync': 'Force sync',
  checkpoint: 'Tagged checkpoint',
  pause: 'Pause',
  resume: 'Resume',
};

/** Markdown. It says nothing that the engine did not say, and what is not known is said to be so. */
export function recoveryReport(operation: Operation, context: ReportContext): string {
  const { time } = context;
  const { checkpoint, ended, at, rto } = operation;
  const rpo = reachedRpo(operation);
  const groups = bootGroupsOf(operation, context);
  const rows: [string, string | undefined][] = [
    ['VPG', operation.vpg],
    ['From, to', joined(' → ', context.from, context.to)],
    ['Asked at', operation.site === undefined ? undefined : `the ZVM of ${operation.site}`],
    ['Result', resultOf(operation)],
    ['Started', time(at)],
    [
      'Ended',
      ended === undefined ? 'not yet' : `${time(ended)}, after ${formatDuration(ended - at)}`,
    ],
    ['Checkpoint', checkpoint && `${checkpoint.id}, of ${time(checkpoint.time)}`],
    ['RPO reached', rpo === undefined ? undefined : againstTarget(rpo, context.targetRpo)],
    ['RTO reached', rto === undefined ? undefined : againstTarget(rto, context.targetRto)],
    ['VMs', (operation.vms ?? context.vms)?.join(', ')],
    [
      'Start in this order',
      groups.length < 2 ? undefined : groups.map(({ vms }) => vms.join(' and ')).join(', then '),
    ],
    ['Operation', operation.id],
  ];
  const lines = [
    `# ${verbs[operation.verb] ?? operation.verb}: ${inText(operation.vpg)}`,
    '',
    ...table(
      ['', ''],
      rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    '',
    ...section('Refused because', operation.reason === undefined ? [] : [operation.reason]),
    ...section('Missing', operation.missing ?? []),
    ...section('Not as wanted', operation.shortfalls ?? []),
    ...stepsOf(operation, time),
    ...section('Notes', operation.notes === undefined ? [] : operation.notes.split('\n')),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The part of a VPG's name that is in that of a file: with four bytes a character it still fits everywhere. */
const shortName = /^.{0,50}/u;

/** A name for the report's file, without its ending: when, what and of what, so that they sort by time. */
export function recoveryReportName(operation: Operation, started: Date): string {
  const when = started.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  const vpg = operation.vpg.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
  return `${when}-${operation.verb}-${shortName.exec(vpg)?.[0] ?? ''}`;
}

function resultOf({ result, outcome, shortfalls }: Operation): string {
  if (result !== 'success') return result;
  const words = outcome === undefined ? result : outcome.replaceAll('-', ' ');
  return (shortfalls?.length ?? 0) > 0 ? `${words}, but not all as wanted` : words;
}

function againstTarget(reached: number, target: number | undefined): string {
  const words = formatDuration(reached);
  if (target === undefined) return words;
  return `${words}, ${reached <= target ? 'within' : '**above**'} the target of ${formatDuration(target)}`;
}

function stepsOf({ steps, at }: Operation, time: (milliseconds: number) => string): string[] {
  if (steps.length === 0) return [];
  const rows = steps.map((step) => [
    time(step.at),
    `+${formatDuration(Math.max(0, step.at - at))}`,
    step.what,
    step.result === 'failed' ? '**failed**' : step.result,
  ]);
  return ['## Steps', '', ...table(['when', 'since the start', 'what', 'result'], rows), ''];
}

function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [`## ${title}`, '', ...items.map((item) => `- ${inText(item)}`), ''];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map((cells) => line(cells.map((cell) => inText(cell).replaceAll('|', '\\|')))),
  ];
}

/** Names and messages are people's: they must not become markup, nor leave their line. */
function inText(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[<>`[\]\\]/g, (mark) => `\\${mark}`);
}

function joined(by: string, ...parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.join(by);
}
