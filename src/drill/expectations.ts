/** Holds what a drill expects against what the lab shows. */
import type { Gap, LabSnapshot, VpgSnapshot } from '../engine/api.ts';
import type { Lab } from '../engine/lab.ts';
import type { Path } from '../topology/document.ts';
import type {
  Bounds,
  DrillStep,
  Expectations,
  GapExpectation,
  TimeExpectation,
  VpgExpectations,
} from '../topology/model.ts';
import { formatDuration } from '../topology/quantities.ts';
import { failureAt, Judge } from './failures.ts';
import type { DrillFailure, DrillOperation } from './protocol.ts';

/**
 * Judges a step: how its operation went, and everything that it expects of that moment. `names` are
 * those of all writes of the drill.
 */
export function checkStep(
  lab: Lab,
  step: DrillStep,
  operation: DrillOperation | undefined,
  names: ReadonlySet<string>,
  failures: DrillFailure[],
): void {
  if (operation && operation.result !== 'not-supported') {
    checkOperation(step, operation, names, failures);
  }
  if (!step.expect) return;
  if (!operation) checkNoOperationNeeded(step.expect, 'This step', failures);
  checkExpectations(lab, step.expect, failures);
}

/** Judges what a drill expects of its end. */
export function checkEnd(lab: Lab, expect: Expectations, failures: DrillFailure[]): void {
  checkNoOperationNeeded(expect, 'The end of a drill', failures);
  checkExpectations(lab, expect, failures);
}

/** What is asked of a ZVM is expected to succeed unless the drill says otherwise. */
function checkOperation(
  step: DrillStep,
  operation: DrillOperation,
  names: ReadonlySet<string>,
  failures: DrillFailure[],
): void {
  const { expect } = step;
  const wanted = expect?.result ?? 'success';
  const reason = operation.reason ?? '';
  if (operation.result !== wanted) {
    const why = reason ? `: ${reason}` : '';
    failures.push(
      failureAt(
        expect?.result === undefined
          ? step.place
          : { ...expect.place, path: [...expect.place.path, 'result'] },
        `Expected ${operation.verb} to be ${asPast(wanted)}, but it was ${asPast(operation.result)}${why}.`,
        wanted,
        operation.result,
      ),
    );
    return;
  }
  if (!expect) return;
  const judge = new Judge(expect.place, failures);
  if (expect.reason !== undefined) {
    const said = reason.toLowerCase().includes(expect.reason.toLowerCase());
    judge.expect(said, ['reason'], 'the reason', `“… ${expect.reason} …”`, `“${reason}”`);
  }
  const stateOf = (marker: string): string => {
    if (operation.contains.includes(marker)) return 'in the image';
    return operation.partly.includes(marker) ? 'partly in the image' : 'not in the image';
  };
  const expectMarkers = (key: 'contains' | 'missing', expected: string): void => {
    for (const [index, marker] of (expect[key] ?? []).entries()) {
      if (!names.has(marker)) {
        judge.fail([key, index], `No step of this drill writes ${marker}.`, marker, 'no such name');
        continue;
      }
      const state = stateOf(marker);
      judge.expect(state === expected, [key, index], marker, expected, state);
    }
  };
  expectMarkers('contains', 'in the image');
  expectMarkers('missing', 'not in the image');
}

function asPast(result: string): string {
  return result === 'success' ? 'done' : result;
}

/** An expectation that nothing can answer must not pass in silence. */
function checkNoOperationNeeded(expect: Expectations, who: string, failures: DrillFailure[]): void {
  const judge = new Judge(expect.place, failures);
  for (const key of ['result', 'reason', 'contains', 'missing'] as const) {
    if (expect[key] === undefined) continue;
    judge.fail(
      [key],
      `${who} asks nothing of a ZVM, so it has no ${key}.`,
      'an operation such as failoverTest',
      'none',
    );
  }
}

export function checkExpectations(lab: Lab, expect: Expectations, failures: DrillFailure[]): void {
  const snapshot = lab.snapshot();
  checkAlerts(snapshot, expect, failures);
  for (const [name, wanted] of expect.vpgs) {
    const vpg = snapshot.vpgs.find((candidate) => candidate.name === name);
    const judge = new Judge(wanted.place, failures);
    if (vpg) checkVpg(vpg, wanted, judge);
    else judge.fail([], `There is no VPG ${name} in the lab.`, name, 'none');
  }
}

/** `raised`, `cleared` and `never` count from the drill's start up to now. */
function checkAlerts(snapshot: LabSnapshot, expect: Expectations, failures: DrillFailure[]): void {
  const { alerts } = expect;
  if (!alerts) return;
  const judge = new Judge(expect.place, failures);
  const seen = (id: string): LabSnapshot['alerts'] =>
    snapshot.alerts.filter(
      (alert) => alert.id === id && (alert.cleared === undefined || alert.cleared >= 0),
    );
  for (const [index, id] of (alerts.raised ?? []).entries()) {
    judge.expect(
      seen(id).length > 0,
      ['alerts', 'raised', index],
      `alert ${id}`,
      'raised',
      'not raised',
    );
  }
  for (const [index, id] of (alerts.cleared ?? []).entries()) {
    const found = seen(id);
    const open = found.some((alert) => alert.cleared === undefined);
    judge.expect(
      found.length > 0 && !open,
      ['alerts', 'cleared', index],
      `alert ${id}`,
      'raised and cleared',
      open ? 'still standing' : 'never raised',
    );
  }
  for (const [index, id] of (alerts.never ?? []).entries()) {
    const [first] = seen(id);
    judge.expect(
      first === undefined,
      ['alerts', 'never', index],
      `alert ${id}`,
      'never raised',
      first ? `raised at ${formatDuration(first.raised)}` : '',
    );
  }
}

