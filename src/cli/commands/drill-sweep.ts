/** `tidemark drill --sweep`: one drill over a range of values, and where it starts to fail. */
import { reportOf } from '../../drill/report.ts';
import {
  readSweep,
  runSweep,
  stretchesOf,
  SweepError,
  type SweptRun,
  type SweptStretch,
} from '../../drill/sweep.ts';
import { tracesBy } from '../../drill/traces.ts';
import type { Drill, Topology } from '../../topology/model.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { styleFor, type Style } from '../style.ts';
import { readWhole } from '../topology-file.ts';
import { TopologyStore } from '../topology-store.ts';

export interface SweepRequest {
  readonly file: string;
  /** The only drill of the file where it is not given. */
  readonly drill: string | undefined;
  readonly sweep: string;
  readonly seed: number;
  readonly format: 'text' | 'json';
}

/** Exits with 1 where any value fails: a range that has to hold is a test like any other. */
export function sweepCommand(shell: Shell, request: SweepRequest): ExitStatus {
  const { file, seed, format } = request;
  const store = new TopologyStore(shell);
  const loaded = readWhole(shell, file, store);
  const traceOf = tracesBy((path, uri) => store.readBeside(file, uri, path));
  const drill = drillOf(loaded.topology, request.drill);
  const style = styleFor(shell.colours);
  const runs: SweptRun[] = [];
  try {
    const sweep = readSweep(request.sweep);
    for (const event of runSweep(loaded, drill, sweep, seed, traceOf)) {
      if (event.type === 'ran') {
        if (shell.progress) shell.tell('\r\u001b[K');
        if (format === 'text') {
          if (runs.length === 0) shell.print(`${style.bold(drill.name)}, ${sweep.name}\n`);
          printRun(shell, style, event.run);
        }
        runs.push(event.run);
      } else if (shell.progress) {
        const share = (event.index + event.share) / sweep.values.length;
        shell.tell(`\r\u001b[K${event.value}: ${Math.round(share * 100)} %`);
      }
    }
    const stretches = stretchesOf(runs);
    if (format === 'text') shell.print(`${summaryOf(stretches)}\n`);
    else {
      const report = {
        file,
        drill: drill.name,
        seed,
        sweep: sweep.name,
        runs: runs.map(({ value, outcome }) => ({ value, ...reportOf(outcome) })),
        stretches,
      };
      shell.print(`${JSON.stringify(report, undefined, 2)}\n`);
    }
  } catch (error) {
    if (error instanceof SweepError) throw new UsageError(error.message);
    throw error;
  }
  const failed = runs.some(({ outcome }) => outcome.verdict === 'failed');
  return failed ? exitStatus.wrong : exitStatus.fine;
}

function drillOf({ drills }: Topology, name: string | undefined): Drill {
  const [only, ...others] = drills.values();
  const drill = name === undefined ? only : drills.get(name);
  if (name === undefined && others.length > 0) {
    throw new UsageError('A sweep runs one drill: choose it with --drill.');
  }
  if (drill) return drill;
  throw new UsageError(
    name === undefined ? 'This file declares no drill.' : `There is no drill ${name} in this file.`,
  );
}

function printRun(shell: Shell, style: Style, { value, outcome }: SweptRun): void {
  const [failure, ...more] = outcome.failures;
  if (!failure) {
    shell.print(`  ${style.good('✓')} ${value}\n`);
    return;
  }
  const { uri, start } = failure.range;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  shell.print(
    `  ${style.bad('✗')} ${value}  ` +
      `${uri}:${start.line + 1}:${start.character + 1}: ${failure.message}${others}\n`,
  );
}

/** `passes from 10m to 1h20m, fails from 1h30m to 3h` */
function summaryOf(stretches: readonly SweptStretch[]): string {
  return stretches
    .map(({ verdict, from, to }) => {
      const does = verdict === 'passed' ? 'passes' : 'fails';
      return from === to ? `${does} at ${from}` : `${does} from ${from} to ${to}`;
    })
    .join(', ');
}
