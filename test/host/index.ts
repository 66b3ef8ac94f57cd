import { writeFile } from 'node:fs/promises';
import type { MochaOptions, ReporterConstructor, Runner, Suite } from 'mocha';
import { runner, type Outcome } from './bridge.ts';
import { phases } from './suites.ts';

/**
 * What VS Code calls in the extension host. One phase at a time: after each the window starts
 * anew, VS Code starts this module again, and the runner says which phase it is.
 */
export async function run(): Promise<void> {
  const phase = (await runner?.phase()) ?? 1;
  const result = await runPhase(phase);
  if (runner) {
    const opens = phases[phase]?.opens ?? 'folder';
    const { next } = await runner.result({ ...result, phases: phases.length, opens });
    // The window is about to be loaded anew. To return would tell VS Code that all is done.
    if (next) await new Promise(() => {});
  } else if (process.env['TIDEMARK_SUMMARY'] !== undefined) {
    await writeFile(process.env['TIDEMARK_SUMMARY'], JSON.stringify(result));
  }
  if (result.failed > 0) throw new Error(`${result.failed} tests failed.`);
}

async function runPhase(phase: number): Promise<Outcome> {
  // At run time and not at the top: mocha is an ES module and this bundle is not.
  const { default: Mocha } = await import('mocha');
  const grep = process.env['TIDEMARK_HOST_GREP'];
  const options: MochaOptions = { ui: 'bdd', timeout: 60_000, slow: 5000 };
  const mocha = new Mocha(grep === undefined ? options : { ...options, grep });
  const lines = new Lines();

  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const load of phases[phase - 1]?.suites ?? []) await load();
  if (!runner) {
    // No window can be reloaded from here, so the later phases are shown as what they are: skipped.
    const first = mocha.suite.suites.length;
    for (const load of phases.slice(1).flatMap(({ suites }) => suites)) await load();
    for (const suite of mocha.suite.suites.slice(first)) skip(suite);
  }

  const result: Outcome = {
    passed: 0,
    failed: 0,
    skipped: 0,
    skippedTitles: [],
  };
  await new Promise<void>((resolve) => {
    // A reporter is whatever can be called with `new`; more than this function is not needed.
    function reporter(running: Runner) {
      report(running, result, lines);
    }
    mocha.reporter(reporter as unknown as ReporterConstructor);
    mocha.run(() => {
      resolve();
    });
  });
  await lines.written();
  return result;
}

function skip(suite: Suite): void {
  suite.eachTest((test) => {
    test.pending = true;
    test.title += ' (needs the workbench page)';
  });
}

function report(running: Runner, result: Outcome, lines: Lines): void {
  let depth = 0;
  const indent = () => '  '.repeat(depth);
  running.on('suite', (suite) => {
    if (!suite.root) lines.write(`${indent()}${suite.title}`);
    depth += 1;
  });
  running.on('suite end', () => {
    depth -= 1;
  });
  running.on('pass', (test) => {
    result.passed += 1;
    const slow = test.speed === 'slow' ? ` (${test.duration ?? 0} ms)` : '';
    lines.write(`${indent()}✔ ${test.title}${slow}`);
  });
  running.on('pending', (test) => {
    result.skipped += 1;
    result.skippedTitles.push(test.fullTitle());
    lines.write(`${indent()}- ${test.title}`);
  });
  running.on('fail', (test, error: Error) => {
    result.failed += 1;
    lines.write(`${indent()}✖ ${test.title}`);
    const words = error.stack ?? error.message;
    for (const line of words.split('\n')) lines.write(`${indent()}    ${line}`);
    lines.picture(`failed-${test.fullTitle().slice(0, 80)}`);
  });
}

/** Lines to the terminal, in order. The console of the extension host reaches it only by detours. */
class Lines {
  private last: Promise<void> = Promise.resolve();

  write(line: string): void {
    if (runner) this.last = this.last.then(() => runner?.print(line));
    else console.log(line);
  }

  /** What the window looked like, which often says more than the error. */
  picture(name: string): void {
    const taken = runner?.screenshot({ name }).catch(() => undefined);
    this.last = Promise.all([this.last, taken]).then(() => undefined);
  }

  written(): Promise<void> {
    return this.last;
  }
}
