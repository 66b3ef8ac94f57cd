import { sharedDisk } from '../../../src/lint/rules/recovery/shared-disk.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectNothing } from '../testing.ts';

const withImages = (first: string, second: string): string =>
  lab({
    prodVms: `FS01:
  host: esx-p1
  disks:
    system: { size: 40GiB, datastore: ds-p1, image: ${first} }
    data: { size: 40GiB, datastore: ds-p1, image: ${second} }`,
  });

const withTargets = (first: string, second: string): string =>
  lab({
    prodVms: `FS01:
  host: esx-p1
  disks:
    system: { size: 40GiB, datastore: ds-p1 }
    data: { size: 40GiB, datastore: ds-p1 }`,
    protectedVms: `FS01:
  recoveryHost: esx-d1
  datastore: ds-d1
  replicas:
    system: { nbd: "${first}" }
    data: { nbd: ${second} }`,
  });

describe('recovery/shared-disk', () => {
  it('finds two disks in one image, however its path is written', () => {
    const message =
      /^FS01\/data is kept in \S+, and so is FS01\/system: each overwrites .* a place of its own\.$/;
    for (const path of ['disks/a.img', './disks/a.img', 'disks//a.img', 'disks/b/../a.img']) {
      expectFindings(sharedDisk, withImages('disks/a.img', `«${path}»`), [message]);
    }
    expectFindings(sharedDisk, withImages('/srv/a.img', '«/srv/./a.img»'), [message]);
  });

  it('finds two replicas at one export of a server', () => {
    expectFindings(
      sharedDisk,
      withTargets('nbd+unix:///?socket=t/a.sock', '«"nbd+unix:///?socket=./t/a.sock"»'),
      [
        /^the replica of FS01\/data in file-server is kept in the export at t\/a\.sock, and so is the replica of FS01\/system in file-server:/,
      ],
    );
    expectFindings(sharedDisk, withTargets('nbd://vault/x', '«"nbd://vault:10809/x"»'), [
      /in the export x at vault:10809, and/,
    ]);
  });

  it('is content with a place for each', () => {
    expectNothing(sharedDisk, lab());
    expectNothing(sharedDisk, withImages('disks/a.img', 'disks/b.img'));
    expectNothing(sharedDisk, withImages('a.img', '/a.img'));
    expectNothing(sharedDisk, withImages('../a.img', 'a.img'));
    expectNothing(sharedDisk, withTargets('nbd://vault/x', '"nbd://vault/y"'));
    expectNothing(sharedDisk, withTargets('nbd://vault/x', '"nbd://vault:10810/x"'));
  });
});
