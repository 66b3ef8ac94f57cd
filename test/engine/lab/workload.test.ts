/** What a simulated guest writes: its change rate to the byte, in bunches. */
import assert from 'node:assert/strict';
import type { ProtectedMachine } from '../../../src/engine/disk/write-tap.ts';
import { Workload } from '../../../src/engine/lab/workload.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { SimulatedUniverse } from '../../../src/engine/world/simulated.ts';
import { WorldError } from '../../../src/engine/world/world.ts';
import type { Done } from '../../../src/engine/world/world.ts';
import type { Vm } from '../../../src/topology/model.ts';
import { hour, mib, minute, second, twoSites } from '../fixtures/labs.ts';

interface Written {
  readonly at: number;
  readonly length: number;
}

/** A VM that writes so much, on a machine that is always there and done at once. */
function written(changes: Partial<Vm>, duration: number, error?: WorldError): Written[] {
  const topology = twoSites();
  const universe = new SimulatedUniverse(topology, { seed: 7 });
  const [site] = topology.sites.values();
  const [vm] = site?.vms.values() ?? [];
  assert(vm);
  const writes: Written[] = [];
  const machine = {
    write: (_disk: number, _offset: number, payload: Payload, done: Done): void => {
      writes.push({ at: universe.now, length: payload.length });
      done(error);
    },
  };
  const workload = new Workload(
    universe,
    { ...vm, burst: undefined, ...changes },
    () => machine as unknown as ProtectedMachine,
  );
  assert(workload);
  universe.run(duration);
  return writes;
}

const sum = (writes: readonly Written[]): number =>
  writes.reduce((bytes, { length }) => bytes + length, 0);

describe('the workload of a VM', () => {
  it('changes what its rate says, to within a bunch, whatever the rate', () => {
    for (const changeRate of [1000, 64 * 1024, 2 * mib, 100 * mib]) {
      const duration = 10 * minute;
      const bytes = sum(written({ changeRate }, duration));
      const owed = (changeRate * duration) / second;
      const bunch = Math.max(4096, Math.min(5 * changeRate, Math.max(16 * mib, changeRate)));
      assert.ok(bytes <= owed && bytes >= owed - bunch, `${bytes} of ${owed} bytes`);
    }
  });

  it('writes back every 5 s, and sooner what a cache would not hold back', () => {
    for (const [changeRate, pause] of [
      [2 * mib, 5 * second],
      [8 * mib, 2 * second],
      [100 * mib, second],
    ] as const) {
      const times = [...new Set(written({ changeRate }, minute).map(({ at }) => at))];
      const pauses = new Set(times.slice(1).map((at, index) => at - (times[index] ?? 0)));
      assert.deepEqual([...pauses], [pause]);
    }
  });

  it('owes a burst on top of its rate, from its beginning to its end', () => {
    const burst = { rate: 10 * mib, for: 7 * second, every: 2 * minute };
    const writes = written({ changeRate: mib, burst }, 5 * minute);
    const owed = (300 - 14) * mib + 14 * 10 * mib;
    assert.ok(sum(writes) <= owed && sum(writes) >= owed - 5 * mib);
    assert.ok(sum(writes.filter(({ at }) => at < 2 * minute)) <= 120 * mib, 'quiet to begin with');
  });

  it('is quiet from its first moment on where it writes nothing', () => {
    const topology = twoSites();
    const universe = new SimulatedUniverse(topology, { seed: 7 });
    const [site] = topology.sites.values();
    const [vm] = site?.vms.values() ?? [];
    assert(vm);
    const machine = {} as unknown as ProtectedMachine;
    const quietWith = (changeRate: number): boolean => {
      const idle = { ...vm, burst: undefined, changeRate };
      return new Workload(universe, idle, () => machine).quiet(hour) !== undefined;
    };
    assert.ok(quietWith(0));
    // It has not yet seen that its VM runs.
    assert.ok(!quietWith(mib));
  });

  it('goes on where a datastore fails its writes, as a guest does', () => {
    const failing = new WorldError('input-output', 'data', 'the datastore failed a write');
    assert.equal(written({ changeRate: 4096 }, minute, failing).length, 12);
  });
});
