import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { DrillEvent, DrillOutcome } from '../../src/drill/protocol.ts';
import { runFile } from '../../src/drill/run-file.ts';

const seedLab = 'examples/seed-lab.dr.yaml';
const text = readFileSync(seedLab, 'utf8');

function eventsOf(source: string, drills?: readonly string[]): DrillEvent[] {
  return [...runFile({ type: 'run', uri: seedLab, text: source, ...(drills ? { drills } : {}) })];
}

function outcomesOf(events: readonly DrillEvent[]): DrillOutcome[] {
  return events.flatMap((event) => (event.type === 'finished' ? [event.outcome] : []));
}

/** The seed lab with one more drill. */
function withDrill(yaml: string): string {
  return `${text}\n  extra:\n${yaml.replaceAll(/^/gm, '    ')}\n`;
}

function extra(yaml: string): DrillOutcome {
  const [outcome] = outcomesOf(eventsOf(withDrill(yaml), ['extra']));
  assert.ok(outcome);
  return outcome;
}

describe('the drills of the seed lab', () => {
  for (const outcome of outcomesOf(eventsOf(text))) {
    it(`${outcome.facts.join(', ')}: ${outcome.describes ?? outcome.name}`, () => {
      assert.deepEqual(
        outcome.failures.map(({ message }) => message),
        [],
      );
      assert.equal(outcome.verdict, 'passed');
    });
  }
});

describe('the drills of the recovery lab', () => {
  const file = 'examples/recovery-lab.dr.yaml';
  const events = [...runFile({ type: 'run', uri: file, text: readFileSync(file, 'utf8') })];
  const outcomes = outcomesOf(events);

  it('all run', () => {
    assert.equal(outcomes.length, 4, JSON.stringify(events[0]));
  });

  for (const outcome of outcomes) {
    it(`${outcome.facts.join(', ')}: ${outcome.describes ?? outcome.name}`, () => {
      assert.deepEqual(
        outcome.failures.map(({ message }) => message),
        [],
      );
    });
  }
});

describe('running drills', () => {
  it('tells how far it is, so that a long drill can be watched and stopped', () => {
    const events = eventsOf(text, ['protected-zvm-down-70-minutes']);
    const progress = events.filter((event) => event.type === 'progress');
    assert.ok(progress.length >= 10);
    assert.equal(events[0]?.type, 'started');
    assert.equal(events.at(-1)?.type, 'finished');
  });

  it('refuses a file with mistakes, naming each at its place', () => {
    const [event, ...others] = eventsOf(text.replace('history: 1h', 'history: 1 fortnight'));
    assert.deepEqual(others, []);
    assert.equal(event?.type, 'refused');
    const line = text.split('\n').findIndex((each) => each.includes('history: 1h'));
    assert.equal(event.problems[0]?.range.start.line, line);
  });

  it('fails an option that it does not obey, and a name that nobody wrote', () => {
    const outcome = extra(`duration: 10m
steps:
  - { at: 4m, move: { vpg: file-server, keepSource: false } }
  - { at: 5m, failoverTest: { vpg: file-server }, expect: { missing: [fonts] } }
expect: { result: success }`);
    assert.deepEqual(
      outcome.failures.map(({ message }) => message),
      [
        'The option keepSource: false of move is not supported yet.',
        'No step of this drill writes fonts.',
        'The end of a drill asks nothing of a ZVM, so it has no result.',
      ],
    );
  });

  it('fails a step after the end of the drill', () => {
    const outcome = extra(`duration: 10m
steps:
  - { at: 20m, cut: mpls }`);
    assert.match(outcome.failures[0]?.message ?? '', /after the end/);
  });

  it('takes steps in the order of their times, not of the text', () => {
    const outcome = extra(`duration: 20m
steps:
  - { at: 10m, powerOn: Prod_Site/zvm }
  - { at: 5m, powerOff: Prod_Site/zvm }
expect:
  vpgs: { file-server: { gaps: [{ from: 5m, to: 10m }] } }`);
    assert.deepEqual(outcome.failures, []);
  });

  it('NET-1: shows that sites with identical ranges and addresses do not replicate', () => {
    const broken = readFileSync('examples/broken-lab.dr.yaml', 'utf8');
    const drill = `
drills:
  look:
    duration: 5m
    steps: []
    expect:
      vpgs: { branch: { replicating: false, checkpoints: { atMost: 0 } } }
`;
    const [outcome] = outcomesOf(eventsOf(broken + drill));
    assert.deepEqual(outcome?.failures, []);
  });

  it('says that a drill is not in the file', () => {
    const [event] = eventsOf(text, ['nowhere']);
    assert.equal(event?.type, 'crashed');
  });
});

describe('the same seed', () => {
  const drill = 'protected-zvm-down-70-minutes';
  const run = (seed: string): string =>
    execFileSync(
      process.execPath,
      ['src/cli/main.ts', 'drill', seedLab, '--drill', drill, '--seed', seed, '--format', 'json'],
      { encoding: 'utf8' },
    );

  it('gives the same drill, byte for byte, in two processes', () => {
    assert.equal(run('7'), run('7'));
  });

  it('passes whatever the seed', () => {
    for (const seed of ['2', '99']) {
      const { drills } = JSON.parse(run(seed)) as { drills: { verdict: string; seed: number }[] };
      assert.deepEqual(
        drills.map(({ verdict, seed: used }) => [verdict, used]),
        [['passed', Number(seed)]],
      );
    }
  });
});

describe('tidemark drill --format json', () => {
  it('has the shape of the contract, in seconds', () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      [
        'src/cli/main.ts',
        'drill',
        seedLab,
        '--drill',
        'protected-zvm-down-70-minutes',
        '--format',
        'json',
      ],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0);
    const printed = JSON.parse(stdout) as {
      file: string;
      drills: {
        virtualSeconds: number;
        vpgs: Record<string, { gaps: { from: number; to: number; cause: string }[] }>;
        alerts: { id: string; raised: number; cleared: number | null }[];
        operations: { verb: string; contains: string[] }[];
      }[];
    };
    assert.equal(printed.file, seedLab);
    const [drill] = printed.drills;
    assert.equal(drill?.virtualSeconds, 9600);
    const gaps = drill.vpgs['file-server']?.gaps ?? [];
    assert.equal(gaps.length, 1);
    assert.ok(Math.abs(gaps[0]!.from - 3600) <= 10);
    assert.ok(Math.abs(gaps[0]!.to - 7800) <= 10);
    assert.equal(gaps[0]!.cause, 'zvm-down');
    const lost = drill.alerts.find(({ id }) => id === 'ZVM0003');
    assert.ok(lost && lost.raised >= 3600 && lost.raised <= 3620);
    assert.ok(lost.cleared !== null && lost.cleared >= 7800);
    assert.ok(drill.alerts.some(({ id, raised }) => id === 'ZVM0010' && raised >= 7800));
    const tests = drill.operations.filter(({ verb }) => verb === 'failoverTest');
    assert.deepEqual(
      tests.map(({ contains }) => contains),
      [[], ['fonts']],
    );
  });
});
