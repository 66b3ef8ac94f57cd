import { inBackup } from '../../../src/lint/rules/vra/in-backup.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const vra = (more = ''): string =>
  `esx-p1:\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24${more} }`;

describe('vra/in-backup', () => {
  it('VRA-10: says nothing where every backup excludes the folder', () => {
    expectNothing(inBackup, lab({ prodMore: 'backups:\n  nightly: { excludeFolders: [VRAs] }' }));
  });

  it('says nothing about a site without backups', () => {
    expectNothing(inBackup, lab({ prodHosts: vra() }));
  });

  it('VRA-10: a folder is excluded with the folder that it lies in', () => {
    const parts = (excluded: string) =>
      lab({
        prodHosts: vra(', folder: Infra/VRAs'),
        prodMore: `backups:\n  nightly: { excludeFolders: ${excluded} }`,
      });
    expectNothing(inBackup, parts('[Infra/]'));
    expectFindings(inBackup, parts('«[Infra/VRA]»'));
  });

  it('VRA-10: finds the backup that does not exclude the folder, once for all its VRAs', () => {
    expectFindings(
      inBackup,
      lab({
        prodHosts: `${vra(', folder: VRAs')}\nesx-p2:\n  vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.22/24, folder: VRAs }`,
        prodMore:
          'backups:\n  nightly: { excludeFolders: [VRAs] }\n  weekly: { excludeFolders: «[Templates]» }',
      }),
      [
        /^The backup weekly does not exclude the folder VRAs, so it would take snapshots of the VRA on esx-p1 and esx-p2\./,
      ],
    );
  });

  it('the fix adds the folder to the list', () => {
    const parts = (list: string) =>
      lab({ prodMore: `backups:\n  nightly: { excludeFolders: ${list} }` });
    expectFix(
      inBackup,
      parts('«[Templates]»'),
      parts('[Templates, VRAs]'),
      'Exclude VRAs from nightly',
    );
  });

  it('the fix makes the list where there is none', () => {
    const parts = (backup: string) => lab({ prodMore: `backups:\n  ${backup}` });
    expectFix(inBackup, parts('«nightly»: {}'), parts('nightly: { excludeFolders: [VRAs] }'));
  });

  it('VRA-10: finds a VRA in no folder, and the fix puts it into one that is excluded', () => {
    const parts = (host: string) =>
      lab({
        prodHosts: host,
        prodMore: 'backups:\n  nightly: { excludeFolders: [Appliances] }',
      });
    expectFix(
      inBackup,
      parts(vra().replace('vra:', '«vra»:')),
      parts(vra(', folder: Appliances')),
      'Put the VRA into the folder Appliances',
    );
  });
});
