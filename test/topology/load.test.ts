import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { formatCidr, formatIpv4 } from '../../src/topology/address.ts';
import * as limits from '../../src/topology/limits.ts';
import { loadTopology } from '../../src/topology/load.ts';
import type { DrillAction, Site, Topology, Vpg } from '../../src/topology/model.ts';

const lab = readFileSync(new URL('fixtures/seed-lab.dr.yaml', import.meta.url), 'utf8');

function siteOf(topology: Topology, name: string): Site {
  const site = topology.sites.get(name);
  assert.ok(site, `site ${name}`);
  return site;
}

function vpgOf(topology: Topology, name: string): Vpg {
  const vpg = topology.vpgs.get(name);
  assert.ok(vpg, `VPG ${name}`);
  return vpg;
}

/** The actions of a drill with these steps, in the seed lab. */
function actionsOf(...steps: string[]): (DrillAction | undefined)[] {
  const text = `${lab}  extra:\n    duration: 4h\n    steps:\n${steps.map((line) => `      - ${line}\n`).join('')}`;
  const { problems, topology } = loadTopology(text, 'x');
  assert.deepEqual(problems, []);
  return topology.drills.get('extra')?.steps.map(({ action }) => action) ?? [];
}

describe('the seed lab', () => {
  const { problems, topology } = loadTopology(lab, 'seed-lab.dr.yaml');
  const prod = siteOf(topology, 'Prod_Site');
  const dr = siteOf(topology, 'DR_Site');

  it('has no problems', () => {
    assert.deepEqual(problems, []);
    assert.equal(topology.name, 'Two sites, two NICs');
  });

  it('NET-4: has two networks a site, and a ZVM with a NIC in each', () => {
    assert.deepEqual([...prod.networks.keys()], ['production', 'isolated']);
    const nic = prod.zvm?.nics.get('isolated');
    assert.equal(nic?.network.target, prod.networks.get('isolated'));
    assert.equal(formatIpv4(nic?.address.address ?? 0), '192.168.100.10');
    assert.equal(prod.zvm?.replicationNic?.target, nic);
    const [route] = prod.zvm?.routes ?? [];
    assert.ok(route);
    assert.deepEqual(
      [formatCidr(route.to), formatIpv4(route.via), route.nic.target, route.persistent],
      ['10.10.10.0/24', '192.168.100.1', nic, true],
    );
  });

  it('has quantities in base units', () => {
    const vm = prod.vms.get('FS01');
    assert.equal(vm?.changeRate, 2 * 2 ** 20);
    assert.deepEqual(vm.burst, { rate: 40 * 2 ** 20, for: 600_000, every: 86_400_000 });
    assert.equal(vm.disks.get('data')?.size, 200 * 2 ** 30);
    const link = topology.links.get('mpls');
    assert.deepEqual([link?.bandwidth, link?.latency, link?.loss], [12_500_000, 12, 0]);
    assert.deepEqual(
      link?.throttle.map(({ from, to, rate }) => [from, to, rate]),
      [[28_800_000, 64_800_000, 5_000_000]],
    );
    const vpg = vpgOf(topology, 'file-server');
    assert.equal(vpg.journal.history, 14_400_000);
    assert.equal(vpg.journal.warning, 0.75 * 150 * 2 ** 30);
    assert.equal(vpg.testEvery, 180 * 86_400_000);
  });

  it('has every name bound to what it stands for', () => {
    const vpg = vpgOf(topology, 'file-server');
    const vm = vpg.vms.get('FS01');
    assert.equal(vpg.from.target, prod);
    assert.equal(vpg.to.target, dr);
    assert.equal(vm?.vm.target, prod.vms.get('FS01'));
    assert.equal(vm?.recoveryHost.target, dr.hosts.get('esx-d1'));
    assert.equal(vm?.datastore.target, dr.datastores.get('ds-d1'));
    const mapping = vm?.nics.get('eth0');
    assert.equal(mapping?.nic.target, prod.vms.get('FS01')?.nics.get('eth0'));
    assert.equal(mapping?.test?.network.target, dr.networks.get('test-bubble'));
    assert.equal(mapping?.test?.address, 'dhcp');
    assert.equal(dr.hosts.get('esx-d1')?.vra?.host, dr.hosts.get('esx-d1'));
    assert.deepEqual(
      topology.links.get('mpls')?.joins.map(({ target }) => target),
      [prod.networks.get('isolated'), dr.networks.get('isolated')],
    );
    assert.deepEqual(
      topology.pairings[0]?.sites.map(({ target }) => target),
      [prod, dr],
    );
  });

  it('has places that lead back to the text', () => {
    const vm = vpgOf(topology, 'file-server').vms.get('FS01');
    const { document } = topology;
    const shown = (path: readonly (string | number)[]) => {
      const { start, end } = document.valueRange(path);
      return lab.slice(start, end);
    };
    assert.equal(shown(vm?.recoveryHost.place.path ?? []), 'esx-d1');
    assert.equal(shown(prod.firewalls[0]?.between[1].place.path ?? []), 'isolated');
    assert.equal(shown(topology.links.get('mpls')?.joins[1].place.path ?? []), 'DR_Site/isolated');
  });

  it('has a drill with its steps and expectations', () => {
    const drill = topology.drills.get('protected-zvm-down-70-minutes');
    assert.deepEqual(drill?.facts, ['OUT-1', 'OUT-2', 'OUT-3', 'OUT-6']);
    assert.deepEqual(
      drill.steps.map(({ at, action }) => [at / 60_000, action?.verb]),
      [
        [60, 'powerOff'],
        [65, 'write'],
        [80, undefined],
        [85, 'failoverTest'],
        [130, 'powerOn'],
      ],
    );
    assert.deepEqual([drill.begin, drill.warmUp], ['protected', 0]);
    const expected = drill.expect?.vpgs.get('file-server');
    assert.equal(expected?.vpg.target, vpgOf(topology, 'file-server'));
    assert.deepEqual(
      expected.gaps?.map(({ from, to, within, cause }) => [from, to, within, cause]),
      [[3_600_000, 7_800_000, 10_000, 'zvm-down']],
    );
    assert.deepEqual(expected.history, { atLeast: 14_100_000, atMost: undefined });
    const during = drill.steps[2]?.expect;
    assert.deepEqual(during?.alerts?.raised, ['ZVM0003']);
    assert.equal(during.vpgs.get('file-server')?.rpo, 'not-measured');
  });
});

