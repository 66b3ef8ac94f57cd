import assert from 'node:assert/strict';
import type { Reply, Request } from '../../../src/engine/api.ts';
import type { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import type { Lab } from '../../../src/engine/lab/types.ts';
import { Bench, mib, minute, refused, second, succeeded, twoSites } from '../fixtures/labs.ts';

const latest = { kind: 'latest' } as const;

function ask(bench: Bench, request: Request, site?: string): Reply {
  return bench.lab.request(site === undefined ? undefined : bench.site(site), request);
}

function done(reply: Reply): void {
  assert.equal(reply.result, 'success', JSON.stringify(reply));
}

const failover = { kind: 'failover', vpg: 'shop', checkpoint: latest } as const;
const withoutTools = [
  '      FS01:\n        host: esx-p1\n',
  '      FS01:\n        host: esx-p1\n        tools: false\n',
] as const;

describe('MIG-2: a move loses nothing', () => {
  it('drains its source, so that the last write before the shutdown is there', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    bench.write('FS01', 'last words', 8 * mib);
    bench.lab.run(2 * minute + 500);
    const { images } = succeeded(ask(bench, { kind: 'move', vpg: 'shop' }));
    assert.equal(bench.lab.imageContains(images, 'last words'), 'whole');
    assert.equal(bench.vpg().subStatus, 'MovingBeforeCommit');
    done(ask(bench, { kind: 'commit', vpg: 'shop' }));
    bench.lab.run(5 * minute);
    assert.equal(bench.vpg().status, 'Recovered');
  });

  it('is rolled back where a guest does not shut down, and forced where that is asked for', () => {
    const bench = new Bench(twoSites([...withoutTools]));
    bench.lab.run(2 * minute);
    const { reason } = refused(ask(bench, { kind: 'move', vpg: 'shop' }));
    assert.match(reason, /FS01 did not shut down/);
    bench.lab.run(4 * minute);
    bench.write('DB01', 'goes on', mib);
    bench.lab.run(5 * minute);
    assert.equal(bench.vpg().status, 'MeetingSLA');
    assert.equal(bench.finds('goes on'), 'whole');
    succeeded(ask(bench, { kind: 'move', vpg: 'shop', force: true }));
  });

  it('refuses where the source cannot be drained, and says why', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    bench.lab.cutLink(bench.link('data-link'));
    bench.lab.run(3 * minute);
    const cut = refused(ask(bench, { kind: 'move', vpg: 'shop' }));
    assert.match(cut.missing.join('; '), /between the VRAs/);
    bench.lab.healLink(bench.link('data-link'));
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.lab.run(5 * minute);
    const alone = refused(ask(bench, { kind: 'move', vpg: 'shop' }));
    assert.match(alone.missing.join('; '), /the ZVM of Prod_Site/);
  });

  it('says incomplete, and not success, over an address that was not set', () => {
    const bench = new Bench(
      twoSites(
        [
          withoutTools[0],
          `${withoutTools[1]}        nics: { eth0: { network: data, address: 10.1.2.50/24 } }\n`,
        ],
        [
          'FS01: { recoveryHost: esx-d1, datastore: ds-d1 }',
          'FS01: { recoveryHost: esx-d1, datastore: ds-d1, nics: { eth0: { failover: ' +
            '{ network: data, address: 10.2.2.50/24 } } } }',
        ],
      ),
    );
    bench.lab.run(2 * minute);
    const reply = ask(bench, { kind: 'move', vpg: 'shop', force: true });
    assert.ok(reply.result === 'success');
    assert.match(reply.shortfalls?.join() ?? '', /eth0 of FS01 did not get the address 10.2.2.50/);
    const [operation] = bench.lab.snapshot().operations;
    assert.ok(operation?.steps.some((step) => step.result === 'failed'));
  });
});

describe('OUT-4: with the protected ZVM down', () => {
  function stricken(): Bench {
    const bench = new Bench();
    bench.write('FS01', 'before', 4 * mib);
    bench.lab.run(2 * minute);
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.lab.run(4 * minute);
    return bench;
  }

  it('a failover works, is committed, and the ZVM that missed it believes it at once', function () {
    this.timeout(60_000);
    const bench = stricken();
    const { images } = succeeded(ask(bench, { ...failover, reverseProtection: true }));
    assert.equal(bench.lab.imageContains(images, 'before'), 'whole');
    bench.write('FS01', 'there', mib);
    bench.lab.run(5 * minute);
    done(ask(bench, { kind: 'commit', vpg: 'shop' }));
    bench.lab.run(6 * minute);
    bench.power('Prod_Site/zvm', 'powerOn');
    bench.lab.run(20 * minute);
    assert.equal(bench.vpg().from, 'DR_Site');
    assert.equal(bench.vpg().status, 'MeetingSLA');
    assert.equal(bench.finds('there'), 'whole');
    assert.equal(bench.finds('before'), 'whole');
  });

  it('a clone and a restored file are copies of their own', () => {
    const bench = stricken();
    const clone = succeeded(ask(bench, { kind: 'clone', vpg: 'shop', checkpoint: latest }));
    assert.equal(bench.lab.imageContains(clone.images, 'before'), 'whole');
    const marker = bench.lab.marker('before');
    assert.ok(marker);
    const { vm, disk, offset, size } = marker;
    const file = { path: 'before', vm, disk, offset, length: size };
    const request = { kind: 'restore-file', vpg: 'shop', checkpoint: latest, file } as const;
    const restored = succeeded(ask(bench, request));
    assert.equal(bench.lab.imageContains(restored.images, 'before'), 'whole');
    const [first] = Object.values(restored.images);
    assert.ok(first);
    // Nothing is left open behind a copy.
    assert.equal(bench.vpg().testing, false);
    const operations = bench.lab.snapshot().operations;
    assert.deepEqual(
      operations.map(({ verb, result }) => [verb, result]),
      [
        ['clone', 'success'],
        ['restore-file', 'success'],
      ],
    );
  });
});

