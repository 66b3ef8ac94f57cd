/** Arguments of a command, read strictly: a misspelt option is an error, never a file name. */
import type { Severity } from '../lint/rule.ts';
import { nearest } from '../topology/near-miss.ts';
import { UsageError } from './shell.ts';

export interface Options<Name extends string> {
  readonly operands: readonly string[];
  readonly values: Readonly<Partial<Record<Name, string>>>;
}

/** Every option takes a value, as `--name value` or `--name=value`; `--` ends the options. */
export function readOptions<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
): Options<Name> {
  const operands: string[] = [];
  const values: Partial<Record<Name, string>> = {};
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
    const [flag, inline] = splitOnce(argument, '=');
    const name = names.find((candidate) => `--${candidate}` === flag);
    if (name === undefined) throw new UsageError(unknownOption(flag, names));
    const value = inline ?? args[++index];
    if (value === undefined) throw new UsageError(`The option ${flag} needs a value.`);
    values[name] = value;
  }
  return { operands, values };
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

export const severities: readonly Severity[] = ['hint', 'information', 'warning', 'error'];
