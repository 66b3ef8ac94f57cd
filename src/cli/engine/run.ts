/** `tidemark run`: the engine, in the foreground, on real disks. */
import { tracesBy } from '../../drill/traces.ts';
import { lint } from '../../lint/run.ts';
import type { Topology } from '../../topology/model.ts';
import { oneFile, readOptions } from '../options.ts';
import { regionOf } from '../region.ts';
import { exitStatus, type ExitStatus, type Shell } from '../shell.ts';
import { readWhole } from '../topology-file.ts';
import { TopologyStore } from '../topology-store.ts';
import { NoEngineError } from './access.ts';
import { durationOf } from './recovery-verbs.ts';

export const runUsage =
  'tidemark run FILE [--state DIR] [--until-unused DURATION] [--workload] [--images-anywhere] [--allow-scripts]';

export async function runCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const { operands, values, flags } = readOptions(args, ['state', 'until-unused'], {
    flags: ['workload', 'images-anywhere', 'allow-scripts'],
  });
  const file = oneFile('run', operands);
  const unused = values['until-unused'];
  const endsUnusedAfter = unused === undefined ? undefined : durationOf('until-unused', unused);
  const store = new TopologyStore(shell);
  const loaded = readWhole(shell, file, store);
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
  if (flags.has('workload')) tellOfImages(shell, loaded.topology);
  if (!shell.engines) throw new NoEngineError('Engines cannot be run from here.');
  const outcome = await shell.engines.run({
    topology: loaded.topology,
    topologyFile: file,
    state: values.state,
    endsUnusedAfter,
    imagesAnywhere: flags.has('images-anywhere'),
    allowScripts: flags.has('allow-scripts'),
    workload: flags.has('workload'),
    traceOf: tracesBy((path, uri) => store.readBeside(file, uri, path)),
  });
  return outcome === 'ended' ? exitStatus.fine : exitStatus.unable;
}

/** A workload writes over whatever is on a disk, and what is in an image matters to somebody. */
function tellOfImages(shell: Shell, topology: Topology): void {
  for (const site of topology.sites.values()) {
    for (const vm of site.vms.values()) {
      const [image] = [...vm.disks.values()].flatMap((disk) => disk.image ?? []);
      if (image === undefined) continue;
      shell.tell(`${vm.name} writes nothing by itself: ${image} would be written over.\n`);
    }
  }
}
