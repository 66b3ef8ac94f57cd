import assert from 'node:assert/strict';
import { scheduleBoot } from '../../../src/engine/zvm/operations/boot.ts';
import type { BootingVm } from '../../../src/engine/zvm/operations/boot.ts';

const minute = 60_000;

function vms(count: number, hosts: number, group?: number): BootingVm[] {
  return Array.from({ length: count }, (_, index) => ({
    vm: `VM${index}`,
    host: `host ${index % hosts}`,
    group,
  }));
}

describe('The order in which recovered VMs start', () => {
  it('500 VMs on 10 hosts take 50 minutes, five per host and five minutes', () => {
    const { boots, over } = scheduleBoot(vms(500, 10), { order: [], delay: 0 });
    assert.equal(over, 50 * minute);
    for (const host of ['host 0', 'host 9']) {
      const starts = boots.filter((boot) => boot.host === host).map((boot) => boot.at);
      for (const [index, at] of starts.entries()) {
        assert.ok(index < 5 || at - (starts[index - 5] ?? 0) >= 5 * minute);
      }
    }
  });

  it('a few VMs start at once', () => {
    const { boots, over } = scheduleBoot(vms(5, 1), { order: [], delay: 0 });
    assert.deepEqual(new Set(boots.map((boot) => boot.at)), new Set([0]));
    assert.equal(over, 0);
  });

  it('groups follow each other with the delay, and what is in none comes last', () => {
    const [a, b, c] = vms(3, 3).map((vm, index) => ({ ...vm, group: [2, 1, undefined][index] }));
    assert.ok(a && b && c);
    const { boots } = scheduleBoot([a, b, c], { order: [1, 2], delay: 30_000 });
    assert.deepEqual(
      boots.map((boot) => [boot.vm, boot.at]),
      [
        ['VM1', 0],
        ['VM0', 30_000],
        ['VM2', 60_000],
      ],
    );
  });
});
