import { memory } from '../../../src/lint/rules/vra/memory.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';

const withMemory = (size: string): string =>
  lab({
    prodHosts: `esx-p1:\n  vra: { memory: ${size}, datastore: ds-p1, network: isolated, address: 192.168.100.21/24 }`,
  });

describe('vra/memory', () => {
  it('VRA-6: accepts exactly 1 GiB', () => {
    expectNothing(memory, withMemory('1GiB'));
  });

  it('VRA-6: finds less than 1 GiB', () => {
    expectFindings(memory, withMemory('«1023MiB»'), [
      /^The VRA on esx-p1 has 1023MiB of memory\. A VRA needs at least 1GiB, reserved/,
    ]);
  });

  it('the fix writes the minimum', () => {
    expectFix(memory, withMemory('«512MiB»'), withMemory('1GiB'), 'Give the VRA 1GiB');
  });
});
