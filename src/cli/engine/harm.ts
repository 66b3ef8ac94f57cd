/** `tidemark power` and `tidemark link`: what a drill does, done to the running lab. */
import type { ComponentVerb, Question } from '../../engine/control/questions.ts';
import { parsePercent, parseRate, type Quantity } from '../../topology/quantities.ts';
import { oneOf, readOptions, wholeNumber } from '../options.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { withEngine } from './access.ts';
import { durationOf } from './recovery-verbs.ts';

export const powerUsage =
  'tidemark power on|off|crash|reboot COMPONENT [--state DIR] [--format text|json]';
export const linkUsage =
  'tidemark link cut|heal|degrade LINK [--bandwidth RATE] [--latency DURATION] [--loss SHARE] [--mtu BYTES] [--state DIR] [--format text|json]';

const powerVerbs = {
  on: 'powerOn',
  off: 'powerOff',
  crash: 'crash',
  reboot: 'reboot',
} as const satisfies Record<string, ComponentVerb>;
const powerWords = ['on', 'off', 'crash', 'reboot'] as const;
const linkWords = ['cut', 'heal', 'degrade'] as const;
const largestMtu = 65_535;

export async function powerCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values } = readOptions(args, ['state', 'format']);
  const [word, component] = twoOperands('power', powerWords, 'component', operands);
  const question: Question = { kind: 'power', component, verb: powerVerbs[word] };
  return act(shell, values, question, `power ${word} of ${component}`);
}

export async function linkCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values } = readOptions(args, [
    'bandwidth',
    'latency',
    'loss',
    'mtu',
    'state',
    'format',
  ]);
  const [word, link] = twoOperands('link', linkWords, 'link', operands);
  const change = {
    bandwidth: quantity('bandwidth', values.bandwidth, parseRate),
    latency: values.latency === undefined ? undefined : durationOf('latency', values.latency),
    loss: quantity('loss', values.loss, parsePercent),
    mtu: values.mtu === undefined ? undefined : wholeNumber('mtu', values.mtu, largestMtu),
  };
  const given = Object.values(change).some((each) => each !== undefined);
  if (word === 'degrade' && !given) {
    throw new UsageError('link degrade needs --bandwidth, --latency, --loss or --mtu.');
  }
  if (word !== 'degrade' && given) {
    throw new UsageError(`link ${word} takes no figures; link degrade does.`);
  }
  const question: Question =
    word === 'degrade' ? { kind: 'degrade-link', link, ...change } : { kind: `${word}-link`, link };
  return act(shell, values, question, `link ${word} of ${link}`);
}

async function act(
  shell: Shell,
  values: { readonly state?: string; readonly format?: string },
  question: Question,
  what: string,
): Promise<ExitStatus> {
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  await withEngine(shell, values.state, (engine) => engine.ask(question));
  shell.print(format === 'json' ? `${JSON.stringify({ result: 'success' })}\n` : `${what}: done\n`);
  return exitStatus.fine;
}

function twoOperands<Word extends string>(
  command: string,
  words: readonly Word[],
  what: string,
  operands: readonly string[],
): readonly [Word, string] {
  const [given, name, ...more] = operands;
  const word = words.find((each) => each === given);
  if (word === undefined || name === undefined || more.length > 0) {
    throw new UsageError(`${command} needs ${words.join(', ')}, and one ${what}.`);
  }
  return [word, name];
}

function quantity(
  option: string,
  text: string | undefined,
  parse: (text: string) => Quantity,
): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parse(text);
  if (!parsed.ok) throw new UsageError(`--${option}: ${parsed.message}`);
  return parsed.value;
}
