import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { runSweep, stretchesOf, type SweptRun } from '../../src/drill/sweep.ts';
import { outageOf, withOutage } from '../../src/drill/sweep/outage.ts';
import { readSweep, SweepError } from '../../src/drill/sweep/range.ts';
import { tracesBy } from '../../src/drill/traces.ts';
import { loadTopology } from '../../src/topology/load.ts';
import type { Drill } from '../../src/topology/model.ts';
import { run } from '../cli/shell-fixture.ts';

const minute = 60_000;
const noTrace = tracesBy(undefined);
const file = 'examples/seed-lab.dr.yaml';
const seedLab = readFileSync(file, 'utf8');
const withoutDrills = seedLab.slice(0, seedLab.indexOf('\ndrills:\n'));

/** The seed lab with this drill only. */
function labWith(drill: string): string {
  return `${withoutDrills}\ndrills:\n  swept:\n${drill.replaceAll(/^/gm, '    ')}\n`;
}

function drillOf(yaml: string): Drill {
  const { topology, problems } = loadTopology(labWith(yaml), file);
  assert.deepEqual(problems, []);
  const drill = topology.drills.get('swept');
  assert.ok(drill);
  return drill;
}

/** Three minutes without the protected ZVM. */
const threeMinutes = `duration: 25m
steps:
  - { at: 5m, powerOff: Prod_Site/zvm }
  - { at: 7m, write: { vm: FS01, size: 4MiB, name: draft } }
  - { at: 8m, powerOn: Prod_Site/zvm }
  - { at: 20m, failoverTest: { vpg: file-server, checkpoint: { before: 20m } }, expect: { contains: [draft] } }
expect:
  vpgs:
    file-server: { gaps: [{ from: 5m, to: 8m }], checkpoints: { atLeast: 160 } }`;

describe('reading a sweep', () => {
  const values = (text: string) => readSweep(text).values.map((value) => value.text);

  it('takes durations, sizes, rates, shares and numbers, up and down', () => {
    assert.deepEqual(values('outage=10m..30m/10m'), ['10m', '20m', '30m']);
    assert.deepEqual(values('x=1GiB..3GiB/1GiB'), ['1GiB', '2GiB', '3GiB']);
    assert.deepEqual(values('x=5Mbit/s..15Mbit/s/5Mbit/s'), ['5Mbit/s', '10Mbit/s', '15Mbit/s']);
    assert.deepEqual(values('x=2MiB/s..1MiB/s/512KiB/s'), ['2MiB/s', '1.5MiB/s', '1MiB/s']);
    assert.deepEqual(values('x=0%..1%/0.5%'), ['0%', '0.5%', '1%']);
    assert.deepEqual(values('x=1500..1400/50'), ['1500', '1450', '1400']);
  });

  it('ends with the last value that a step meets, in spite of rounding', () => {
    assert.equal(values('x=0%..99%/0.1%').at(-1), '99%');
    assert.equal(values('x=0%..99%/0.1%').length, 991);
  });

  for (const [text, problem] of [
    ['outage', /is written NAME=FIRST\.\.LAST\/STEP/],
    ['=1m..2m/1m', /is written NAME=/],
    ['outage=10m..30m', /is written NAME=/],
    ['outage=10m..2GiB/1m', /not three durations, sizes, rates, shares or numbers/],
    ['outage=10m..30m/0s', /never ends/],
    ['outage=1ms..1h/1ms', /3600000 values; at most 1000/],
  ] as const) {
    it(`refuses ${text}, and says how it is written`, () => {
      assert.throws(
        () => readSweep(text),
        (error) => error instanceof SweepError && problem.test(error.message),
      );
    });
  }
});

describe('a drill with another length of its outage', () => {
  it('moves what lies behind the end of the outage, and leaves what lies before', () => {
    const swept = withOutage(drillOf(threeMinutes), 13 * minute);
    assert.deepEqual(outageOf(swept), { from: 5 * minute, to: 18 * minute });
    assert.equal(swept.duration, 35 * minute);
    assert.deepEqual(
      swept.steps.map(({ at }) => at / minute),
      [5, 7, 18, 30],
    );
    const test = swept.steps[3]?.action;
    assert.ok(test && 'checkpoint' in test);
    assert.deepEqual(test.checkpoint, { kind: 'before', at: 30 * minute });
    const gap = swept.expect?.vpgs.get('file-server')?.gaps?.[0];
    assert.equal(gap?.from, 5 * minute);
    assert.equal(gap.to, 18 * minute);
  });

  it('is the same drill again where the length is the one that it had', () => {
    for (const drill of loadTopology(seedLab, file).topology.drills.values()) {
      try {
        const { from, to } = outageOf(drill);
        assert.deepEqual(withOutage(drill, to - from), drill);
      } catch (error) {
        assert.ok(error instanceof SweepError, String(error));
      }
    }
  });

  it('there and back is the drill that it was, for every length', () => {
    const drill = drillOf(threeMinutes);
    fc.assert(
      fc.property(fc.integer({ min: 2 * minute, max: 24 * 60 * minute }), (length) => {
        assert.deepEqual(withOutage(withOutage(drill, length), 3 * minute), drill);
      }),
    );
  });

  it('refuses an outage that ends before a step inside of it', () => {
    assert.throws(() => withOutage(drillOf(threeMinutes), minute), /need at least 2m/);
  });

  it('needs an outage that ends', () => {
    const drill = drillOf('duration: 10m\nsteps:\n  - { at: 5m, powerOff: Prod_Site/zvm }');
    assert.throws(() => outageOf(drill), /no outage that ends/);
  });
});

