/** Finds the command and turns every failure into a message and an exit status. */
import { nearest } from '../topology/near-miss.ts';
import { drillCommand, drillUsage } from './commands/drill.ts';
import { lintCommand, lintUsage } from './commands/lint.ts';
import { planCommand, planUsage } from './commands/plan.ts';
import { portsCommand, portsUsage } from './commands/ports.ts';
import { routesCommand, routesUsage } from './commands/routes.ts';
import { schemaCommand, schemaUsage } from './commands/schema.ts';
import {
  exitStatus,
  UnreadableFileError,
  UnwritableFileError,
  UsageError,
  type ExitStatus,
  type Shell,
} from './shell.ts';

interface Command {
  readonly usage: string;
  readonly about: string;
  run(shell: Shell, args: readonly string[]): ExitStatus;
}

const commands: Readonly<Record<string, Command>> = {
  lint: { usage: lintUsage, about: 'What is wrong with a topology file', run: lintCommand },
  drill: { usage: drillUsage, about: 'Rehearses drills in virtual time', run: drillCommand },
  routes: { usage: routesUsage, about: 'The route statements of the ZVMs', run: routesCommand },
  ports: {
    usage: portsUsage,
    about: 'The firewall matrix: who talks to whom, on which port, and why',
    run: portsCommand,
  },
  plan: {
    usage: planUsage,
    about: 'Bandwidth, journal, scratch, buffer and datastore sizing of the VPGs',
    run: planCommand,
  },
  schema: { usage: schemaUsage, about: 'The JSON Schema of a topology file', run: schemaCommand },
};

function help(): string {
  const lines = Object.values(commands).map(({ usage, about }) => `  ${usage}\n      ${about}\n`);
  return `Usage:\n${lines.join('')}\nExit status: 0 nothing wrong, 1 something wrong, 2 could not do it.\n`;
}

export function runCommandLine(shell: Shell, args: readonly string[]): ExitStatus {
  const [name, ...rest] = args;
  if (name === undefined) {
    shell.tell(help());
    return exitStatus.unable;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    shell.print(help());
    return exitStatus.fine;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const near = nearest(name, Object.keys(commands));
    const hint = near === undefined ? '' : ` Did you mean “${near}”?`;
    shell.tell(`There is no command “${name}”.${hint} “tidemark help” lists them.\n`);
    return exitStatus.unable;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    shell.print(`${command.about}.\n\n  ${command.usage}\n`);
    return exitStatus.fine;
  }
  try {
    return command.run(shell, rest);
  } catch (error) {
    if (error instanceof UsageError) {
      shell.tell(`${error.message}\n\n  ${command.usage}\n`);
      return exitStatus.unable;
    }
    if (error instanceof UnreadableFileError || error instanceof UnwritableFileError) {
      shell.tell(`${error.message}\n`);
      return exitStatus.unable;
    }
    // Status 1 would say that the file was read and something in it is wrong.
    shell.tell(`${unexpected(name, error, shell.debug === true)}\n`);
    return exitStatus.unable;
  }
}

function unexpected(command: string, error: unknown, debug: boolean): string {
  const [reason = ''] = String(error).split('\n', 1);
  const stack = debug && error instanceof Error ? error.stack : undefined;
  const more = stack === undefined ? ' TIDEMARK_DEBUG=1 shows where.' : `\n${stack}`;
  return `tidemark ${command} failed unexpectedly: ${reason}${more}`;
}
