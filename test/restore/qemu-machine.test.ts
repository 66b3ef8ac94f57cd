import assert from 'node:assert/strict';
import { qemuOptions } from '../../src/restore/qemu-machine.ts';

const machine = {
  name: 'FS01, old',
  memory: 2 ** 30,
  bus: 'sata',
  accel: 'auto',
  disks: ['nbd+unix:///a,b/system?socket=/s', 'nbd+unix:///a,b/data?socket=/s'],
} as const;

/** The values of an option, in order. */
function valuesOf(options: readonly string[], name: string): string[] {
  return options.flatMap((option, index) => (options[index - 1] === name ? [option] : []));
}

describe('What QEMU is started with for a recovered VM', () => {
  it('has no NIC', () => {
    assert.deepEqual(valuesOf(qemuOptions(machine), '-nic'), ['none']);
  });

  it('has all disks in their order, with names that no comma can turn into options', () => {
    const [system, data, ...others] = valuesOf(qemuOptions(machine), '-drive');
    assert.deepEqual(others, []);
    assert.match(system ?? '', /^file=nbd\+unix:\/\/\/a,,b\/system\?socket=\/s,format=raw,if=ide/);
    assert.match(data ?? '', /^file=nbd\+unix:\/\/\/a,,b\/data\?socket=\/s,format=raw,if=ide/);
    assert.deepEqual(valuesOf(qemuOptions(machine), '-name'), ['FS01,, old (recovered)']);
  });

  it('takes the bus and the accelerator that are asked for', () => {
    const options = qemuOptions({ ...machine, bus: 'virtio', accel: 'tcg' });
    assert.ok(valuesOf(options, '-drive').every((drive) => drive.includes('if=virtio')));
    assert.deepEqual(valuesOf(options, '-accel'), ['tcg']);
    assert.deepEqual(valuesOf(qemuOptions(machine), '-accel'), ['kvm', 'tcg']);
    assert.deepEqual(valuesOf(qemuOptions({ ...machine, bus: 'ide' }), '-machine'), ['pc']);
  });
});
