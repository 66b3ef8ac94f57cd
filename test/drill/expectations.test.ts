import assert from 'node:assert/strict';
import { checkExpectations, checkStep } from '../../src/drill/expectations.ts';
import type { DrillFailure, DrillOperation } from '../../src/drill/protocol.ts';
import type { LabSnapshot, VpgSnapshot } from '../../src/engine/api.ts';
import type { Lab } from '../../src/engine/lab.ts';
import { loadTopology } from '../../src/topology/load.ts';
import type { DrillStep } from '../../src/topology/model.ts';
import { timelineFixture, vpgSnapshot } from '../webview/timeline-fixture.ts';

/** A drill with one step that expects what is given; the fixture's VPG is all the lab there is. */
function stepExpecting(expectation: string, action = ''): { step: DrillStep; text: string } {
  const text = `version: 1
name: x
sites:
  A: { platform: kvm, networks: { lan: { cidr: 10.0.0.0/24 } } }
vpgs:
  file-server: { from: A, to: A, vms: {} }
drills:
  d:
    duration: 3h
    steps:
      - at: 2h
        ${action}
        expect: ${expectation}
`;
  const { topology, problems } = loadTopology(text, 'x.dr.yaml');
  assert.deepEqual(
    problems.map(({ message }) => message),
    [],
  );
  const step = topology.drills.get('d')?.steps[0];
  assert.ok(step);
  return { step, text };
}

/** Only what judging asks for: the lab itself is tested where it lives. */
function labShowing(snapshot: LabSnapshot): Lab {
  return { snapshot: () => snapshot } as unknown as Lab;
}

function failuresOf(expectation: string, vpg: VpgSnapshot = vpgSnapshot()): string[] {
  const { step, text } = stepExpecting(expectation);
  const failures: DrillFailure[] = [];
  checkExpectations(labShowing(timelineFixture(vpg).snapshot), step.expect!, failures);
  const lines = text.split('\n');
  return failures.map(({ range }) =>
    (lines[range.start.line] ?? '').slice(range.start.character, range.end.character),
  );
}

