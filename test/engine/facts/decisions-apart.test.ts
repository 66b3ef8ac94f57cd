/**
 * A failover waits for a decision while the sites are cut off from each other. Somebody decides at the recovery
 * site; somebody else decides at the other one, whose ZVM can do nothing before the links are back. Then the
 * first decision holds, and the second comes to an end of its own.
 */
import assert from 'node:assert/strict';
import type { Reply, Request } from '../../../src/engine/api.ts';
import { RunningLab } from '../../../src/engine/lab/running-lab.ts';
import { Bench, mib, minute, second } from '../fixtures/labs.ts';

type Decision = Extract<Request, { kind: 'commit' | 'rollback' }>;

const decisions: readonly (readonly [string, Decision])[] = [
  ['committed', { kind: 'commit', vpg: 'shop', reverseProtection: false }],
  ['committed with reverse protection', { kind: 'commit', vpg: 'shop', reverseProtection: true }],
  ['rolled back', { kind: 'rollback', vpg: 'shop' }],
];

/** Milliseconds from the return of the one link to that of the other. */
const returns: readonly (readonly [string, number, number])[] = [
  ['both links return at once', 10 * second, 10 * second],
  ['the data link returns first', 13 * second, 10 * second],
  ['the control link returns first', 9 * second, 12 * second],
];

describe('a failover that is decided at both sites while they are apart', () => {
  for (const [first, here] of decisions) {
    for (const [second_, there] of decisions) {
      for (const [how, control, data] of returns) {
        it(`and is ${first} at its site stays so, ${second_} at the other one, when ${how}`, () => {
          const bench = new Bench();
          const { lab } = bench;
          assert.ok(lab instanceof RunningLab);
          bench.write('FS01', 'kept', mib);
          lab.run(lab.now + 20 * second);
          const failover = lab.request(bench.site('DR_Site'), {
            kind: 'failover',
            vpg: 'shop',
            checkpoint: { kind: 'latest' },
            commitPolicy: 'none',
          });
          assert.equal(failover.result, 'success');
          lab.run(lab.now + 5 * second);
          lab.cutLink(bench.link('control-link'));
          lab.cutLink(bench.link('data-link'));
          lab.run(lab.now + 30 * second);
          const decided = lab.request(bench.site('DR_Site'), here);
          assert.equal(decided.result, 'success', JSON.stringify(decided));
          const replies: Reply[] = [];
          lab.ask(bench.site('Prod_Site'), there, (reply) => replies.push(reply));
          const { universe } = lab;
          universe.schedule(universe.now + control, () => {
            lab.healLink(bench.link('control-link'));
          });
          universe.schedule(universe.now + data, () => {
            lab.healLink(bench.link('data-link'));
          });
          lab.run(lab.now + 10 * minute);
          assert.equal(replies.length, 1, 'who decided second was told of it');
          // Two who commit want the same; who asks for reverse protection, too, gets it.
          const committed = here.kind === 'commit';
          const reversed = [here, ...(replies[0]?.result === 'success' ? [there] : [])].some(
            (decision) => decision.kind === 'commit' && decision.reverseProtection === true,
          );
          const { status, subStatus } = bench.vpg();
          assert.equal(
            `${status}, ${subStatus}`,
            committed && !reversed ? 'Recovered, NeedsConfiguration' : 'MeetingSLA, None',
          );
          const reports = lab.snapshot().operations.filter(({ verb }) => verb === 'failover');
          for (const { outcome, result } of reports) {
            assert.equal(result, 'success');
            assert.equal(outcome, committed ? 'committed' : 'rolled-back');
          }
          for (const name of ['FS01', 'DB01']) {
            const machine = lab.machine(bench.vm(name));
            assert.ok(machine, `${name} runs nowhere`);
          }
        });
      }
    }
  }
});
