import { ports } from '../../../src/lint/rules/host/ports.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const vra =
  'vra: { memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }';
const withPorts = (written: string): string =>
  lab({ prodHosts: `esx-p1: { version: "6.7", ports: ${written}, ${vra} }` });

describe('host/ports', () => {
  it('VRA-7: accepts 22 and 443 among others', () => {
    expectNothing(ports, withPorts('[902, 443, 22]'));
  });

  it('says nothing where the file says nothing about ports', () => {
    expectNothing(ports, lab({ prodHosts: `esx-p1: { version: "6.7", ${vra} }` }));
  });

  it('VRA-7: finds the missing port', () => {
    expectFindings(ports, withPorts('«[443]»'), [/^esx-p1 does not open port 22\./]);
  });

  it('the fix adds one port', () => {
    expectFix(ports, withPorts('«[443]»'), withPorts('[443, 22]'), 'Open port 22 on esx-p1');
  });

  it('the fix adds both ports', () => {
    expectFix(
      ports,
      withPorts('«[902]»'),
      withPorts('[902, 22, 443]'),
      'Open ports 22 and 443 on esx-p1',
    );
  });

  it('the fix fills an empty list', () => {
    expectFix(ports, withPorts('«[]»'), withPorts('[22, 443]'));
  });
});
