import assert from 'node:assert/strict';
import { unknown } from '../../../src/lint/rules/reference/unknown.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing, findingsOf } from '../testing.ts';

const vms = (fs01: string): string => `FS01:\n  ${fs01.split('\n').join('\n  ')}`;
const drill = (step: string, expect = ''): string =>
  `drills:\n  outage:\n    duration: 1h\n    steps:\n      - { at: 1m, ${step} }\n${expect}`;

/** Each names one thing that nothing declares. */
const unknownNames: Record<string, string> = {
  'the network of a firewall': lab({
    prodMore: 'firewalls:\n  - { between: [isolated, «productio»], allow: [443] }',
  }),
  'the network of the vCenter': lab({
    prodMore: 'vcenter: { address: 10.1.0.10, network: «management» }',
  }),
  'the network of a VRA': lab({
    drHosts:
      'esx-d1:\n  vra: { memory: 3GiB, datastore: ds-d1, network: «isolatd», address: dhcp }',
  }),
  'the datastore of a VRA': lab({
    drHosts:
      'esx-d1:\n  vra: { memory: 3GiB, datastore: «ds-p1», network: isolated, address: dhcp }',
  }),
  'the host of a VM': lab({ prodVms: vms('host: «esx-d1»') }),
  'the network of a NIC': lab({
    prodVms: vms('host: esx-p1\nnics: { eth0: { network: «production» } }'),
  }),
  'the datastore of a disk': lab({
    prodVms: vms('host: esx-p1\ndisks: { system: { size: 1GiB, datastore: «ds-x9» } }'),
  }),
  'the network of a link': lab({
    link: 'joins: [«Prod_Site/isolatd», DR_Site/isolated]\nbandwidth: 100Mbit/s',
  }),
  'the VM of a VPG, at its key': lab({
    protectedVms: '«FS02»: { recoveryHost: esx-d1, datastore: ds-d1 }',
  }),
  'the recovery host': lab({
    protectedVms: 'FS01: { recoveryHost: «esx-p1», datastore: ds-d1 }',
  }),
  'the recovery datastore': lab({
    protectedVms: 'FS01: { recoveryHost: esx-d1, datastore: «ds-p1» }',
  }),
  'the journal datastore': lab({ vpg: 'journal: { datastore: «ds-j1» }' }),
  'the NIC of a mapping, at its key': lab({
    protectedVms:
      'FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { «eth1»: { failover: { network: isolated } } } }',
  }),
  'the network of a mapping': lab({
    protectedVms:
      'FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { eth0: { test: { network: «bubble» } } } }',
  }),
  'the component of a step': lab({ more: drill('powerOff: «Prod_Site/zmv»') }),
  'the link of a step': lab({ more: drill('cut: «mlps»') }),
  'the VM of a write': lab({ more: drill('write: { vm: «FS09», size: 1GB }') }),
  'the disk of a write': lab({ more: drill('write: { vm: FS01, disk: «data», size: 1GB }') }),
  'the datastore of a fill': lab({ more: drill('fill: { datastore: «ds-d9», free: 1GB }') }),
  'the host of a load': lab({ more: drill('load: { host: «esx-x1», cpu: 95%, for: 10m }') }),
  'the site of a skewed clock': lab({ more: drill('skewClock: { site: «DR_Sit», by: 90s }') }),
  'the VPG of a checkpoint': lab({
    more: drill('checkpoint: { vpg: «file-servr», tag: before }'),
  }),
  'the VPG of a recovery operation': lab({
    more: drill('failoverTest: { vpg: «web-server», checkpoint: latest }'),
  }),
  'the VPG of an expectation, at its key': lab({
    more: drill(
      'cut: mpls',
      '    expect:\n      vpgs:\n        «file-sever»: { replicating: true }\n',
    ),
  }),
};

