import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCidr } from '../../src/topology/address.ts';
import type { Cidr } from '../../src/topology/address.ts';
import { editDistance, nearest, nearestCidr } from '../../src/topology/near-miss.ts';

function range(text: string): Cidr {
  const cidr = parseCidr(text);
  assert.ok(cidr);
  return cidr;
}

describe('near misses', () => {
  it('finds the name with a letter too many, too few, wrong or swapped', () => {
    const names = ['networks', 'hosts', 'datastores', 'zvm', 'vms'];
    assert.equal(nearest('netwroks', names), 'networks');
    assert.equal(nearest('host', names), 'hosts');
    assert.equal(nearest('datastorres', names), 'datastores');
    assert.equal(nearest('zvmm', names), 'zvm');
  });

  it('takes another case for nearest', () => {
    assert.equal(nearest('prod_site', ['Prod_Site', 'prod_sit']), 'Prod_Site');
  });

  it('finds nothing where nothing is near', () => {
    assert.equal(nearest('firewalls', ['zvm', 'hosts']), undefined);
    assert.equal(nearest('a', ['x', 'yz']), undefined);
  });

  it('NET-9: 102.168.200.0/24 is a digit away from 192.168.200.0/24', () => {
    const ranges = [range('10.1.0.0/24'), range('192.168.200.0/24'), range('192.168.100.0/24')];
    assert.deepEqual(nearestCidr(range('102.168.200.0/24'), ranges), range('192.168.200.0/24'));
    assert.equal(nearestCidr(range('172.16.0.0/12'), ranges), undefined);
  });

  it('an address range that is known has no near miss', () => {
    const ranges = [range('10.1.1.0/24'), range('10.1.0.0/24')];
    assert.equal(nearestCidr(range('10.1.0.0/24'), ranges), undefined);
  });

  it('distances are symmetric, zero for equals, and cut off above the most that is asked', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat({ max: 5 }), (a, b, most) => {
        assert.equal(editDistance(a, b, most), editDistance(b, a, most));
        assert.ok(editDistance(a, b, most) <= most + 1);
        assert.equal(editDistance(a, a, most), 0);
      }),
    );
  });

  it('long names cost no more than short ones', () => {
    const long = 'x'.repeat(1_000_000);
    assert.equal(nearest(long, [`${long}y`, 'z'.repeat(1_000_000)]), `${long}y`);
  });
});
