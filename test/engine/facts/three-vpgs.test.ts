import assert from 'node:assert/strict';
import { createLab } from '../../../src/engine/lab.ts';
import type { Lab } from '../../../src/engine/lab.ts';
import { loadTopology } from '../../../src/topology/load.ts';
import { hour, mib, minute, near, second, succeeded } from '../fixtures/labs.ts';

/** One protected site and three recovery sites; the VM is in a VPG to each of them. */
function source(): string {
  const site = (name: string, net: number, rest: string): string => `
  ${name}:
    platform: vsphere
    networks:
      lan: { cidr: 10.${net}.0.0/24 }
    zvm:
      license: true
      nics:
        lan: { network: lan, address: 10.${net}.0.10/24, gateway: 10.${net}.0.1 }
    datastores:
      ds: { capacity: 4TiB, free: 3TiB }
      journals: { capacity: 1TiB, free: 1TiB }
    hosts:
      esx:
        vra: { memory: 2GiB, datastore: ds, network: lan, address: 10.${net}.0.21/24, gateway: 10.${net}.0.1 }
${rest}`;
  const recovery = ['East', 'West', 'North'];
  const vm = `    vms:
      APP:
        host: esx
        changeRate: 64KiB/s
        disks:
          data: { size: 8GiB, datastore: ds }
`;
  return `version: 1
name: One VM, three recovery sites
sites:${site('Prod', 1, vm)}${recovery.map((name, at) => site(name, at + 2, '')).join('')}
links:
${recovery.map((name) => `  to-${name}: { joins: [Prod/lan, ${name}/lan], bandwidth: 1Gbit/s, latency: 5ms }`).join('\n')}
pairings:
${recovery.map((name) => `  - [Prod, ${name}]`).join('\n')}
vpgs:
${recovery
  .map(
    (name, at) => `  app-${name}:
    from: Prod
    to: ${name}
    vms:
      APP: { recoveryHost: esx, datastore: ds }
    journal: { history: ${at + 1}h, datastore: journals }`,
  )
  .join('\n')}
`;
}

function setUp(): { lab: Lab; names: readonly string[]; topology: ReturnType<typeof load> } {
  const topology = load();
  const lab = createLab(topology, { seed: 1, begin: 'protected' });
  return { lab, names: [...topology.vpgs.keys()], topology };
}

function load() {
  const { problems, topology } = loadTopology(source(), 'three-vpgs.dr.yaml');
  assert.deepEqual(
    problems.map(({ message }) => message),
    [],
  );
  return topology;
}

describe('a VM in three VPGs to three sites', () => {
  it('is the same in each of them where time leaps', function () {
    this.timeout(120_000);
    const topology = load();
    const lives = [true, false].map((leaps) => {
      const lab = createLab(topology, { seed: 1, begin: 'protected', leaps });
      lab.run(4 * hour);
      const images = [...topology.vpgs.keys()].flatMap((vpg) =>
        [4 * hour - 50 * minute, 4 * hour - 5 * minute].map((time) => {
          const checkpoint = { kind: 'time', time, inclusive: true } as const;
          const reply = succeeded(
            lab.request(undefined, { kind: 'failover-test', vpg, checkpoint }),
          );
          const [image = ''] = Object.values(reply.images);
          const sum = lab.readImage(image, 'data', 0, 1024 * mib).checksum();
          const stopped = lab.request(undefined, { kind: 'stop-test', vpg });
          assert.equal(stopped.result, 'success');
          return { vpg, checkpoint: reply.checkpoint, sum };
        }),
      );
      const lists = lab.snapshot().vpgs.map(({ name, checkpoints }) => ({ name, checkpoints }));
      return { images, lists };
    });
    assert.deepEqual(lives[0], lives[1]);
  });

  it('has a journal in each, with its own history, and recovers from each', function () {
    this.timeout(120_000);
    const { lab, names, topology } = setUp();
    const vm = topology.sites.get('Prod')?.vms.get('APP');
    assert.ok(vm);
    assert.equal(names.length, 3);
    lab.write({ vm, size: 8 * mib, name: 'ledger' });
    lab.run(80 * minute);
    const { vpgs, sites } = lab.snapshot();
    for (const vpg of vpgs) {
      assert.equal(vpg.status, 'MeetingSLA', vpg.name);
      assert.equal(vpg.subStatus, 'None', vpg.name);
      near(vpg.checkpoints.newest, 80 * minute, 5 * second);
      near(vpg.history, vpg.name === 'app-East' ? 60 * minute : 80 * minute, minute);
      assert.deepEqual(vpg.gaps, []);
      assert.equal(vpg.journals.length, 1);
    }
    for (const name of names) {
      const checkpoint = { kind: 'latest' } as const;
      const reply = lab.request(undefined, { kind: 'failover-test', vpg: name, checkpoint });
      assert.equal(lab.imageContains(succeeded(reply).images, 'ledger'), 'whole', name);
    }
    // What a VRA reports is a few seconds old, in which a segment may have gone. Journals lie on the datastore that the VPG names, replicas on that of the VM; both take space.
    for (const vpg of vpgs) {
      const site = sites.find(({ name }) => name === vpg.to);
      const taken = (name: string): number => {
        const datastore = site?.datastores.find((each) => each.name === name);
        assert.ok(datastore);
        const free = name === 'ds' ? 3 * 1024 ** 4 : 1024 ** 4;
        return free - datastore.free;
      };
      near(taken('journals'), vpg.journalBytes, 8 * mib);
      if (vpg.name === 'app-East') assert.ok(taken('ds') > 8 * mib, `${taken('ds')} bytes`);
    }
  });

  it('loses none of them to the outage of another', function () {
    this.timeout(120_000);
    const { lab, topology } = setUp();
    lab.run(5 * minute);
    const link = topology.links.get('to-West');
    assert.ok(link);
    lab.cutLink(link);
    lab.run(10 * minute);
    const states = lab.snapshot().vpgs.map(({ name, replicating, gaps }) => ({
      name,
      replicating,
      gaps: gaps.length,
    }));
    assert.deepEqual(states, [
      { name: 'app-East', replicating: true, gaps: 0 },
      { name: 'app-West', replicating: false, gaps: 1 },
      { name: 'app-North', replicating: true, gaps: 0 },
    ]);
    lab.healLink(link);
    lab.run(12 * minute);
    for (const vpg of lab.snapshot().vpgs) {
      assert.equal(vpg.replicating, true, vpg.name);
      near(vpg.checkpoints.newest, 12 * minute, 10 * second);
    }
  });
});
