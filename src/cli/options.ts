/** Arguments of a command, read strictly: a misspelt option is an error, never a file name. */
import type { Severity } from '../lint/rule.ts';
import { nearest } from '../topology/near-miss.ts';
import { UsageError } from './shell.ts';

export interface Options<Name extends string, Flag extends string, Many extends string> {
  readonly operands: readonly string[];
  readonly values: Readonly<Partial<Record<Name, string>>>;
  readonly flags: ReadonlySet<Flag>;
  /** Options that may be given several times, in the order of the arguments. */
  readonly lists: Readonly<Partial<Record<Many, readonly string[]>>>;
}

export interface OtherOptions<Flag extends string, Many extends string> {
  /** Options without a value. */
  readonly flags?: readonly Flag[];
  /** Options with a value that may be given several times. */
  readonly lists?: readonly Many[];
}

/** An option takes its value as `--name value` or `--name=value`; `--` ends the options. */
export function readOptions<
  Name extends string,
  Flag extends string = never,
  Many extends string = never,
>(
  args: readonly string[],
  names: readonly Name[],
  { flags = [], lists = [] }: OtherOptions<Flag, Many> = {},
): Options<Name, Flag, Many> {
  const operands: string[] = [];
  const values: Partial<Record<Name, string>> = {};
  const given = new Set<Flag>();
  const collected: Partial<Record<Many, string[]>> = {};
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    if (argument === '--') {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (!argument.startsWith('-') || argument === '-') {
      operands.push(argument);
      continue;
    }
    const [option, inline] = splitOnce(argument, '=');
    const isIt = (candidate: string): boolean => `--${candidate}` === option;
    const flag = flags.find(isIt);
    if (flag !== undefined) {
      if (inline !== undefined) throw new UsageError(`The option ${option} takes no value.`);
      given.add(flag);
      continue;
    }
    const name = names.find(isIt);
    const many = lists.find(isIt);
    if (name === undefined && many === undefined) {
      throw new UsageError(unknownOption(option, [...names, ...flags, ...lists]));
    }
    const value = inline ?? args[++index];
    if (value === undefined) throw new UsageError(`The option ${option} needs a value.`);
    if (name !== undefined) values[name] = value;
    if (many !== undefined) (collected[many] ??= []).push(value);
  }
  return { operands, values, flags: given, lists: collected };
}

/** The one file that a command works on. */
export function oneFile(command: string, operands: readonly string[]): string {
  const [file, ...more] = operands;
  if (file === undefined || more.length > 0) throw new UsageError(`${command} needs one file.`);
  return file;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function unknownOption(flag: string, names: readonly string[]): string {
  const near = nearest(flag.replace(/^-+/, ''), names);
  const hint = near === undefined ? '' : ` Did you mean --${near}?`;
  return `There is no option ${flag}.${hint}`;
}

export function oneOf<Value extends string>(
  option: string,
  value: string,
  allowed: readonly Value[],
): Value {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new UsageError(`--${option} takes ${allowed.join(', ')}, not “${value}”.`);
  }
  return found;
}

export function wholeNumber(option: string, value: string, max: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > max) {
    throw new UsageError(`--${option} takes a whole number from 0 to ${max}, not “${value}”.`);
  }
  return number;
}

/** The two sides of `NAME=SEVERITY`. */
export function pair(option: string, text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--${option} takes NAME=SEVERITY, not “${text}”.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

export const severities: readonly Severity[] = ['hint', 'information', 'warning', 'error'];
