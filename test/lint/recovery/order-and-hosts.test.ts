import { bootOrder } from '../../../src/lint/rules/recovery/boot-order.ts';
import { hostCapacity } from '../../../src/lint/rules/recovery/host-capacity.ts';
import { vmName } from '../../../src/lint/rules/recovery/vm-name.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';
import { recovery } from './lab.ts';

describe('recovery/boot-order', () => {
  const boot = (order: string, first: string, second: string): string =>
    recovery({
      vpg: order === '' ? '' : `boot: { order: ${order} }`,
      vm: `FS01: { recoveryHost: esx-d1, datastore: ds-d1, bootGroup: ${first} }
      FS02: { recoveryHost: esx-d1, datastore: ds-d1, bootGroup: ${second} }`,
    });

  it('finds a group of the order that no VM is in, and removes it', () => {
    expectFindings(bootOrder, boot('[1, «3», 2]', '1', '2'), [
      /^No VM of file-server is in boot group 3/,
    ]);
    expectFix(bootOrder, boot('[1, «3», 2]', '1', '2'), boot('[1, 2]', '1', '2'));
  });

  it('finds a VM whose group is not in the order, and adds it', () => {
    expectFindings(bootOrder, boot('[1]', '1', '«2»'), [
      /^FS02 is in boot group 2, which is not in the boot order of file-server \(1\)/,
    ]);
    expectFix(bootOrder, boot('[1]', '1', '«2»'), boot('[1, 2]', '1', '2'), 'Start group 2 last');
    expectFix(bootOrder, boot('[1]', '1', '«2»'), boot('[1]', '1', '1'), 'Move FS02 to group 1');
  });

  it('finds a group that stands twice', () => {
    expectFix(bootOrder, boot('[1, 2, «1»]', '1', '2'), boot('[1, 2]', '1', '2'));
  });

  it('finds several groups without an order, and writes one', () => {
    const text = boot('', '2', '1');
    expectFindings(bootOrder, text.replace('  file-server:', '  «file-server»:'), [
      /in the boot groups 1 and 2, but it has no boot order, so they all start together/,
    ]);
    expectFix(
      bootOrder,
      text.replace('  file-server:', '  «file-server»:'),
      `${text}    boot:\n      order: [1, 2]\n`,
    );
  });

  it('is content with an order of all groups, and with one group alone', () => {
    expectNothing(bootOrder, boot('[2, 1]', '1', '2'));
    expectNothing(bootOrder, boot('', '1', '1'));
    expectNothing(bootOrder, recovery());
  });

  it('is silent where a VM of the group could merely not be read', () => {
    expectNothing(
      bootOrder,
      boot('[1, 2]', '1', '2').replace('FS02: { recoveryHost: esx-d1', 'FS02: { recoveryHost: [1]'),
    );
  });
});

describe('recovery/vm-name', () => {
  const named = (name: string, platform: string): string =>
    recovery({ platform, vm: `${name}: { recoveryHost: esx-d1, datastore: ds-d1 }` });

  it('MIG-1: finds a name that Hyper-V does not take', () => {
    expectFindings(vmName, named('«fs01.corp»', 'hyperv'), [
      /^The name fs01\.corp holds \., which Hyper-V in DR_Site does not take/,
    ]);
  });

  it('is content with another platform, and with a name that it takes', () => {
    expectNothing(vmName, named('fs01.corp', 'vsphere'));
    expectNothing(vmName, named('fs01-corp', 'hyperv'));
  });
});

describe('recovery/host-capacity', () => {
  const many = (count: number, host: string): string => {
    const names = Array.from({ length: count }, (_, index) => `VM${index}`);
    return lab({
      prodVms: names.map((name) => `${name}: { host: esx-p1 }`).join('\n'),
      protectedVms: names
        .map((name) => `${name}: { recoveryHost: esx-d1, datastore: ds-d1 }`)
        .join('\n'),
      drHosts: `${host}:\n  vra: { memory: 3GiB, datastore: ds-d1, network: isolated, address: 10.10.10.21/24 }`,
    });
  };

  it('finds a host that needs more than an hour to start what it recovers', () => {
    expectFindings(hostCapacity, many(61, '«esx-d1»'), [
      /^esx-d1 would recover 61 VMs\. A host powers on 5 of them every 5m, so the last one starts after 1h5m, .* 60 VMs by then: spread them over 2 hosts \(DR_Site has 1 with a VRA\)\.$/,
    ]);
    expectNothing(hostCapacity, many(60, 'esx-d1'));
  });
});
