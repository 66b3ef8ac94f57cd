import { version } from '../../../src/lint/rules/host/version.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectNothing } from '../testing.ts';

const vra =
  'vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }';
const withVersion = (written: string): string =>
  lab({ prodHosts: `esx-p1: { version: ${written}, ${vra} }` });

describe('host/version', () => {
  for (const good of ['4.0 U1', '4.1', '5.5', '6.7', '7.0.3', '8.0 U2']) {
    it(`VRA-7: accepts ${good}`, () => {
      expectNothing(version, withVersion(`"${good}"`));
    });
  }

  for (const old of ['4.0', '3.5 U5']) {
    it(`VRA-7: finds ${old}`, () => {
      expectFindings(version, withVersion(`«"${old}"»`), [
        `esx-p1 runs ESX/ESXi ${old}, but a VRA needs at least 4.0 U1: upgrade the host, or let ` +
          'another one run and recover these VMs.',
      ]);
    });
  }

  it('says that it cannot read a version', () => {
    expectFindings(version, withVersion('«"six"»'), [/^“six” is no version of ESX\/ESXi/]);
  });

  it('leaves hosts alone that neither carry nor need a VRA', () => {
    expectNothing(
      version,
      lab({ drHosts: `esx-d1: { version: "6.7" }\nesx-old: { version: "3.5" }` }),
    );
  });

  it('VRA-7: checks a host that needs a VRA and has none yet', () => {
    expectFindings(version, lab({ drHosts: 'esx-d1: { version: «"3.5"» }' }));
  });
});
