import assert from 'node:assert/strict';
import type { Operation, Reply } from '../../../src/engine/api.ts';
import { Bench, minute, refused, twoSites } from '../fixtures/labs.ts';

const withScripts = (freeze: string, thaw = 'takes: 1s') =>
  twoSites([
    '    rpo: 5m\n',
    `    rpo: 5m\n    scripts: { freeze: { command: ./freeze.sh, ${freeze} }, thaw: { command: ./thaw.sh, ${thaw} } }\n`,
  ]);

const request = { kind: 'checkpoint', vpg: 'shop', tag: 'month end', application: true } as const;

function ask(bench: Bench, site?: string): Reply {
  return bench.lab.request(site === undefined ? undefined : bench.site(site), request);
}

function report(bench: Bench): Operation {
  const operation = bench.lab.snapshot().operations.findLast(({ verb }) => verb === 'checkpoint');
  assert.ok(operation);
  return operation;
}

const steps = (bench: Bench): string[] => report(bench).steps.map(({ what }) => what);

describe('An application-consistent checkpoint', () => {
  for (const site of ['Prod_Site', 'DR_Site']) {
    it(`asked for at ${site} is made between the freeze and the thaw, and known at both`, () => {
      const bench = new Bench(withScripts('takes: 7s'));
      bench.lab.run(2 * minute);
      const reply = ask(bench, site);
      assert.ok(reply.result === 'success' && reply.checkpoint, JSON.stringify(reply));
      const { checkpoint } = reply;
      bench.lab.run(3 * minute);
      const [freeze, made, thaw, ...others] = report(bench).steps;
      assert.deepEqual(others, []);
      assert.match(freeze?.what ?? '', /^Ran the freeze script .* in 7/);
      assert.match(made?.what ?? '', /^Made the checkpoint of /);
      assert.match(thaw?.what ?? '', /^Ran the thaw script /);
      assert.ok(freeze && made && thaw);
      assert.ok(checkpoint.time >= freeze.at && checkpoint.time <= made.at && made.at < thaw.at);
      const [tagged] = bench.vpg().checkpoints.tagged;
      assert.deepEqual(tagged, { ...checkpoint, tag: 'month end', application: true });
      // The other side knows it, too, and finds it when this one is gone.
      bench.power(`${site}/zvm`, 'powerOff');
      bench.lab.run(4 * minute);
      assert.equal(bench.vpg().checkpoints.tagged[0]?.application, true);
      const other = site === 'Prod_Site' ? 'DR_Site' : 'Prod_Site';
      bench.tested({ kind: 'tag', tag: 'month end' }, other);
    });
  }

  it('lets the applications go on where the freeze fails, and says why there is none', () => {
    const bench = new Bench(withScripts('takes: 2s, exit: 9'));
    bench.lab.run(2 * minute);
    assert.match(refused(ask(bench)).reason, /freeze script of shop ended with exit status 9/);
    assert.match(steps(bench).at(-1) ?? '', /^Ran the thaw script/);
    assert.deepEqual(bench.vpg().checkpoints.tagged, []);
  });

  it('lets the applications go on where the freeze hangs', () => {
    const bench = new Bench(withScripts('takes: 10m, timeout: 30s'));
    bench.lab.run(2 * minute);
    assert.match(refused(ask(bench)).reason, /did not end within 30 s/);
    assert.match(steps(bench).at(-1) ?? '', /^Ran the thaw script/);
  });

  it('is no plain success where the applications may still stand still', () => {
    const bench = new Bench(withScripts('takes: 2s', 'exit: 1'));
    bench.lab.run(2 * minute);
    const reply = ask(bench);
    assert.ok(reply.result === 'success');
    assert.match(reply.shortfalls?.join() ?? '', /thaw script of shop ended with exit status 1/);
  });

  it('is refused early with all that is missing', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    bench.power('Prod_Site/zvm', 'powerOff');
    bench.lab.run(3 * minute);
    assert.deepEqual(refused(ask(bench)).missing, [
      'a freeze and a thaw script of shop',
      'a connection to the ZVM of Prod_Site',
    ]);
  });

  it('thaws after a restart of the ZVM that had the applications frozen', () => {
    const bench = new Bench(withScripts('takes: 5h, timeout: 6h'));
    bench.lab.run(2 * minute);
    // Whoever asks has less patience than the script.
    assert.match(refused(ask(bench, 'DR_Site')).reason, /did not answer within/);
    assert.equal(report(bench).result, 'running');
    bench.power('DR_Site/zvm', 'crash');
    bench.lab.run(bench.lab.now + 10 * minute);
    assert.equal(report(bench).result, 'refused');
    assert.match(report(bench).reason ?? '', /went down while the checkpoint was made/);
    assert.match(steps(bench).at(-1) ?? '', /^Ran the thaw script/);
  });
});

describe('A tag that a person gave', () => {
  it('stays when the checkpoint is tested', () => {
    const bench = new Bench();
    bench.lab.run(2 * minute);
    const tagging = { kind: 'checkpoint', vpg: 'shop', tag: 'before upgrade' } as const;
    assert.equal(bench.lab.request(undefined, tagging).result, 'success');
    bench.tested({ kind: 'tag', tag: 'before upgrade' });
    bench.lab.request(undefined, { kind: 'stop-test', vpg: 'shop' });
    assert.deepEqual(
      bench.vpg().checkpoints.tagged.map(({ tag }) => tag),
      ['before upgrade'],
    );
  });
});
