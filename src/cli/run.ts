/** Finds the command and turns every failure into a message and an exit status. */
import { DisconnectedError } from '../engine/control/control-client.ts';
import { QuestionError } from '../engine/control/questions.ts';
import { WorldError } from '../engine/world/world.ts';
import { RestoreError } from '../restore/restore-error.ts';
import { nearest } from '../topology/near-miss.ts';
import { drillCommand, drillUsage } from './commands/drill.ts';
import { lintCommand, lintUsage } from './commands/lint.ts';
import { planCommand, planUsage } from './commands/plan.ts';
import { portsCommand, portsUsage } from './commands/ports.ts';
import { routesCommand, routesUsage } from './commands/routes.ts';
import { schemaCommand, schemaUsage } from './commands/schema.ts';
import { NoEngineError } from './engine/access.ts';
import { bootCommand, bootUsage } from './engine/boot.ts';
import { browseCommand, browseUsage } from './engine/browse.ts';
import { cloneCommand, cloneUsage } from './engine/clone.ts';
import { UnknownNameError } from './engine/errors.ts';
import { linkCommand, linkUsage, powerCommand, powerUsage } from './engine/harm.ts';
import { recoveryCommand, recoveryUsage, recoveryVerbs } from './engine/recovery-verbs.ts';
import { restoreCommand, restoreUsage } from './engine/restore.ts';
import { runCommand, runUsage } from './engine/run.ts';
import { statusCommand, statusUsage } from './engine/status.ts';
import { stopCommand, stopUsage } from './engine/stop.ts';
import {
  alertsCommand,
  alertsUsage,
  checkpointsCommand,
  checkpointsUsage,
  eventsCommand,
  eventsUsage,
  reportsCommand,
  reportsUsage,
} from './engine/views.ts';
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
  run(shell: Shell, args: readonly string[]): ExitStatus | Promise<ExitStatus>;
}

export const commands: Readonly<Record<string, Command>> = {
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
  run: { usage: runUsage, about: 'The engine, in the foreground, on real disks', run: runCommand },
  stop: { usage: stopUsage, about: 'Ends a running engine', run: stopCommand },
  status: {
    usage: statusUsage,
    about: 'Sites, VPGs and disks of a running engine',
    run: statusCommand,
  },
  checkpoints: {
    usage: checkpointsUsage,
    about: 'The checkpoints of a VPG, and its gaps',
    run: checkpointsCommand,
  },
  alerts: { usage: alertsUsage, about: 'The alerts of a running engine', run: alertsCommand },
  events: { usage: eventsUsage, about: 'What has happened, oldest first', run: eventsCommand },
  reports: { usage: reportsUsage, about: 'The recovery reports', run: reportsCommand },
  ...Object.fromEntries(
    Object.entries(recoveryVerbs).map(([name, verb]): [string, Command] => [
      name,
      {
        usage: recoveryUsage(name),
        about: verb.about,
        run: (shell, args) => recoveryCommand(name, verb, shell, args),
      },
    ]),
  ),
  clone: {
    usage: cloneUsage,
    about: 'Copies the disks of a VPG at a checkpoint into files',
    run: cloneCommand,
  },
  browse: {
    usage: browseUsage,
    about: 'Shows the files of a disk at a checkpoint',
    run: browseCommand,
  },
  restore: {
    usage: restoreUsage,
    about: 'Brings files out of a disk at a checkpoint',
    run: restoreCommand,
  },
  boot: {
    usage: bootUsage,
    about: 'Runs a recovered VM in QEMU, cut off from every network',
    run: bootCommand,
  },
  power: { usage: powerUsage, about: 'Switches a component of the lab', run: powerCommand },
  link: { usage: linkUsage, about: 'Cuts, heals or degrades a link of the lab', run: linkCommand },
};

function help(): string {
  const lines = Object.values(commands).map(({ usage, about }) => `  ${usage}\n      ${about}\n`);
  return `Usage:\n${lines.join('')}\nExit status: 0 nothing wrong, 1 something wrong, 2 could not do it.\n`;
}

/** Commands that talk to an engine end later; all others when this returns. */
export function runCommandLine(
  shell: Shell,
  args: readonly string[],
): ExitStatus | Promise<ExitStatus> {
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
  const failed = (error: unknown): ExitStatus => failure(shell, name, command, error);
  try {
    const status = command.run(shell, rest);
    return status instanceof Promise ? status.catch(failed) : status;
  } catch (error) {
    return failed(error);
  }
}

function failure(shell: Shell, name: string, command: Command, error: unknown): ExitStatus {
  if (error instanceof UsageError) {
    shell.tell(`${error.message}\n\n  ${command.usage}\n`);
    return exitStatus.unable;
  }
  if (foreseen.some((kind) => error instanceof kind)) {
    shell.tell(`${(error as Error).message}\n`);
    return exitStatus.unable;
  }
  // Status 1 would say that the file was read and something in it is wrong.
  shell.tell(`${unexpected(name, error, shell.debug === true)}\n`);
  return exitStatus.unable;
}

const foreseen = [
  UnreadableFileError,
  UnwritableFileError,
  NoEngineError,
  DisconnectedError,
  QuestionError,
  UnknownNameError,
  RestoreError,
  WorldError,
];

function unexpected(command: string, error: unknown, debug: boolean): string {
  const [reason = ''] = String(error).split('\n', 1);
  const stack = debug && error instanceof Error ? error.stack : undefined;
  const more = stack === undefined ? ' TIDEMARK_DEBUG=1 shows where.' : `\n${stack}`;
  return `tidemark ${command} failed unexpectedly: ${reason}${more}`;
}