describe('what a file may leave out', () => {
  it("has the product's defaults", () => {
    const { problems, topology } = loadTopology(
      `version: 1
sites:
  A:
    networks: { n: { cidr: 10.0.0.0/24 } }
    datastores: { d: { capacity: 1TiB } }
    zvm: { nics: { only: { network: n, address: 10.0.0.2/24 } } }
    hosts: { h: { version: 6.70 } }
    vms: { v: { host: h } }
  B:
links:
  l: { joins: [A/n, B/n], bandwidth: 10Mbit/s }
vpgs:
  p: { from: A, to: B }
`,
      'x',
    );
    assert.deepEqual(problems, []);
    const a = siteOf(topology, 'A');
    assert.deepEqual([a.platform, a.zvm?.os, a.zvm?.license], ['vsphere', 'windows', true]);
    assert.equal(a.zvm?.replicationNic?.target, a.zvm?.nics.get('only'));
    assert.equal(a.networks.get('n')?.mtu, 1500);
    assert.equal(a.datastores.get('d')?.free, 2 ** 40);
    assert.deepEqual([a.hosts.get('h')?.version, a.hosts.get('h')?.ports], ['6.70', undefined]);
    assert.equal(a.vms.get('v')?.changeRate, 0);
    const link = topology.links.get('l');
    assert.deepEqual(
      [link?.latency, link?.loss, link?.mtu, link?.nat, link?.allow],
      [0, 0, 1500, false, 'any'],
    );
    const vpg = vpgOf(topology, 'p');
    const { history, hardLimit, warning } = vpg.journal;
    assert.deepEqual([history, hardLimit, warning], [86_400_000, 150 * 2 ** 30, 112.5 * 2 ** 30]);
    assert.deepEqual([vpg.rpo, vpg.priority, vpg.compression], [300_000, 'medium', true]);
    assert.deepEqual(vpg.commit, { policy: 'none', timeout: 3_600_000 });
    assert.deepEqual(
      [vpg.testEvery, vpg.boot, vpg.reverseProtection],
      [undefined, undefined, false],
    );
  });

  it('has the defaults that the limits name', () => {
    const { topology } = loadTopology('version: 1\nvpgs: { p: { from: A, to: B } }\n', 'x');
    const { journal, rpo, commit, scratch } = vpgOf(topology, 'p');
    assert.equal(journal.history, limits.defaultHistory);
    assert.equal(journal.hardLimit, limits.defaultHardLimit);
    assert.equal(journal.warning, limits.defaultHardLimit * limits.defaultWarningShare);
    assert.equal(scratch.hardLimit, limits.defaultScratchLimit);
    assert.equal(rpo, limits.defaultRpo);
    assert.equal(commit.timeout, limits.defaultCommitTimeout);
  });

  it('an unlimited journal has no warning threshold that is a share of it', () => {
    const { topology } = loadTopology(
      'version: 1\nvpgs: { p: { from: A, to: B, journal: { hardLimit: unlimited } } }\n',
      'x',
    );
    const { hardLimit, warning } = vpgOf(topology, 'p').journal;
    assert.deepEqual([hardLimit, warning], [undefined, undefined]);
  });
});