describe('reference/unknown', () => {
  it('says nothing where every name is declared', () => {
    expectNothing(unknown, lab({ more: drill('powerOff: Prod_Site/esx-p1/vra') }));
  });

  for (const [what, source] of Object.entries(unknownNames)) {
    it(`finds ${what}`, () => {
      expectFindings(unknown, source);
    });
  }

  it('finds the NICs that the ZVM says are its own', () => {
    const zvm = '      nics:\n        isolated: { network: isolated, address: 10.10.10.5/24 }\n';
    expectFindings(
      unknown,
      lab()
        .replace(zvm, `${zvm}      replicationNic: «isolatd»\n`)
        .replace('via: 10.10.10.1, nic: isolated', 'via: 10.10.10.1, nic: «eth1»'),
      [
        /^The ZVM of DR_Site has no NIC isolatd\. Did you mean isolated\?$/,
        /^The ZVM of DR_Site has no NIC eth1\. There is isolated\.$/,
      ],
    );
  });

  it('reports an unknown site once, not every name that would be looked up in it', () => {
    expectFindings(unknown, lab().replace('    to: DR_Site', '    to: «DR_Sit»'), [
      'This topology has no site DR_Sit. Did you mean DR_Site?',
    ]);
  });

  it('does not call a name unknown whose entry has mistakes of its own', () => {
    expectNothing(unknown, lab({ drDatastores: 'ds-d1: { capacity: many, free: 6TiB }' }));
  });

  it('says which site has the name', () => {
    expectFindings(
      unknown,
      lab({ protectedVms: 'FS01: { recoveryHost: «esx-p1», datastore: ds-d1 }' }),
      ['DR_Site has no host esx-p1, though Prod_Site has. Did you mean esx-d1?'],
    );
  });

  it('offers the near miss', () => {
    const parts = (name: string) =>
      lab({ protectedVms: `FS01: { recoveryHost: ${name}, datastore: ds-d1 }` });
    expectFix(unknown, parts('«esx-d2»'), parts('esx-d1'), 'Change to esx-d1');
  });

  it('offers the near miss of a key', () => {
    const parts = (name: string) =>
      lab({ protectedVms: `${name}: { recoveryHost: esx-d1, datastore: ds-d1 }` });
    expectFix(unknown, parts('«FS1»'), parts('FS01'), 'Change to FS01');
  });

  it('offers no name that would make a key stand twice', () => {
    const [finding] = expectFindings(
      unknown,
      lab({
        protectedVms:
          'FS01: { recoveryHost: esx-d1, datastore: ds-d1 }\n«FS02»: { recoveryHost: esx-d1, datastore: ds-d1 }',
      }),
      ['Prod_Site has no VM FS02. There is FS01.'],
    );
    assert.deepEqual(
      finding?.fixes.map(({ title }) => title),
      ['Add the VM FS02 to Prod_Site (then set its host and disks)'],
    );
  });

  it('offers the near miss of a component with its site', () => {
    const parts = (name: string) => lab({ more: drill(`powerOff: ${name}`) });
    expectFix(unknown, parts('«Prod_Site/zmv»'), parts('Prod_Site/zvm'), /^Change/);
  });

  it('takes the network that the address is in for the one that was meant', () => {
    const parts = (network: string) =>
      lab({
        prodVms: `FS01:\n  host: esx-p1\n  nics: { eth0: { network: ${network}, address: 192.168.100.50/24 } }`,
      });
    const [finding] = expectFindings(unknown, parts('«replication»'), [
      'Prod_Site has no network replication. Did you mean isolated?',
    ]);
    assert.equal(finding?.fixes.length, 1);
    expectFix(unknown, parts('«replication»'), parts('isolated'), 'Change to isolated');
  });

  it('adds a network with the range of the address that is used on it', () => {
    const parts = (network: string, more: string) =>
      lab({
        prodNetworks: `isolated: { cidr: 192.168.100.0/24 }${more}`,
        prodVms: `FS01:\n  host: esx-p1\n  nics: { eth0: { network: ${network}, address: 10.1.0.50/24 } }`,
      });
    expectFix(
      unknown,
      parts('«production»', ''),
      parts('production', '\nproduction: { cidr: 10.1.0.0/24 }'),
      'Add the network production (10.1.0.0/24) to Prod_Site',
    );
  });

  it('adds a host, a datastore, a VM and a site', () => {
    const titles = (source: string) =>
      expectFindings(unknown, source).flatMap(({ fixes }) => fixes.map(({ title }) => title));
    assert.deepEqual(
      titles(lab({ protectedVms: 'FS01: { recoveryHost: «backup-host», datastore: «store-7» }' })),
      [
        'Add the host backup-host to DR_Site',
        'Add the datastore store-7 to DR_Site (then set its capacity)',
      ],
    );
    const withVm = (name: string, more: string) =>
      lab({
        prodVms: `FS01: { host: esx-p1 }${more}`,
        protectedVms: `${name}: { recoveryHost: esx-d1, datastore: ds-d1 }`,
      });
    expectFix(
      unknown,
      withVm('«DATABASE»', ''),
      withVm(
        'DATABASE',
        '\nDATABASE: { host: esx-p1, disks: { system: { size: 40GiB, datastore: ds-p1 } } }',
      ),
      /^Add the VM DATABASE/,
    );
    assert.deepEqual(titles(lab().replace('[Prod_Site, DR_Site]', '[Prod_Site, «Branch»]')), [
      'Add the site Branch (then say what it has)',
    ]);
  });

  it('is silent where an included file that cannot be read may declare the name', () => {
    const text = lab().replace('[Prod_Site, DR_Site]', '[Prod_Site, Branch]');
    assert.equal(findingsOf(unknown, text).length, 1);
    expectNothing(unknown, `${text}\ninclude: [sites/*.dr.yaml]\n`);
  });

  it('knows what a site has, whichever file cannot be read', () => {
    const text = lab({ protectedVms: 'FS01: { recoveryHost: elsewhere, datastore: ds-d1 }' });
    assert.equal(findingsOf(unknown, `${text}\ninclude: [sites/*.dr.yaml]\n`).length, 1);
  });

  it('reports every unknown name, though it gives up looking for near ones in a flood of them', () => {
    const count = 600;
    const each = (line: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => line(index)).join('\n');
    const findings = findingsOf(
      unknown,
      lab({
        prodVms: each((index) => `server-${index}: { host: esx-p1 }`),
        protectedVms: each((index) => `sever-${index}: { recoveryHost: esx-d1, datastore: ds-d1 }`),
      }),
    );
    assert.equal(findings.length, count);
    const suggesting = findings.filter(({ message }) => message.includes('Did you mean'));
    assert.ok(suggesting.length > 0 && suggesting.length < count, `${suggesting.length}`);
  });
});
