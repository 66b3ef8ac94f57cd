/** `tidemark run`: the engine, in the foreground, on real disks. */
import { lint } from '../../lint/run.ts';
import { oneFile, readOptions } from '../options.ts';
import { regionOf } from '../region.ts';
import { exitStatus, type ExitStatus, type Shell } from '../shell.ts';
import { readWhole } from '../topology-file.ts';
import { NoEngineError } from './access.ts';
import { durationOf } from './recovery-verbs.ts';

export const runUsage =
  'tidemark run FILE [--state DIR] [--until-unused DURATION] [--images-anywhere] [--run-scripts]';

export async function runCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values, flags } = readOptions(args, ['state', 'until-unused'], {
    flags: ['images-anywhere', 'run-scripts'],
  });
  const file = oneFile('run', operands);
  const unused = values['until-unused'];
  const endsUnusedAfter = unused === undefined ? undefined : durationOf('until-unused', unused);
  const loaded = readWhole(shell, file);
  const findings = lint(loaded);
  const errors = findings.filter(({ severity }) => severity === 'error');
  for (const { document, range, message, rule } of errors) {
    const { line, column } = regionOf(document, range);
    shell.tell(`${document.uri}:${line}:${column}: error: ${message} [${rule}]\n`);
  }
  if (errors.length > 0) {
    shell.tell(`No engine is started for ${file} before these are mended.\n`);
    return exitStatus.unable;
  }
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  if (warnings > 0) {
    shell.tell(`${file} has ${warnings} warnings, which “tidemark lint” lists.\n`);
  }
  if (!shell.engines) throw new NoEngineError('Engines cannot be run from here.');
  const outcome = await shell.engines.run({
    topology: loaded.topology,
    topologyFile: file,
    state: values.state,
    endsUnusedAfter,
    imagesAnywhere: flags.has('images-anywhere'),
    runScripts: flags.has('run-scripts'),
  });
  return outcome === 'ended' ? exitStatus.fine : exitStatus.unable;
}
