/** The configuration that a VRA lives by, on storage that loses power. */
import assert from 'node:assert/strict';
import type { VraConfiguration } from '../../../src/engine/vra/stored-configuration.ts';
import { StoredConfiguration } from '../../../src/engine/vra/stored-configuration.ts';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { SimulatedUniverse } from '../../../src/engine/world/simulated.ts';
import type { SimulatedProcess } from '../../../src/engine/world/simulated.ts';
import type { World, WorldError } from '../../../src/engine/world/world.ts';
import { loadTwoSites } from '../world/two-sites.ts';
import { protectedStream } from './fixtures.ts';

const folder = 'ds/vra';

function start(seed = 1): { universe: SimulatedUniverse; process: SimulatedProcess } {
  const topology = loadTwoSites();
  const universe = new SimulatedUniverse(topology, { seed });
  const [site] = [...topology.sites.values()];
  assert(site);
  return { universe, process: universe.createProcess('vra', { site }) };
}

function load(
  universe: SimulatedUniverse,
  world: World,
): { error: WorldError | undefined; configuration: VraConfiguration | undefined } {
  let result: ReturnType<typeof load> | undefined;
  new StoredConfiguration(world, folder).load((error, configuration) => {
    result = { error, configuration };
  });
  universe.runWhile(() => result === undefined, universe.now + 1000);
  assert(result);
  return result;
}

const told = (vpg: string): VraConfiguration => ({
  site: 'Left',
  protect: [protectedStream({ vpg })],
  recover: [],
});

describe('the stored configuration', () => {
  it('is none and no error before a VRA was told anything', () => {
    const { universe, process } = start();
    assert.deepEqual(load(universe, process.world), { error: undefined, configuration: undefined });
  });

  it('survives a loss of power once it is saved', () => {
    const { universe, process } = start();
    const stored = new StoredConfiguration(process.world, folder);
    let saved = 0;
    stored.save(told('a'), () => saved++);
    universe.run(100);
    stored.save(told('b'), () => saved++);
    universe.run(200);
    assert.equal(saved, 2);
    process.kill({ silent: true });
    assert.deepEqual(load(universe, process.restart()).configuration, told('b'));
  });

  it('is the former or the new one, whole, when power is lost while it is saved', () => {
    const seen = new Set<string>();
    for (let moment = 0; moment < 60; moment++) {
      const { universe, process } = start(moment + 1);
      const stored = new StoredConfiguration(process.world, folder);
      stored.save(told('old'), () => {});
      universe.run(100);
      stored.save(told('new'), () => {});
      universe.run(100 + moment / 10);
      process.kill({ silent: true });
      const { error, configuration } = load(universe, process.restart());
      assert.equal(error, undefined);
      assert(configuration);
      const [protect] = configuration.protect;
      assert.deepEqual(configuration, told(protect?.vpg ?? ''));
      seen.add(protect?.vpg ?? '');
    }
    assert.deepEqual([...seen].sort(), ['new', 'old'], 'both ends were tried');
  });

  it('keeps the last of many that come while one is being saved', () => {
    const { universe, process } = start();
    const stored = new StoredConfiguration(process.world, folder);
    for (const vpg of ['a', 'b', 'c', 'd']) stored.save(told(vpg), () => {});
    universe.run(100);
    process.kill({ silent: true });
    assert.deepEqual(load(universe, process.restart()).configuration, told('d'));
  });

  it('is an error where nothing whole is left of it', () => {
    const { universe, process } = start();
    const stored = new StoredConfiguration(process.world, folder);
    stored.save(told('a'), () => {});
    universe.run(100);
    process.world.storage.list(folder, (_error, names) => {
      for (const name of names ?? []) {
        process.world.storage.open(`${folder}/${name}`, { create: false }, (_failed, file) => {
          file?.write(60, [bytesPayload(Uint8Array.of(1, 2, 3))], () => {});
        });
      }
    });
    universe.run(200);
    const { error, configuration } = load(universe, process.world);
    assert.equal(configuration, undefined);
    assert.equal(error?.code, 'corrupt');
  });
});
