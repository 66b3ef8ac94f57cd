import assert from 'node:assert/strict';
import { unknown } from '../../../src/lint/rules/reference/unknown.ts';
import { empty } from '../../../src/lint/rules/vpg/empty.ts';
import { name } from '../../../src/lint/rules/vpg/name.ts';
import { sameSite } from '../../../src/lint/rules/vpg/same-site.ts';
import { tooManyDisks } from '../../../src/lint/rules/vpg/too-many-disks.ts';
import { vmInTooMany } from '../../../src/lint/rules/vpg/vm-in-too-many.ts';
import { vmOfOtherSite } from '../../../src/lint/rules/vpg/vm-of-other-site.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing, findingsOf } from '../testing.ts';

const protectedVm = 'FS01: { recoveryHost: esx-d1, datastore: ds-d1 }';
const vpg = (vpgName: string, to: string, vms = protectedVm): string =>
  `  ${vpgName}:\n    from: Prod_Site\n    to: ${to}\n    vms:\n      ${vms}\n`;

describe('vpg/same-site', () => {
  const to = (site: string): string => lab().replace('    to: DR_Site', `    to: ${site}`);

  it('finds a VPG that recovers to the site that it protects, and names the paired one', () => {
    expectFindings(sameSite, to('«Prod_Site»'), [
      /^file-server protects Prod_Site and recovers to it, so/,
    ]);
    expectFix(sameSite, to('«Prod_Site»'), to('DR_Site'), 'Recover to DR_Site');
  });

  it('is content with two sites, and with one that nothing declares', () => {
    expectNothing(sameSite, lab());
    expectNothing(sameSite, to('Elsewhere').replace('from: Prod_Site', 'from: Elsewhere'));
  });
});

describe('vpg/empty', () => {
  it('finds a VPG without VMs', () => {
    const text = lab({ protectedVms: '' }).replace('  file-server:', '  «file-server»:');
    expectFindings(empty, text.replace(/ {4}vms:\n\n$/, '    vms: {}\n'), [
      /^file-server protects no VM, so .* Name the VMs of Prod_Site under vms/,
    ]);
  });

  it('says nothing where its VMs could merely not be read', () => {
    expectNothing(empty, lab());
    expectNothing(empty, lab({ protectedVms: 'FS01: { recoveryHost: [1] }' }));
  });
});

describe('vpg/vm-of-other-site', () => {
  const reversed = (from: string, vm = 'FS01') =>
    lab()
      .replace('    from: Prod_Site\n    to: DR_Site', `    from: ${from}\n    to: Prod_Site`)
      .replace('      FS01: { recoveryHost', `      ${vm}: { recoveryHost`);

  it('says in which site the VM runs', () => {
    expectFindings(vmOfOtherSite, reversed('DR_Site', '«FS01»'), [
      /^FS01 runs in Prod_Site, and file-server protects DR_Site\. .* put FS01 into a VPG from Prod_Site\.$/,
    ]);
  });

  it('the fix lets the VPG protect the site of all its VMs', () => {
    const third = (from: string, vm: string): string =>
      lab({ more: '' })
        .replace('sites:\n', 'sites:\n  Third: { platform: vsphere }\n')
        .replace('    from: Prod_Site', `    from: ${from}`)
        .replace('      FS01: { recoveryHost', `      ${vm}: { recoveryHost`);
    expectFix(
      vmOfOtherSite,
      third('Third', '«FS01»'),
      third('Prod_Site', 'FS01'),
      'Protect Prod_Site by file-server',
    );
  });

  it('is the only rule that says so, and leaves a VM that runs nowhere to reference/unknown', () => {
    const unknownNames = (text: string): readonly string[] =>
      findingsOf(unknown, text).map(({ message }) => message.split('.')[0] ?? '');
    assert.ok(!unknownNames(reversed('DR_Site')).some((message) => message.includes('FS01')));
    assert.ok(unknownNames(reversed('DR_Site', 'GONE')).includes('DR_Site has no VM GONE'));
    expectNothing(vmOfOtherSite, lab());
    expectNothing(vmOfOtherSite, reversed('DR_Site', 'GONE'));
  });
});

describe('vpg/vm-in-too-many', () => {
  const sites = ['B', 'C', 'D'];
  const four = (vm: string): string =>
    lab({
      more: sites
        .map((site, index) =>
          vpg(
            `to-${site}`,
            site,
            (index === 2 ? vm : 'FS01') + ': { recoveryHost: h, datastore: d }',
          ),
        )
        .join(''),
    }).replace(
      'sites:\n',
      `sites:\n${sites.map((site) => `  ${site}: { platform: vsphere }\n`).join('')}`,
    );

  it('finds the fourth VPG of a VM', () => {
    expectFindings(vmInTooMany, four('«FS01»'), [
      'FS01 is in 4 VPGs (file-server, to-B, to-C and to-D); a VM may be in at most 3.',
    ]);
    expectNothing(vmInTooMany, four('OTHER'));
  });

  it('finds a second VPG to the same site, and the fix takes the VM out of it', () => {
    const twice = (vms: string): string => lab({ more: vpg('second', 'DR_Site', vms) });
    expectFindings(vmInTooMany, twice(protectedVm.replace('FS01', '«FS01»')), [
      /^FS01 is in file-server already, which recovers to DR_Site as well/,
    ]);
    const other = 'FS02: { recoveryHost: esx-d1, datastore: ds-d1 }';
    expectFix(
      vmInTooMany,
      twice(`${protectedVm.replace('FS01', '«FS01»')}\n      ${other}`),
      twice(other),
      'Remove FS01 from second',
    );
  });
});

describe('vpg/too-many-disks', () => {
  const disks = (count: number, key = 'disks'): string =>
    lab({
      prodVms: `FS01:\n  host: esx-p1\n  ${key}:\n${Array.from(
        { length: count },
        (_, index) => `    d${index}: { size: 1GiB, datastore: ds-p1 }`,
      ).join('\n')}`,
    });

  it('finds the sixty-first disk of a protected VM', () => {
    expectFindings(tooManyDisks, disks(61, '«disks»'), [/^FS01 has 61 disks, .* join 1 of them/]);
    expectNothing(tooManyDisks, disks(60));
  });

  it('says nothing of a VM that no VPG protects', () => {
    expectNothing(
      tooManyDisks,
      disks(61).replace('      FS01: { recoveryHost', '      X: { recoveryHost'),
    );
  });
});

describe('vpg/name', () => {
  const named = (vpgName: string, inDrill = vpgName, platform = 'hyperv'): string =>
    lab({
      more: `drills:\n  one:\n    duration: 1h\n    steps:\n      - { at: 1m, failoverTest: { vpg: ${inDrill} } }\n    expect: { vpgs: { ${inDrill}: { noGaps: true } } }\n`,
    })
      .replace('  file-server:', `  ${vpgName}:`)
      .replace('platform: vsphere', `platform: ${platform}`);

  it('finds characters that Hyper-V refuses, and renames the VPG wherever it is named', () => {
    expectFindings(name, named('«file.server?»', 'file.server?'), [
      /^The name file\.server\? holds \. \?, and Prod_Site runs Hyper-V/,
    ]);
    expectFix(
      name,
      named('«file.server?»', 'file.server?'),
      named('file-server'),
      'Rename file.server? to file-server',
    );
  });

  it('is content without Hyper-V, and with a name that it takes', () => {
    expectNothing(name, named('file.server', 'file.server', 'kvm'));
    expectNothing(name, named('file-server'));
  });
});
