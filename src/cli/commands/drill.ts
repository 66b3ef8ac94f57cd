/** `tidemark drill`: rehearses a file's drills in virtual time. */
import type { DrillEvent, DrillOutcome } from '../../drill/protocol.ts';
import { reportOf } from '../../drill/report.ts';
import { defaultSeed, runTopology } from '../../drill/run-file.ts';
import { formatDuration } from '../../topology/quantities.ts';
import { junitOf, type JunitError } from '../formats/junit.ts';
import { oneFile, oneOf, readOptions, wholeNumber } from '../options.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { styleFor, type Style } from '../style.ts';
import { TopologyStore } from '../topology-store.ts';
import { sweepCommand } from './drill-sweep.ts';

export const drillUsage =
  'tidemark drill FILE [--drill NAME] [--seed N] [--format text|json|junit] [--sweep NAME=FIRST..LAST/STEP]';

const largestSeed = 0xffffffff;

export function drillCommand(shell: Shell, args: readonly string[]): ExitStatus {
  const { operands, values } = readOptions(args, ['drill', 'seed', 'format', 'sweep']);
  const file = oneFile('drill', operands);
  const format = oneOf('format', values.format ?? 'text', ['text', 'json', 'junit']);
  const seed =
    values.seed === undefined ? defaultSeed : wholeNumber('seed', values.seed, largestSeed);
  if (values.sweep !== undefined) {
    if (format === 'junit') throw new UsageError('A sweep is printed as text or json.');
    const { drill, sweep } = values;
    return sweepCommand(shell, { file, drill, sweep, seed, format });
  }
  const store = new TopologyStore(shell);
  const loaded = store.load(file);
  const style = styleFor(shell.colours);
  const outcomes: DrillOutcome[] = [];
  const errors: JunitError[] = [];
  const events = runTopology(loaded, {
    ...(values.drill === undefined ? {} : { drills: [values.drill] }),
    seed,
    readTrace: (path, uri) => store.readBeside(file, uri, path),
  });
  for (const event of events) {
    showProgress(shell, event);
    if (event.type === 'finished') {
      outcomes.push(event.outcome);
      if (format === 'text') printOutcome(shell, style, event.outcome);
    } else if (event.type === 'refused') {
      const problems = event.problems.map(
        ({ range, message }) =>
          `${range.uri}:${range.start.line + 1}:${range.start.character + 1}: ${message}\n`,
      );
      shell.tell(problems.join(''));
      const refusal = 'The drills of this file cannot run before these are mended.\n';
      shell.tell(refusal);
      errors.push({ name: 'reading the file', message: `${problems.join('')}${refusal}` });
    } else if (event.type === 'crashed') {
      shell.tell(`${event.drill ?? file}: ${event.message}\n`);
      errors.push({ name: event.drill ?? file, message: event.message });
    }
  }
  if (format === 'json') {
    shell.print(`${JSON.stringify({ file, drills: outcomes.map(reportOf) }, undefined, 2)}\n`);
  } else if (format === 'junit') {
    shell.print(junitOf(file, outcomes, errors));
  } else if (errors.length === 0) {
    printSummary(shell, style, outcomes);
  }
  if (errors.length > 0) return exitStatus.unable;
  const failed = outcomes.some(({ verdict }) => verdict === 'failed');
  return failed ? exitStatus.wrong : exitStatus.fine;
}

function showProgress(shell: Shell, event: DrillEvent): void {
  if (!shell.progress) return;
  const clear = '\r\u001b[K';
  if (event.type === 'progress') {
    const share = Math.round((event.done / event.total) * 100);
    shell.tell(`${clear}${event.drill}: ${share} %`);
  } else {
    shell.tell(clear);
  }
}

function printOutcome(shell: Shell, style: Style, outcome: DrillOutcome): void {
  const passed = outcome.verdict === 'passed';
  const sign = passed ? style.good('✓') : style.bad('✗');
  const about = outcome.describes === undefined ? '' : style.dim(`  ${outcome.describes}`);
  shell.print(`${sign} ${style.bold(outcome.name)}${about}\n`);
  for (const { range, message } of outcome.failures) {
    shell.print(
      `    ${range.uri}:${range.start.line + 1}:${range.start.character + 1}: ${message}\n`,
    );
  }
  for (const vpg of outcome.timeline.snapshot.vpgs) {
    const gaps = vpg.gaps.map((gap) => {
      const end = gap.to === undefined ? 'open' : formatDuration(gap.to);
      return `${formatDuration(gap.from)} to ${end} (${gap.cause})`;
    });
    shell.print(
      style.dim(
        `    ${vpg.name}: ${vpg.checkpoints.count} checkpoints, history ${formatDuration(vpg.history)}, ` +
          `${vpg.status}${gaps.length === 0 ? ', no gaps' : `, gaps: ${gaps.join(', ')}`}\n`,
      ),
    );
  }
}

function printSummary(shell: Shell, style: Style, outcomes: readonly DrillOutcome[]): void {
  if (outcomes.length === 0) {
    shell.print('This file declares no drill.\n');
    return;
  }
  const failed = outcomes.filter(({ verdict }) => verdict === 'failed').length;
  const passed = `${outcomes.length - failed} passed`;
  shell.print(
    failed === 0 ? `${style.good(passed)}\n` : `${passed}, ${style.bad(`${failed} failed`)}\n`,
  );
}
