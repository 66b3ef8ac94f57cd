import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadTopology } from '../../src/topology/load.ts';
import type { Vm } from '../../src/topology/model.ts';
import {
  averageRate,
  datastoreNeeds,
  journalNeed,
  linkNeeds,
  wanHeadroom,
  writtenWithin,
} from '../../src/topology/sizing.ts';

const { topology } = loadTopology(
  `version: 1
name: Sizing
sites:
  A:
    platform: vsphere
    networks: { lan: { cidr: 10.1.0.0/24 } }
    hosts: { a1: {} }
    datastores: { d: { capacity: 4TiB } }
    vms:
      V1: { host: a1, changeRate: 1MiB/s, disks: { one: { size: 10GiB, datastore: d } } }
      V2: { host: a1, changeRate: 3MiB/s, disks: { one: { size: 20GiB, datastore: d } } }
  B: { platform: vsphere, networks: { lan: { cidr: 10.2.0.0/24 } }, hosts: { b1: {} }, datastores: { d: { capacity: 1TiB } } }
  C: { platform: vsphere, networks: { lan: { cidr: 10.3.0.0/24 } }, hosts: { c1: {} }, datastores: { d: { capacity: 1TiB } } }
links:
  ab: { joins: [A/lan, B/lan], bandwidth: 100Mbit/s }
  cb: { joins: [C/lan, B/lan], bandwidth: 100Mbit/s }
vpgs:
  near: { from: A, to: B, journal: { history: 1h }, vms: { V1: { recoveryHost: b1, datastore: d } } }
  far: { from: A, to: C, compression: false, journal: { history: 1h }, scratch: { hardLimit: 5GiB }, vms: { V2: { recoveryHost: c1, datastore: d } } }
`,
  'test.dr.yaml',
);

const mib = 2 ** 20;
const gib = 2 ** 30;

const vm = (changeRate: number, burst?: Vm['burst']): Vm =>
  ({ changeRate, burst }) as Partial<Vm> as Vm;

describe('sizing', () => {
  it('adds up what crosses each link, also on the way to a third site, by direction', () => {
    assert.deepEqual(
      linkNeeds(topology).map(({ link, forward, vpgs, wire, needed }) => [
        link.name,
        forward,
        vpgs.map((each) => each.vpg.name),
        wire,
        needed - wanHeadroom,
      ]),
      [
        ['ab', true, ['near', 'far'], 3.5 * mib, 3.5 * mib],
        ['cb', false, ['far'], 3 * mib, 3 * mib],
      ],
    );
  });

  it('needs a journal of change rate times history, and a tenth more', () => {
    const [v1] = topology.vpgs.get('near')?.vms.values() ?? [];
    assert.ok(v1);
    assert.equal(Math.round(journalNeed(v1)), Math.round(3600 * mib * 1.1));
  });

  it('needs datastores for replicas, journals and scratch, whose limits bound it', () => {
    const needs = datastoreNeeds(topology).map(
      ({ datastore, replicas, journals, scratch, left }) => [
        datastore.site.name,
        replicas,
        Math.round(journals / mib),
        scratch,
        left < datastore.free,
      ],
    );
    assert.deepEqual(needs, [
      ['B', 10 * gib, 3960, 10 * gib, true],
      ['C', 20 * gib, 11880, 5 * gib, true],
    ]);
  });

  it('a burst adds its share of the time, and never more than the burst rate', () => {
    const bursting = vm(1000, { rate: 5000, for: 60_000, every: 600_000 });
    assert.equal(averageRate(bursting), 1400);
    assert.equal(writtenWithin(bursting, 600_000), 1000 * 600 + 4000 * 60);
    assert.equal(writtenWithin(bursting, 30_000), 5000 * 30);
    assert.equal(writtenWithin(vm(1000), 600_000), 600_000);
    assert.equal(averageRate(vm(1000, { rate: 10, for: 1, every: 1 })), 1000);
  });

  it('what is written grows with the time, between the change rate and the burst rate', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.nat(1e6),
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat(1e8),
        fc.nat(1e6),
        (changeRate, more, length, every, span, longer) => {
          const rate = changeRate + more;
          const bursting = vm(changeRate, { rate, for: length, every });
          const written = writtenWithin(bursting, span);
          assert.ok(written >= (changeRate * span) / 1000 - 1e-3);
          assert.ok(written <= (rate * span) / 1000 + 1e-3 * (1 + span / 1000));
          assert.ok(writtenWithin(bursting, span + longer) >= written - 1e-3);
        },
      ),
    );
  });
});