describe('a sweep', () => {
  const sweep = (text: string, yaml = threeMinutes) => {
    const loaded = loadTopology(labWith(yaml), file);
    const drill = loaded.topology.drills.get('swept');
    assert.ok(drill);
    const runs: SweptRun[] = [];
    for (const event of runSweep(loaded, drill, readSweep(text), 1, noTrace)) {
      if (event.type === 'ran') runs.push(event.run);
    }
    return runs;
  };

  it('over the length of the outage tells where the drill starts to fail', () => {
    const runs = sweep(
      'outage=2m..14m/6m',
      threeMinutes.replace('checkpoints: { atLeast: 160 }', 'history: { atMost: 35m }'),
    );
    assert.deepEqual(stretchesOf(runs), [
      { verdict: 'passed', from: '2m', to: '8m' },
      { verdict: 'failed', from: '14m', to: '14m' },
    ]);
  });

  it('over a value of the file runs what the file would be with it', () => {
    const slow = `duration: 10m
steps:
  - { at: 1m, write: { vm: FS01, size: 200MB, name: image } }
  - { at: 4m, failoverTest: { vpg: file-server }, expect: { contains: [image] } }`;
    const runs = sweep('links.mpls.bandwidth=4Mbit/s..124Mbit/s/60Mbit/s', slow);
    assert.deepEqual(
      runs.map(({ value, outcome }) => [value, outcome.verdict]),
      [
        ['4Mbit/s', 'failed'],
        ['64Mbit/s', 'passed'],
        ['124Mbit/s', 'passed'],
      ],
    );
  });

  for (const [text, problem] of [
    ['links.mpls.bandwith=1Mbit/s..2Mbit/s/1Mbit/s', /no bandwith in links\.mpls/],
    ['links.mpls=1..2/1', /is a section/],
    ['links.mpls.bandwidth=1GiB..2GiB/1GiB', /cannot be 1GiB/],
    ['outage=10s..1m/10s', /too short/],
  ] as const) {
    it(`refuses ${text} before anything is run`, () => {
      assert.throws(
        () => sweep(text),
        (error) => error instanceof SweepError && problem.test(error.message),
      );
    });
  }
});

describe('tidemark drill --sweep', () => {
  const files = { 'x.dr.yaml': labWith(threeMinutes) };
  const drill = (...args: string[]) => run(['drill', 'x.dr.yaml', ...args], files);

  it('prints each value, the first failure at its place, and where the verdict changes', () => {
    const { status, printed } = drill('--sweep', 'outage=3m..33m/30m');
    assert.equal(status, 0, printed);
    assert.equal(printed, 'swept, outage\n  ✓ 3m\n  ✓ 33m\npasses from 3m to 33m\n');
  });

  it('exits with 1 where a value fails, and names its place', () => {
    const text = files['x.dr.yaml'].replace('atLeast: 160', 'atMost: 30');
    const { status, printed } = run(['drill', 'x.dr.yaml', '--sweep', 'outage=3m..3m/1m'], {
      'x.dr.yaml': text,
    });
    assert.equal(status, 1);
    assert.match(printed, /✗ 3m {2}x\.dr\.yaml:\d+:\d+: /);
    assert.match(printed, /fails at 3m\n$/);
  });

  it('prints one object with every run and the stretches', () => {
    const { status, printed } = drill('--sweep', 'outage=3m..4m/1m', '--format', 'json');
    assert.equal(status, 0);
    const report = JSON.parse(printed) as Record<string, unknown>;
    assert.equal(report['sweep'], 'outage');
    assert.deepEqual(report['stretches'], [{ verdict: 'passed', from: '3m', to: '4m' }]);
    const runs = report['runs'] as { value: string; name: string; virtualSeconds: number }[];
    assert.deepEqual(
      runs.map(({ value, name, virtualSeconds }) => [value, name, virtualSeconds]),
      [
        ['3m', 'swept', 1500],
        ['4m', 'swept', 1560],
      ],
    );
  });

  it('asks which drill where there are several', () => {
    const { status, told } = run(['drill', file, '--sweep', 'outage=3m..4m/1m']);
    assert.equal(status, 2);
    assert.match(told, /choose it with --drill/);
  });

  it('cannot be printed as JUnit', () => {
    assert.equal(drill('--sweep', 'outage=3m..4m/1m', '--format', 'junit').status, 2);
  });
});