describe('a file with mistakes', () => {
  it('keeps all that can be read beside a bad host, and a bad field of a host', () => {
    const { problems, topology } = loadTopology(
      `version: 1
sites:
  A:
    platform: vspher
    hosts:
      bad: 5
      half: { version: [], address: 10.0.0.5, ports: [22, x, 443], vra: { memory: 3GiB } }
      good: { version: "8.0" }
`,
      'x',
    );
    assert.equal(problems.length, 7);
    const site = siteOf(topology, 'A');
    assert.equal(site.platform, 'vsphere');
    assert.deepEqual([...site.hosts.keys()], ['half', 'good']);
    const half = site.hosts.get('half');
    assert.equal(half?.version, undefined);
    assert.equal(formatIpv4(half?.address ?? 0), '10.0.0.5');
    assert.deepEqual(half?.ports, [22, 443]);
    assert.equal(half.vra, undefined);
  });

  it('knows that a name is declared, though its entry could not be read', () => {
    const { topology } = loadTopology(
      `version: 1
sites:
  A: { hosts: { bad: 5 }, vms: { v: { host: bad }, w: { host: nowhere } } }
  B: 7
vpgs:
  p: { from: A, to: B, vms: { v: { recoveryHost: h, datastore: d }, x: { recoveryHost: h, datastore: d } } }
  q: { from: A, to: C }
`,
      'x',
    );
    const a = siteOf(topology, 'A');
    const flags = (reference?: { target: unknown; declared: boolean }) =>
      reference && [reference.target !== undefined, reference.declared];
    assert.deepEqual(flags(a.vms.get('v')?.host), [false, true]);
    assert.deepEqual(flags(a.vms.get('w')?.host), [false, false]);
    const vpg = vpgOf(topology, 'p');
    assert.deepEqual(flags(vpg.to), [false, true]);
    assert.deepEqual(flags(vpg.vms.get('v')?.vm), [true, true]);
    assert.deepEqual(flags(vpg.vms.get('x')?.vm), [false, false]);
    // Nobody can tell what stands in a site that could not be read.
    assert.deepEqual(flags(vpg.vms.get('v')?.recoveryHost), [false, true]);
    assert.deepEqual(flags(vpgOf(topology, 'q').to), [false, false]);
  });

  it('keeps the places of the steps behind one that could not be read', () => {
    const { topology } = loadTopology(
      `version: 1
drills:
  d:
    duration: 1h
    steps:
      - { at: soon, powerOff: A }
      - { at: 5m, powerOff: A }
`,
      'x',
    );
    const steps = topology.drills.get('d')?.steps ?? [];
    assert.deepEqual(
      steps.map(({ place }) => place.path),
      [['drills', 'd', 'steps', 1]],
    );
  });

  it('reads a section that an alias repeats as if it were written there', () => {
    const { problems, topology } = loadTopology(
      'version: 1\nsites:\n  A: &a { datastores: { d: { capacity: 1TiB } } }\n  B: *a\n',
      'x',
    );
    assert.deepEqual(problems, []);
    const d = siteOf(topology, 'B').datastores.get('d');
    assert.deepEqual(d?.place.path, ['sites', 'B', 'datastores', 'd']);
    assert.equal(d.site, siteOf(topology, 'B'));
  });
});