function checkVpg(vpg: VpgSnapshot, wanted: VpgExpectations, judge: Judge): void {
  const same = (key: 'status' | 'subStatus' | 'health'): void => {
    const value = wanted[key];
    if (value === undefined) return;
    judge.expect(vpg[key] === value, [key], `the ${key} of ${vpg.name}`, value, vpg[key]);
  };
  same('status');
  same('subStatus');
  same('health');
  if (wanted.replicating !== undefined) {
    judge.expect(
      vpg.replicating === wanted.replicating,
      ['replicating'],
      vpg.name,
      wanted.replicating ? 'replicating' : 'not replicating',
      vpg.replicating ? 'replicating' : 'not replicating',
    );
  }
  checkRpo(vpg, wanted, judge);
  if (wanted.history) {
    checkBounds(wanted.history, vpg.history, ['history'], 'the history', formatDuration, judge);
  }
  checkCheckpoints(vpg, wanted, judge);
  checkGaps(vpg, wanted, judge);
}

function checkRpo(vpg: VpgSnapshot, { rpo }: VpgExpectations, judge: Judge): void {
  if (rpo === undefined) return;
  const actual = vpg.rpo === undefined ? 'not measured' : formatDuration(vpg.rpo);
  if (rpo === 'not-measured') {
    judge.expect(vpg.rpo === undefined, ['rpo'], 'the RPO', 'not measured', actual);
    return;
  }
  judge.expect(
    vpg.rpo !== undefined && vpg.rpo <= rpo.atMost,
    ['rpo'],
    'the RPO',
    `at most ${formatDuration(rpo.atMost)}`,
    actual,
  );
}

function checkBounds(
  bounds: Bounds,
  actual: number,
  path: Path,
  what: string,
  format: (value: number) => string,
  judge: Judge,
): void {
  const { atLeast, atMost } = bounds;
  if (atLeast !== undefined) {
    const expected = `at least ${format(atLeast)}`;
    judge.expect(actual >= atLeast, [...path, 'atLeast'], what, expected, format(actual));
  }
  if (atMost !== undefined) {
    const expected = `at most ${format(atMost)}`;
    judge.expect(actual <= atMost, [...path, 'atMost'], what, expected, format(actual));
  }
}

function checkCheckpoints(vpg: VpgSnapshot, wanted: VpgExpectations, judge: Judge): void {
  const { checkpoints } = wanted;
  if (!checkpoints) return;
  const what = 'the number of checkpoints';
  checkBounds(checkpoints, vpg.checkpoints.count, ['checkpoints'], what, String, judge);
  for (const end of ['oldest', 'newest'] as const) {
    const time = checkpoints[end];
    if (!time) continue;
    const actual = vpg.checkpoints[end];
    judge.expect(
      actual !== undefined && isNear(actual, time),
      ['checkpoints', end],
      `the ${end} checkpoint`,
      `at ${formatDuration(time.at)} within ${formatDuration(time.within)}`,
      actual === undefined ? 'missing' : `at ${formatDuration(actual)}`,
    );
  }
}

function isNear(actual: number, { at, within }: TimeExpectation): boolean {
  return Math.abs(actual - at) <= within;
}

function checkGaps(vpg: VpgSnapshot, wanted: VpgExpectations, judge: Judge): void {
  // A gap that the warm-up opened and closed is not the drill's.
  const gaps = vpg.gaps.filter((gap) => gap.to === undefined || gap.to > 0);
  if (wanted.noGaps !== undefined) {
    const expected = wanted.noGaps ? 'without gaps' : 'with a gap';
    const holds = (gaps.length === 0) === wanted.noGaps;
    judge.expect(holds, ['noGaps'], 'the history', expected, describe(gaps));
  }
  if (!wanted.gaps) return;
  if (gaps.length !== wanted.gaps.length) {
    judge.fail(
      ['gaps'],
      `Expected ${counted(wanted.gaps.length)}, but there are ${describe(gaps)}.`,
      counted(wanted.gaps.length),
      describe(gaps),
    );
    return;
  }
  for (const [index, expected] of wanted.gaps.entries()) {
    const gap = gaps[index];
    if (gap) checkGap(gap, expected, ['gaps', index], judge);
  }
}

function checkGap(gap: Gap, expected: GapExpectation, path: Path, judge: Judge): void {
  const { from, to, within, cause } = expected;
  const near = { within };
  judge.expect(
    isNear(gap.from, { at: from, ...near }),
    [...path, 'from'],
    'the start of the gap',
    `${formatDuration(from)} within ${formatDuration(within)}`,
    formatDuration(gap.from),
  );
  judge.expect(
    to === undefined
      ? gap.to === undefined
      : gap.to !== undefined && isNear(gap.to, { at: to, ...near }),
    [...path, 'to'],
    'the end of the gap',
    to === undefined ? 'open' : `${formatDuration(to)} within ${formatDuration(within)}`,
    gap.to === undefined ? 'open' : formatDuration(gap.to),
  );
  if (cause !== undefined) {
    judge.expect(gap.cause === cause, [...path, 'cause'], 'the cause of the gap', cause, gap.cause);
  }
}

function counted(gaps: number): string {
  return `${String(gaps)} ${gaps === 1 ? 'gap' : 'gaps'}`;
}

function describe(gaps: readonly Gap[]): string {
  const each = gaps.map((gap) => {
    const end = gap.to === undefined ? 'open' : formatDuration(gap.to);
    return `${formatDuration(gap.from)} to ${end} (${gap.cause})`;
  });
  return each.length === 0 ? counted(0) : `${counted(gaps.length)}: ${each.join(', ')}`;
}