describe('Some VMs of a VPG', () => {
  it('are tested and cloned alone, and the others are left in peace', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    const some = { vpg: 'shop', checkpoint: latest, vms: ['DB01'] } as const;
    const clone = succeeded(ask(bench, { kind: 'clone', ...some }));
    assert.deepEqual(Object.keys(clone.images), ['DB01/data']);
    const test = succeeded(ask(bench, { kind: 'failover-test', ...some }));
    assert.deepEqual(Object.keys(test.images), ['DB01/data']);
    bench.lab.run(3 * minute);
    done(ask(bench, { kind: 'stop-test', vpg: 'shop' }));
    const steps = bench.lab.snapshot().operations.flatMap((operation) => operation.steps);
    assert.ok(!steps.some(({ what }) => what.includes('FS01')));
    assert.equal(bench.vpg().testing, false);
  });

  it('have to be of the VPG, and at least one', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    const request = { kind: 'failover-test', vpg: 'shop', checkpoint: latest } as const;
    const stranger = refused(ask(bench, { ...request, vms: ['DB01', 'WEB99'] }));
    assert.deepEqual(stranger.missing, ['VM WEB99 in shop']);
    assert.deepEqual(refused(ask(bench, { ...request, vms: [] })).missing, ['a VM of shop']);
  });
});

describe('Split brain', () => {
  it('the side that missed a commit cannot write a byte over the newer one', function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.write('FS01', 'before', 4 * mib);
    bench.lab.run(2 * minute);
    // Only the ZVMs are apart: the old VRA goes on sending to the new side.
    bench.lab.cutLink(bench.link('control-link'));
    bench.lab.run(3 * minute);
    succeeded(ask(bench, failover, 'DR_Site'));
    bench.write('FS01', 'there', 2 * mib);
    bench.lab.run(5 * minute);
    done(ask(bench, { kind: 'commit', vpg: 'shop', reverseProtection: true }, 'DR_Site'));
    for (const path of ['Prod_Site/esx-p1/vra', 'DR_Site/esx-d1/vra']) bench.power(path, 'crash');
    bench.lab.run(15 * minute);
    bench.lab.healLink(bench.link('control-link'));
    bench.lab.run(30 * minute);
    assert.equal(bench.vpg().from, 'DR_Site');
    assert.equal(bench.vpg().status, 'MeetingSLA');
    assert.equal(bench.finds('there'), 'whole');
    assert.equal(bench.finds('before'), 'whole');
  });
});

describe('The commit policy', () => {
  for (const [policy, status] of [
    ['commit', 'Recovered'],
    ['rollback', 'MeetingSLA'],
    ['none', 'FailingOver'],
  ] as const) {
    it(`${policy}: ten minutes without a decision end in ${status}`, () => {
      const bench = new Bench();
      bench.lab.run(2 * minute);
      succeeded(ask(bench, { ...failover, commitPolicy: policy, commitTimeout: 10 * minute }));
      bench.lab.run(11 * minute);
      assert.equal(bench.vpg().status, 'FailingOver');
      bench.lab.run(16 * minute);
      assert.equal(bench.vpg().status, status);
    });
  }

  it('is carried out by a ZVM that was restarted meanwhile', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    succeeded(ask(bench, { ...failover, commitPolicy: 'rollback', commitTimeout: 10 * minute }));
    bench.power('DR_Site/zvm', 'crash');
    bench.lab.run(5 * minute);
    assert.equal(bench.vpg().status, 'FailingOver');
    bench.lab.run(16 * minute);
    assert.equal(bench.vpg().status, 'MeetingSLA');
  });
});

describe('A decision', () => {
  it('is one: whoever decides otherwise while it is carried out is refused', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    succeeded(ask(bench, failover));
    const answers: string[] = [];
    const lab = bench.lab as Lab & Pick<RunningLab, 'ask'>;
    for (const kind of ['rollback', 'commit'] as const) {
      lab.ask(undefined, { kind, vpg: 'shop' }, (reply) => {
        answers.push(reply.result === 'refused' ? reply.reason : `${kind} done`);
      });
    }
    bench.lab.run(5 * minute);
    assert.equal(answers.length, 2);
    assert.match(answers[0] ?? '', /is being rolled back already|is under way/);
    assert.equal(answers[1], 'rollback done');
    assert.equal(bench.vpg().status, 'MeetingSLA');
  });
});

describe('Recovery scripts', () => {
  const script = (text: string) =>
    twoSites([
      '    rpo: 5m\n',
      `    rpo: 5m\n    scripts: { pre: { command: ./quiesce.sh, ${text} } }\n`,
    ]);

  it('a failed one ends the recovery before it begins, unless it is to go on', () => {
    const bench = new Bench(script('takes: 5s, exit: 3'));
    bench.lab.run(2 * minute);
    assert.match(refused(ask(bench, failover)).reason, /exit status 3/);
    bench.lab.run(3 * minute);
    assert.equal(bench.vpg().status, 'MeetingSLA');
    succeeded(ask(bench, { ...failover, continueOnScriptFailure: true }));
  });

  it('one that hangs is given up at its time-out', () => {
    const bench = new Bench(script('takes: 10m, timeout: 1m'));
    bench.lab.run(2 * minute);
    assert.match(refused(ask(bench, failover)).reason, /did not end within 60 s/);
    bench.lab.run(4 * minute + second);
    assert.equal(bench.vpg().status, 'MeetingSLA');
  });
});