describe('drill steps', () => {
  it('name components as Site, Site/zvm, Site/host and Site/host/vra', () => {
    const kinds = actionsOf(
      '{ at: 0, powerOff: Prod_Site }',
      '{ at: 0, powerOn: Prod_Site/zvm }',
      '{ at: 0, reboot: Prod_Site/esx-p1 }',
      '{ at: 0, crash: Prod_Site/esx-p1/vra }',
      '{ at: 0, snapshot: Prod_Site/esx-p1/vra }',
      '{ at: 0, crash: Prod_Site/esx-p9 }',
      '{ at: 0, crash: Prod_Site/esx-p1/zvm }',
      '{ at: 0, crash: Prod_Site/esx-p1/vra/x }',
      '{ at: 0, crash: Nowhere }',
    ).map(
      (action) =>
        action &&
        'component' in action && [action.component.target?.kind, action.component.declared],
    );
    assert.deepEqual(kinds, [
      ['site', true],
      ['zvm', true],
      ['host', true],
      ['vra', true],
      ['vra', true],
      [undefined, false],
      [undefined, false],
      [undefined, false],
      [undefined, false],
    ]);
  });

  it('find VMs, hosts and datastores across sites, and by Site/name', () => {
    const [short, long, fill, load, unknown] = actionsOf(
      '{ at: 0, write: { vm: FS01, disk: data, size: 1MB } }',
      '{ at: 0, write: { vm: Prod_Site/FS01, size: 1MB } }',
      '{ at: 0, fill: { datastore: ds-d1, free: 20GiB } }',
      '{ at: 0, load: { host: DR_Site/esx-d1, cpu: 95%, for: 10m } }',
      '{ at: 0, write: { vm: FS02, size: 1MB } }',
    );
    assert.ok(short?.verb === 'write' && long?.verb === 'write');
    assert.equal(short.vm.target, short.disk?.target?.vm);
    assert.equal(long.vm.target?.name, 'FS01');
    assert.equal(long.disk, undefined);
    assert.ok(fill?.verb === 'fill' && load?.verb === 'load' && unknown?.verb === 'write');
    assert.equal(fill.datastore.target?.site.name, 'DR_Site');
    assert.deepEqual([load.host.target?.name, load.cpu], ['esx-d1', 0.95]);
    assert.deepEqual([unknown.vm.target, unknown.vm.declared], [undefined, false]);
  });

  it('choose checkpoints in every way there is', () => {
    const choices = [
      'latest',
      'oldest',
      'before-upgrade',
      '1h20m',
      '0',
      '{ before: 1h }',
      '{ tag: 1h }',
    ];
    const actions = actionsOf(
      ...choices.map(
        (choice) => `{ at: 3h, failover: { vpg: file-server, checkpoint: ${choice} } }`,
      ),
    );
    assert.deepEqual(
      actions.map((action) => action?.verb === 'failover' && action.checkpoint),
      [
        { kind: 'latest' },
        { kind: 'oldest' },
        { kind: 'tag', tag: 'before-upgrade' },
        { kind: 'at', at: 4_800_000 },
        { kind: 'at', at: 0 },
        { kind: 'before', at: 3_600_000 },
        { kind: 'tag', tag: '1h' },
      ],
    );
  });

  it('take what is particular to a verb as its options', () => {
    const [move, cut, degrade, skew] = actionsOf(
      '{ at: 0, move: { vpg: file-server, site: DR_Site, commitPolicy: commit, commitTimeout: 10m } }',
      '{ at: 0, cut: mpls }',
      '{ at: 0, degrade: { link: mpls, loss: 2%, latency: 80ms } }',
      '{ at: 0, skewClock: { site: DR_Site, by: -90s } }',
    );
    assert.ok(move?.verb === 'move');
    assert.equal(move.site?.target?.name, 'DR_Site');
    assert.deepEqual(move.options, { commitPolicy: 'commit', commitTimeout: 600_000 });
    assert.ok(cut?.verb === 'cut' && degrade?.verb === 'degrade' && skew?.verb === 'skewClock');
    assert.equal(cut.link.target?.name, 'mpls');
    assert.deepEqual([degrade.loss, degrade.latency, degrade.mtu], [0.02, 80, undefined]);
    assert.equal(skew.by, -90_000);
  });

  it('expect times to within one checkpoint, and gaps to within 10 s, unless they say more', () => {
    const text = `${lab}  extra:
    duration: 4h
    expect:
      vpgs:
        file-server:
          checkpoints: { atLeast: 10, oldest: -1h, newest: { at: 4h, within: 30s } }
          gaps: [{ from: 1h }]
          rpo: { atMost: 10s }
`;
    const { problems, topology } = loadTopology(text, 'x');
    assert.deepEqual(problems, []);
    const expected = topology.drills.get('extra')?.expect?.vpgs.get('file-server');
    assert.deepEqual(expected?.checkpoints, {
      atLeast: 10,
      atMost: undefined,
      oldest: { at: -3_600_000, within: 5000 },
      newest: { at: 14_400_000, within: 30_000 },
    });
    const [gap] = expected.gaps ?? [];
    assert.deepEqual([gap?.to, gap?.within, gap?.cause], [undefined, 10_000, undefined]);
    assert.deepEqual(expected.rpo, { atMost: 10_000 });
  });
});