function operation(changes: Partial<DrillOperation>): DrillOperation {
  const range = { uri: '', start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  return {
    verb: 'failoverTest',
    at: 0,
    result: 'success',
    contains: [],
    partly: [],
    range,
    ...changes,
  };
}

function judged(expectation: string, done: DrillOperation | undefined): string[] {
  const { step } = stepExpecting(expectation, 'failoverTest: { vpg: file-server }');
  const failures: DrillFailure[] = [];
  checkStep(labShowing(timelineFixture().snapshot), step, done, new Set(['fonts']), failures);
  return failures.map(({ message }) => message);
}

const of = (vpg: string): string => `{ vpgs: { file-server: { ${vpg} } } }`;

describe('what a drill expects', () => {
  for (const [holds, fails, at] of [
    ['status: MeetingSLA', 'status: NotMeetingSLA', 'NotMeetingSLA'],
    ['subStatus: None', 'subStatus: BitmapSync', 'BitmapSync'],
    ['health: ok', 'health: error', 'error'],
    ['replicating: true', 'replicating: false', 'false'],
    ['rpo: { atMost: 5s }', 'rpo: { atMost: 2s }', '{ atMost: 2s }'],
    ['history: { atLeast: 2h }', 'history: { atLeast: 3h }', '3h'],
    ['history: { atMost: 3h }', 'history: { atMost: 2h }', '2h'],
    ['checkpoints: { atLeast: 1000 }', 'checkpoints: { atLeast: 2000 }', '2000'],
    ['checkpoints: { atMost: 2000 }', 'checkpoints: { atMost: 1000 }', '1000'],
    ['checkpoints: { oldest: 0s }', 'checkpoints: { oldest: 1m }', '1m'],
    ['checkpoints: { newest: 2h40m }', 'checkpoints: { newest: 2h }', '2h'],
    [
      'gaps: [{ from: 1h, to: 2h10m, cause: zvm-down }]',
      'gaps: [{ from: 1h, to: 2h10m, cause: link-down }]',
      'link-down',
    ],
    ['gaps: [{ from: 1h, to: 2h10m }]', 'gaps: [{ from: 50m, to: 2h10m }]', '50m'],
    ['gaps: [{ from: 59m55s, to: 2h10m }]', 'gaps: [{ from: 1h, to: 2h }]', '2h'],
    ['gaps: [{ from: 1h, to: 2h10m }]', 'gaps: []', '[]'],
  ] as const) {
    it(`fails at its place where it does not hold: ${fails}`, () => {
      assert.deepEqual(failuresOf(of(holds)), []);
      assert.deepEqual(failuresOf(of(fails)), [at]);
    });
  }

  it('fails for a history with a gap where none is expected', () => {
    assert.deepEqual(failuresOf(of('noGaps: true')), ['true']);
    assert.deepEqual(failuresOf(of('noGaps: true'), vpgSnapshot({ gaps: [] })), []);
  });

  it('fails for a history without a gap where one is expected', () => {
    assert.deepEqual(failuresOf(of('noGaps: false')), []);
    assert.deepEqual(failuresOf(of('noGaps: false'), vpgSnapshot({ gaps: [] })), ['false']);
  });

  it('does not count a gap that the warm-up opened and closed', () => {
    const gaps = [{ from: -600_000, to: -60_000, cause: 'zvm-down' as const }];
    assert.deepEqual(failuresOf(of('noGaps: true'), vpgSnapshot({ gaps })), []);
  });

  it('takes an unmeasured RPO for not measured, never for 0', () => {
    const unmeasured = vpgSnapshot({ rpo: undefined });
    assert.deepEqual(failuresOf(of('rpo: not-measured'), unmeasured), []);
    assert.deepEqual(failuresOf(of('rpo: { atMost: 1h }'), unmeasured), ['{ atMost: 1h }']);
    assert.deepEqual(failuresOf(of('rpo: not-measured')), ['not-measured']);
  });

  it('tells raised, cleared and never raised alerts apart', () => {
    assert.deepEqual(failuresOf('{ alerts: { raised: [ZVM0003], cleared: [ZVM0003] } }'), []);
    assert.deepEqual(failuresOf('{ alerts: { never: [ZVM0003] } }'), ['ZVM0003']);
    assert.deepEqual(failuresOf('{ alerts: { raised: [ZVM0010] } }'), ['ZVM0010']);
    assert.deepEqual(failuresOf('{ alerts: { cleared: [ZVM0010] } }'), ['ZVM0010']);
    assert.deepEqual(failuresOf('{ alerts: { never: [ZVM0010] } }'), []);
  });
});

describe('what a drill expects of an operation', () => {
  it('is success, unless it says otherwise: a refusal never passes in silence', () => {
    const refused = operation({ result: 'refused', reason: 'At least one ZVM is needed.' });
    assert.equal(judged('{}', operation({})).length, 0);
    assert.match(judged('{}', refused)[0] ?? '', /to be done, but it was refused: At least one/);
    assert.deepEqual(judged('{ result: refused, reason: at least one }', refused), []);
    assert.equal(judged('{ result: refused, reason: no licence }', refused).length, 1);
    assert.equal(judged('{ result: refused }', operation({})).length, 1);
  });

  it('holds a named write only with its last byte, and misses it only without its first', () => {
    const whole = operation({ contains: ['fonts'] });
    const partly = operation({ partly: ['fonts'] });
    assert.deepEqual(judged('{ contains: [fonts] }', whole), []);
    assert.equal(judged('{ contains: [fonts] }', partly).length, 1);
    assert.equal(judged('{ missing: [fonts] }', partly).length, 1);
    assert.equal(judged('{ missing: [fonts] }', whole).length, 1);
    assert.deepEqual(judged('{ missing: [fonts] }', operation({})), []);
  });

  it('cannot name what nobody writes', () => {
    assert.match(judged('{ missing: [font] }', operation({}))[0] ?? '', /No step .* writes font\./);
  });

  it('cannot be expected of a step that asks nothing', () => {
    assert.match(judged('{ contains: [fonts] }', undefined)[0] ?? '', /asks nothing of a ZVM/);
  });
});
