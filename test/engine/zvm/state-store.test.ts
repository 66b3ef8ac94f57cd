import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SimulatedUniverse } from '../../../src/engine/world/simulated.ts';
import type { SimulatedProcess } from '../../../src/engine/world/simulated.ts';
import { decodeLog, encodeRecords } from '../../../src/engine/zvm/state-codec.ts';
import { nothingDeployed } from '../../../src/engine/zvm/state.ts';
import type { StateRecord, ZvmState } from '../../../src/engine/zvm/state.ts';
import { StateStore, loadState } from '../../../src/engine/zvm/state-store.ts';
import type { StoredState } from '../../../src/engine/zvm/state-store.ts';
import { twoSites } from '../fixtures/labs.ts';

const empty: ZvmState = {
  deployment: nothingDeployed,
  vpgs: {},
  alerts: [],
  operations: [],
  alive: 0,
};

function checkpoint(id: number): StateRecord {
  return { kind: 'checkpoint', vpg: 'shop', id, time: id * 5000 };
}

function newest(state: ZvmState | undefined): number {
  const run = state?.vpgs['shop']?.runs.at(-1);
  return run ? run.firstId + run.count - 1 : 0;
}

describe('The state log of a ZVM', () => {
  it('cut off or damaged anywhere, gives what stands whole before that place', () => {
    const records = [{ kind: 'state', state: empty } as const, ...[1, 2, 3, 4].map(checkpoint)];
    const sizes = records.map((_, index) => encodeRecords(records.slice(0, index + 1)).length);
    const bytes = encodeRecords(records);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.boolean(), (place, cut) => {
        const damaged = cut ? bytes.slice(0, place) : bytes.slice();
        if (!cut) damaged[place] = (damaged[place] ?? 0) ^ 0x41;
        const whole = sizes.filter((size) => size <= place).length;
        const log = decodeLog(damaged);
        if (whole === 0) assert.equal(log, undefined);
        else assert.equal(newest(log?.state), whole - 1);
      }),
    );
  });

  function load(universe: SimulatedUniverse, process: SimulatedProcess): StoredState | undefined {
    let loaded: StoredState | undefined;
    loadState(process.world.storage, 'ds-p1/zvm', (error, stored) => {
      assert.equal(error, undefined);
      loaded = stored;
    });
    universe.run(universe.now + 100);
    return loaded;
  }

  it('has after a loss of power everything that was reported as kept, through rewrites', () => {
    const topology = twoSites();
    const site = topology.sites.get('Prod_Site')!;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(99), (until, seed) => {
        const universe = new SimulatedUniverse(topology, { seed });
        const process = universe.createProcess('zvm', { site });
        let last = 0;
        let kept = 0;
        const state = (): ZvmState => {
          const runs = [{ from: 5000, to: last * 5000, interval: 5000, count: last, firstId: 1 }];
          const shop = { runs, tagged: [], gaps: [], paused: false, filled: false };
          return { ...empty, vpgs: last === 0 ? {} : { shop } };
        };
        const store = new StateStore(
          process.world.storage,
          'ds-p1/zvm',
          {
            kept: (token) => {
              kept = token;
            },
            failed: (problem) => {
              assert.fail(problem);
            },
            state,
          },
          undefined,
        );
        // A tag makes a record large enough for the log to be rewritten several times.
        const tag = 'x'.repeat(1000);
        for (let id = 1; id <= 400; id++) {
          universe.schedule(id * 5, () => {
            if (!process.alive) return;
            last = id;
            store.keep(id, { ...checkpoint(id), tag } as StateRecord);
          });
        }
        universe.run(until);
        process.kill({ silent: true });
        process.restart();
        const found = newest(load(universe, process)?.state);
        assert.ok(found >= kept, `${kept} was kept, ${found} was found`);
      }),
      { numRuns: 25 },
    );
  });

  it('is whole where more is to be kept as soon as something has been', () => {
    const topology = twoSites();
    const universe = new SimulatedUniverse(topology, { seed: 1 });
    const process = universe.createProcess('zvm', { site: topology.sites.get('Prod_Site')! });
    let kept = 0;
    const store: StateStore = new StateStore(
      process.world.storage,
      'ds-p1/zvm',
      {
        kept: (token) => {
          const before = kept;
          kept = token;
          if (token > before && token < 20) store.keep(token + 1, checkpoint(token + 1));
        },
        failed: (problem) => {
          assert.fail(problem);
        },
        state: () => empty,
      },
      undefined,
    );
    store.keep(1, checkpoint(1));
    universe.run(1000);
    assert.equal(kept, 20);
    process.kill({ silent: true });
    process.restart();
    assert.equal(newest(load(universe, process)?.state), 20);
  });

  it('takes what is to be kept in one moment in one write', () => {
    const topology = twoSites();
    const universe = new SimulatedUniverse(topology, { seed: 1 });
    const process = universe.createProcess('zvm', { site: topology.sites.get('Prod_Site')! });
    const kept: number[] = [];
    let writes = 0;
    const events = {
      kept: (token: number) => kept.push(token),
      failed: (problem: string) => {
        assert.fail(problem);
      },
      state: () => empty,
    };
    const store = new StateStore(process.world.storage, 'ds-p1/zvm', events, undefined);
    store.keep(1, { kind: 'alive', at: 1 });
    universe.run(100);
    universe.observe({ wrote: () => (writes += 1) });
    store.gather(() => {
      for (const id of [2, 3, 4]) store.keep(id, checkpoint(id));
    });
    universe.run(200);
    assert.equal(writes, 1);
    assert.deepEqual(kept, [1, 4]);
    assert.equal(newest(load(universe, process)?.state), 4);
  });

  it('was never there where the power went while the first log was being written', () => {
    const topology = twoSites();
    const site = topology.sites.get('Prod_Site')!;
    for (let seed = 0; seed < 60; seed++) {
      for (const until of [1, 2, 3, 4, 5, 6, 8]) {
        const universe = new SimulatedUniverse(topology, { seed });
        const process = universe.createProcess('zvm', { site });
        let kept = 0;
        const events = {
          kept: (token: number) => {
            kept = token;
          },
          failed: (problem: string) => assert.fail(problem),
          state: () => empty,
        };
        const store = new StateStore(process.world.storage, 'ds-p1/zvm', events, undefined);
        const tag = 'x'.repeat(3000);
        store.keep(1, { ...checkpoint(1), tag } as StateRecord);
        universe.run(until);
        process.kill({ silent: true });
        process.restart();
        assert.ok(newest(load(universe, process)?.state) >= kept);
      }
    }
  });

  it('removes the old log after a rewrite', () => {
    const topology = twoSites();
    const universe = new SimulatedUniverse(topology, { seed: 1 });
    const process = universe.createProcess('zvm', { site: topology.sites.get('Prod_Site')! });
    const store = new StateStore(
      process.world.storage,
      'ds-p1/zvm',
      { kept: () => undefined, failed: (problem) => assert.fail(problem), state: () => empty },
      undefined,
    );
    for (let id = 1; id <= 3000; id++) {
      store.keep(id, checkpoint(id));
      universe.run(universe.now + 5);
    }
    let names: readonly string[] = [];
    process.world.storage.list('ds-p1/zvm', (_error, found) => {
      names = (found ?? []).filter((name) => name.endsWith('.log'));
    });
    universe.run(universe.now + 5);
    assert.equal(names.length, 1);
    assert.notEqual(names[0], 'state-1.log');
  });
});
