/**
 * The drills of the examples, with time that leaps and without: whoever reads the outcome cannot tell which it was.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { runDrill } from '../../src/drill/run-drill.ts';
import type { DrillOutcome } from '../../src/drill/protocol.ts';
import { loadTopology } from '../../src/topology/load.ts';
import type { Drill, Topology } from '../../src/topology/model.ts';

/** All but the one in which everything is wrong; those of several files are read by other tests. */
const examples = readdirSync('examples').flatMap((file) => {
  const name = /^(?!broken-)(.*)\.dr\.yaml$/.exec(file)?.[1];
  return name === undefined ? [] : [name];
});

function outcomeOf(topology: Topology, drill: Drill, leaps: boolean): DrillOutcome {
  const noTrace = (): never => {
    throw new RangeError('no VM of the examples has a block trace');
  };
  const drilling = runDrill(topology, drill, 1, noTrace, leaps);
  for (;;) {
    const step = drilling.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Sizes of journals go by segments, those of a leap being longer, and with them milliseconds of what reads a journal.
 * Rates are means.
 */
function comparable({ timeline, operations, ...outcome }: DrillOutcome): unknown {
  const { snapshot } = timeline;
  return {
    ...outcome,
    operations,
    alerts: snapshot.alerts,
    outages: snapshot.outages,
    done: snapshot.operations.map(({ verb, vpg, result, reason, checkpoint, outcome: end }) => ({
      verb,
      vpg,
      result,
      reason,
      checkpoint,
      end,
    })),
    vpgs: snapshot.vpgs.map(({ journalBytes: _bytes, journals: _journals, ...vpg }) => vpg),
    sites: snapshot.sites.map(({ datastores: _datastores, vras, ...site }) => ({
      ...site,
      vras: vras.map(({ name, up }) => ({ name, up })),
    })),
  };
}

/** Milliseconds by which a time may differ that is not one of a clock's ticks. */
const slack = 100;
/**
 * A journal at its hard limit gives whole segments up: where they begin decides which of two neighbouring
 * checkpoints is the oldest.
 */
const slackAtLimit = 5000;

function assertAlike(one: unknown, other: unknown, most: number, where = 'outcome'): void {
  if (typeof one === 'number' && typeof other === 'number') {
    const isTick = Number.isInteger(one) && Number.isInteger(other) && most === slack;
    const near = isTick ? one === other : Math.abs(one - other) <= most;
    assert.ok(near, `${where}: ${one} is not ${other}`);
  } else if (typeof one === 'object' && typeof other === 'object' && one && other) {
    assert.deepEqual(Object.keys(one), Object.keys(other), where);
    for (const [key, value] of Object.entries(one)) {
      const same = Object.entries(other).find(([name]) => name === key)?.[1] as unknown;
      assertAlike(value, same, most, `${where}.${key}`);
    }
  } else {
    assert.equal(one, other, where);
  }
}

describe('A drill whose time leaps', () => {
  for (const name of examples) {
    const text = readFileSync(`examples/${name}.dr.yaml`, 'utf8');
    const { topology } = loadTopology(text, `${name}.dr.yaml`);
    for (const drill of topology.drills.values()) {
      it(`${name}, ${drill.name}: ends as one that lives through everything`, () => {
        const [leapt, lived] = [true, false].map((leaps) => outcomeOf(topology, drill, leaps));
        assert.ok(leapt && lived);
        const isAtLimit = lived.timeline.snapshot.alerts.some(({ id }) => id === 'VRA0039');
        assertAlike(comparable(leapt), comparable(lived), isAtLimit ? slackAtLimit : slack);
      });
    }
  }
});
