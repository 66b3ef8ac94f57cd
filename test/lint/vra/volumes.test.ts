import { volumes } from '../../../src/lint/rules/vra/volumes.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectNothing } from '../testing.ts';

const disks = (count: number): string =>
  `{ ${Array.from({ length: count }, (_, index) => `d${index}: { size: 1GiB, datastore: ds-p1 }`).join(', ')} }`;

/** VMs with 50 disks each on esx-p1; the first `recovered` of them recover to esx-d1. */
function estate(running: number, recovered: number, mark: 'prod' | 'dr' | undefined): string {
  const vra = (key: string, marked: boolean, rest: string): string =>
    `${key}:\n  ${marked ? '«vra»' : 'vra'}: ${rest}`;
  const names = Array.from({ length: running }, (_, index) => `VM${index}`);
  return lab({
    prodHosts: vra(
      'esx-p1',
      mark === 'prod',
      '{ memory: 3GiB, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }',
    ),
    drHosts: vra(
      'esx-d1',
      mark === 'dr',
      '{ memory: 3GiB, datastore: ds-d1, network: isolated, address: 10.10.10.21/24 }',
    ),
    prodVms: names.map((name) => `${name}: { host: esx-p1, disks: ${disks(50)} }`).join('\n'),
    drMore: 'vms:\n  LOCAL: { host: esx-d1, disks: { a: { size: 1GiB, datastore: ds-d1 } } }',
    protectedVms: names
      .slice(0, recovered)
      .map((name) => `${name}: { recoveryHost: esx-d1, datastore: ds-d1 }`)
      .join('\n'),
  });
}

describe('vra/volumes', () => {
  it('VRA-5: accepts exactly 1500 volumes', () => {
    expectNothing(volumes, estate(30, 1, undefined));
  });

  it('VRA-5: counts VMs that nothing protects', () => {
    expectFindings(volumes, estate(31, 1, 'prod'), [
      'The VRA on esx-p1 would manage 1550 volumes: 1550 of the VMs that run on the host, ' +
        'protected or not, and 0 replicas of VMs that recover to it. A VRA manages at most 1500: ' +
        'move 50 of them to other hosts.',
    ]);
  });

  it('VRA-5: counts both directions', () => {
    expectFindings(volumes, estate(30, 30, 'dr'), [
      /would manage 1501 volumes: 1 of the VMs that run .* and 1500 replicas/,
    ]);
  });
});
