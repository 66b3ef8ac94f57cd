/** The verbs that ask a ZVM for something: what each takes, and the request that it makes. */
import type { Request } from '../../engine/api.ts';
import { parseDuration } from '../../topology/quantities.ts';
import { oneOf, readOptions } from '../options.ts';
import { UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { oneOperand, withEngine } from './access.ts';
import { printReply } from './replies.ts';
import { checkpointNamed, namesOf, yesOrNo } from './words.ts';

type Option =
  | 'checkpoint'
  | 'tag'
  | 'note'
  | 'success'
  | 'commit-policy'
  | 'commit-timeout'
  | 'reverse-protection'
  | 'shutdown'
  | 'vms';
type Flag = 'application' | 'force' | 'continue-on-script-failure';
type Given = Readonly<Partial<Record<Option, string>>>;

export interface RecoveryVerb {
  readonly about: string;
  /** What stands in its usage between the VPG and `[--site SITE]`. */
  readonly takes: string;
  readonly options: readonly Option[];
  readonly flags?: readonly Flag[];
  request(vpg: string, given: Given, flags: ReadonlySet<Flag>): Request;
}

const decision = [
  'commit-policy',
  'commit-timeout',
  'reverse-protection',
] as const satisfies readonly Option[];
const decisionUsage =
  '[--commit-policy none|commit|rollback] [--commit-timeout DURATION] [--reverse-protection true|false] [--continue-on-script-failure]';

export const recoveryVerbs: Readonly<Record<string, RecoveryVerb>> = {
  checkpoint: {
    about: 'Makes a checkpoint with a tag, to be found by it later',
    takes: '--tag TAG [--application]',
    options: ['tag'],
    flags: ['application'],
    request: (vpg, { tag }, flags) => {
      if (tag === undefined || tag === '') throw new UsageError('checkpoint needs a --tag.');
      return { kind: 'checkpoint', vpg, tag, application: flags.has('application') };
    },
  },
  'failover-test': {
    about: 'Opens the disks at a checkpoint, beside the running replication',
    takes: '[--checkpoint C] [--vms VM,...]',
    options: ['checkpoint', 'vms'],
    request: (vpg, given) => ({
      kind: 'failover-test',
      vpg,
      checkpoint: checkpointOf(given),
      vms: namesOf('vms', given.vms),
    }),
  },
  'stop-test': {
    about: 'Ends a failover test and discards what it wrote',
    takes: '[--note TEXT] [--success true|false]',
    options: ['note', 'success'],
    request: (vpg, { note, success }) => ({
      kind: 'stop-test',
      vpg,
      success: yesOrNo('success', success),
      notes: note,
    }),
  },
  failover: {
    about: 'Fails a VPG over to its recovery site',
    takes: `[--checkpoint C] [--shutdown none|shutdown|force] ${decisionUsage}`,
    options: ['checkpoint', 'shutdown', ...decision],
    flags: ['continue-on-script-failure'],
    request: (vpg, given, flags) => ({
      kind: 'failover',
      vpg,
      checkpoint: checkpointOf(given),
      shutdown:
        given.shutdown === undefined
          ? undefined
          : oneOf('shutdown', given.shutdown, ['none', 'shutdown', 'force'] as const),
      ...decisionOf(given, flags),
    }),
  },
  commit: {
    about: 'Commits a failover or a move',
    takes: '[--reverse-protection true|false]',
    options: ['reverse-protection'],
    request: (vpg, given) => ({ kind: 'commit', vpg, reverseProtection: reverseOf(given) }),
  },
  rollback: plain('rollback', 'Rolls a failover or a move back'),
  'reverse-protect': plain('reverse-protect', 'Protects a VPG in the other direction'),
  move: {
    about: 'Moves a VPG to its recovery site, and loses nothing',
    takes: `${decisionUsage} [--force]`,
    options: decision,
    flags: ['force', 'continue-on-script-failure'],
    request: (vpg, given, flags) => ({
      kind: 'move',
      vpg,
      force: flags.has('force'),
      ...decisionOf(given, flags),
    }),
  },
  'force-sync': plain('force-sync', 'Compares the disks of both sides, and sends what differs'),
  pause: plain('pause', 'Pauses the replication of a VPG'),
  resume: plain('resume', 'Resumes the replication of a VPG'),
};

export function recoveryUsage(name: string): string {
  const takes = recoveryVerbs[name]?.takes ?? '';
  const own = takes === '' ? '' : `${takes} `;
  return `tidemark ${name} VPG ${own}[--site SITE] [--state DIR] [--format text|json]`;
}

export async function recoveryCommand(
  name: string,
  verb: RecoveryVerb,
  shell: Shell,
  args: readonly string[],
): Promise<ExitStatus> {
  const { operands, values, flags } = readOptions(
    args,
    [...verb.options, 'site', 'state', 'format'],
    { flags: verb.flags ?? [] },
  );
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const vpg = oneOperand(name, 'VPG', operands);
  const request = verb.request(vpg, values, flags);
  return withEngine(shell, values.state, async (engine) => {
    const reply = await engine.ask({ kind: 'request', site: values.site, request });
    return printReply(shell, format, `${name} of ${vpg}`, reply);
  });
}

export function checkpointOf({ checkpoint = 'latest' }: Given) {
  return checkpointNamed(checkpoint);
}

function plain(
  kind: 'rollback' | 'reverse-protect' | 'force-sync' | 'pause' | 'resume',
  about: string,
): RecoveryVerb {
  return { about, takes: '', options: [], request: (vpg) => ({ kind, vpg }) };
}

function decisionOf(given: Given, flags: ReadonlySet<Flag>) {
  const policy = given['commit-policy'];
  const timeout = given['commit-timeout'];
  return {
    commitPolicy:
      policy === undefined
        ? undefined
        : oneOf('commit-policy', policy, ['none', 'commit', 'rollback']),
    commitTimeout: timeout === undefined ? undefined : durationOf('commit-timeout', timeout),
    reverseProtection: reverseOf(given),
    continueOnScriptFailure: flags.has('continue-on-script-failure') ? true : undefined,
  };
}

function reverseOf(given: Given): boolean | undefined {
  return yesOrNo('reverse-protection', given['reverse-protection']);
}

export function durationOf(option: string, text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw new UsageError(`--${option}: ${duration.message}`);
  return duration.value;
}
