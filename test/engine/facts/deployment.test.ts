import assert from 'node:assert/strict';
import type { Request } from '../../../src/engine/api.ts';
import { Bench, minute, refused, second } from '../fixtures/labs.ts';

describe('VRA-2: a licence, then VRAs, then pairing, then VPGs', () => {
  function ask(bench: Bench, site: string, request: Request): ReturnType<Bench['lab']['request']> {
    return bench.lab.request(bench.site(site), request);
  }

  it('refuses each step before its predecessor and says what is missing', () => {
    const bench = new Bench(undefined, { begin: 'new' });
    bench.lab.run(second);
    const install = { kind: 'install-vra', host: 'esx-p1' } as const;
    const pair = { kind: 'pair', site: 'DR_Site' } as const;
    const create = { kind: 'create-vpg', vpg: 'shop' } as const;
    const missing = (request: Request): readonly string[] =>
      refused(ask(bench, 'Prod_Site', request)).missing;
    const licence = 'a licence in the ZVM of Prod_Site';
    const pairing = 'the pairing of Prod_Site with DR_Site';
    assert.deepEqual(missing(install), [licence]);
    assert.deepEqual(missing(pair), [licence, 'a VRA in Prod_Site']);
    assert.deepEqual(missing(create), [
      licence,
      'the VRA on Prod_Site/esx-p1',
      'the VRA on Prod_Site/esx-p2',
      pairing,
    ]);
    const done = (site: string, request: Request): void => {
      const reply = ask(bench, site, request);
      assert.equal(reply.result, 'success', JSON.stringify(reply));
    };
    done('Prod_Site', { kind: 'enter-license' });
    assert.deepEqual(missing(pair), ['a VRA in Prod_Site']);
    done('Prod_Site', install);
    // The other side is asked for its part, and answers in its own words.
    assert.deepEqual(missing(pair), ['a licence in the ZVM of DR_Site', 'a VRA in DR_Site']);
    done('DR_Site', { kind: 'enter-license' });
    done('DR_Site', { kind: 'install-vra', host: 'esx-d1' });
    assert.deepEqual(missing(create), ['the VRA on Prod_Site/esx-p2', pairing]);
    done('Prod_Site', pair);
    assert.deepEqual(missing(create), ['the VRA on Prod_Site/esx-p2']);
    done('Prod_Site', { kind: 'install-vra', host: 'esx-p2' });
    assert.deepEqual(missing(create), ['the VRA on DR_Site/esx-d2']);
    done('DR_Site', { kind: 'install-vra', host: 'esx-d2' });
    assert.equal(bench.lab.snapshot().vpgs.length, 0);
    done('Prod_Site', create);
    bench.lab.run(minute);
    assert.equal(bench.vpg().status, 'MeetingSLA');
    assert.equal(bench.finds('nothing'), 'none');
    assert.ok(bench.vpg().checkpoints.count >= 5);
    // One VRA per host, and each step once.
    assert.match(refused(ask(bench, 'Prod_Site', install)).reason, /one per host/);
    assert.match(refused(ask(bench, 'Prod_Site', create)).reason, /exists already/);
  });

  it('what was deployed survives a restart of both ZVMs', () => {
    const bench = new Bench();
    bench.lab.run(minute);
    for (const site of ['Prod_Site', 'DR_Site']) bench.power(`${site}/zvm`, 'reboot');
    bench.lab.run(3 * minute);
    assert.equal(bench.vpg().health, 'ok');
    assert.ok(bench.vpg().checkpoints.count > 12);
  });
});
