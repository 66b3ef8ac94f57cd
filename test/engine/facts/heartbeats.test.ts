/**
 * In virtual time the World vouches for connections that are sound, and nobody sends heartbeats. Whatever harm is done
 * has to look as it does where all of them are sent, as on a real machine.
 */
import assert from 'node:assert/strict';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import { Bench, minute, near, second } from '../fixtures/labs.ts';

/** Milliseconds by which something may be noticed earlier or later: two beats, and the way of a word. */
const tolerance = 2.5 * second;

const links = ['control-link', 'data-link'];

type Harm = (bench: Bench, lab: RunningLab) => void;

const harms: readonly (readonly [string, Harm])[] = [
  ...['Prod_Site/zvm', 'DR_Site/zvm', 'Prod_Site/esx-p1/vra', 'DR_Site/esx-d1/vra'].map(
    (path): readonly [string, Harm] => [
      `${path} without power`,
      (bench) => {
        bench.power(path, 'powerOff');
      },
    ],
  ),
  ...['Prod_Site/zvm', 'DR_Site/esx-d1/vra'].map((path): readonly [string, Harm] => [
    `a crash of ${path}`,
    (bench) => {
      bench.power(path, 'crash');
    },
  ]),
  ...links.flatMap((link): readonly (readonly [string, Harm])[] => [
    [
      `a cut of the ${link}`,
      (bench) => {
        bench.lab.cutLink(bench.link(link));
      },
    ],
    [
      `a cut of the ${link} one way`,
      (bench, lab) => {
        lab.universe.cutOneWay(bench.link(link), true);
      },
    ],
    [
      `a cut of the ${link} the other way`,
      (bench, lab) => {
        lab.universe.cutOneWay(bench.link(link), false);
      },
    ],
  ]),
  [
    'a snapshot of DR_Site/esx-d1/vra',
    (bench) => {
      const host = bench.site('DR_Site').hosts.get('esx-d1');
      assert.ok(host);
      bench.lab.snapshotVra(host);
    },
  ],
  [
    'a clock that is set',
    (bench) => {
      bench.lab.skewClock(bench.site('Prod_Site'), 42_700);
    },
  ],
];

/** What shows of a lab that is harmed at a time and healed a minute later. */
function lifeWith(harm: Harm, at: number, heartbeats: boolean) {
  const bench = new Bench(undefined, { heartbeats });
  const { lab } = bench;
  assert.ok(lab instanceof RunningLab);
  lab.run(at);
  harm(bench, lab);
  lab.run(at + minute);
  for (const link of links) lab.healLink(bench.link(link));
  for (const path of ['Prod_Site/zvm', 'DR_Site/zvm', 'Prod_Site/esx-p1/vra']) {
    bench.power(path, 'powerOn');
  }
  const host = bench.site('DR_Site').hosts.get('esx-d1');
  assert.ok(host);
  bench.power('DR_Site/esx-d1/vra', 'powerOn');
  lab.run(at + 4 * minute);
  const { alerts, vpgs } = lab.snapshot();
  return { alerts, vpgs, events: lab.eventCount };
}

describe('without a heartbeat that is sent', () => {
  it('a lab without faults lives through less than two thirds of the events', () => {
    const none: Harm = () => undefined;
    const spared = lifeWith(none, 5 * minute, false);
    const sent = lifeWith(none, 5 * minute, true);
    assert.ok(spared.events < (sent.events * 2) / 3, `${spared.events} of ${sent.events}`);
    assert.deepEqual(spared.vpgs, sent.vpgs);
  });

  for (const [what, harm] of harms) {
    it(`${what} is noticed when it would be with them`, () => {
      for (const at of [5 * minute + 300, 5 * minute + 3700]) {
        const spared = lifeWith(harm, at, false);
        const sent = lifeWith(harm, at, true);
        const names = (life: typeof spared): string[] =>
          life.alerts.map(({ site, id, vpgs }) => `${site} ${id} ${vpgs.join()}`).sort();
        assert.deepEqual(names(spared), names(sent));
        for (const alert of sent.alerts) {
          const twin = spared.alerts.find(
            ({ id, site, message, raised }) =>
              id === alert.id &&
              site === alert.site &&
              message === alert.message &&
              Math.abs(raised - alert.raised) <= tolerance,
          );
          assert.ok(twin, `${alert.site} ${alert.id} of ${alert.raised}: ${alert.message}`);
        }
        for (const [index, vpg] of sent.vpgs.entries()) {
          const twin = spared.vpgs[index];
          assert.ok(twin);
          assert.deepEqual(
            twin.gaps.map(({ cause }) => cause),
            vpg.gaps.map(({ cause }) => cause),
          );
          for (const [at, gap] of vpg.gaps.entries()) {
            near(twin.gaps[at]?.from, gap.from, 5 * second);
            if (gap.to === undefined) assert.equal(twin.gaps[at]?.to, undefined);
            else near(twin.gaps[at]?.to, gap.to, 5 * second);
          }
          assert.equal(twin.status, vpg.status);
        }
      }
    });
  }
});
