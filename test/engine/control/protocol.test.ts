import assert from 'node:assert/strict';
import { eventsOf } from '../../../src/engine/control/engine-events.ts';
import { check, encode, readFromEngine } from '../../../src/engine/control/protocol.ts';
import { answerSchemas, questionSchema } from '../../../src/engine/control/schema/questions.ts';
import { Bench, minute } from '../fixtures/labs.ts';

/** As it comes out at the other end. */
function sent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** A lab in which something of everything has happened. */
function livelyLab(): Bench {
  const bench = new Bench();
  const test = { kind: 'failover-test', vpg: 'shop', checkpoint: { kind: 'latest' } } as const;
  bench.lab.run(0.5 * minute);
  bench.lab.request(undefined, { kind: 'checkpoint', vpg: 'shop', tag: 'before the storm' });
  bench.lab.request(undefined, test);
  bench.lab.request(undefined, test);
  bench.power('Prod_Site/zvm', 'powerOff');
  bench.lab.cutLink(bench.link('control-link'));
  bench.lab.run(1.5 * minute);
  bench.power('Prod_Site/zvm', 'powerOn');
  bench.lab.healLink(bench.link('control-link'));
  bench.lab.run(3 * minute);
  bench.lab.request(undefined, { kind: 'stop-test', vpg: 'shop', success: false, notes: 'slow' });
  return bench;
}

const bench = livelyLab();

describe('the protocol', () => {
  it('carries all that a lab shows of itself, and loses nothing', () => {
    const { lab } = bench;
    const snapshot = lab.snapshot();
    const timeline = lab.timeline();
    for (const [schema, value] of [
      [answerSchemas.snapshot, snapshot],
      [answerSchemas.timeline, timeline],
      [answerSchemas.events, eventsOf(snapshot)],
    ] as const) {
      const read = check<unknown>(sent(value), schema);
      assert.ok(read.ok, read.ok ? '' : read.problem);
      assert.deepEqual(sent(read.value), sent(value));
    }
  });

  it('drops what a newer engine adds, and refuses what an older client cannot know to be wrong', () => {
    const { lab } = bench;
    const newer = { ...(sent(lab.snapshot()) as object), weather: 'fine' };
    const read = check(newer, answerSchemas.snapshot);
    assert.ok(read.ok && !('weather' in read.value));
    const unknownStatus = sent(lab.snapshot()) as { vpgs: { status: string }[] };
    unknownStatus.vpgs[0]!.status = 'Levitating';
    const refused = check(unknownStatus, answerSchemas.snapshot);
    assert.match(refused.ok ? '' : refused.problem, /^vpgs\.0\.status: /);
  });

  it('takes every request with its options, and no other key', () => {
    const request = (each: object) => check({ kind: 'request', request: each }, questionSchema);
    const good = [
      {
        kind: 'failover',
        vpg: 'a',
        checkpoint: { kind: 'id', id: 3 },
        shutdown: 'force',
        commitPolicy: 'commit',
        commitTimeout: 1000,
        reverseProtection: true,
      },
      { kind: 'move', vpg: 'a', force: true, continueOnScriptFailure: true },
      { kind: 'stop-test', vpg: 'a', success: false, notes: 'n' },
      { kind: 'clone', vpg: 'a', checkpoint: { kind: 'time', time: 1.7e12, inclusive: true } },
    ];
    for (const each of good) assert.ok(request(each).ok, JSON.stringify(each));
    const bad = [
      { ...good[0], commitTimout: 1 },
      { ...good[0], shutdown: 'maybe' },
      { ...good[3], checkpoint: { kind: 'time', time: 9e15, inclusive: true } },
      { ...good[3], checkpoint: { kind: 'id', id: -1 } },
      { ...good[1], vpg: '' },
      { ...good[1], vpg: 'x'.repeat(1001) },
    ];
    for (const each of bad) assert.ok(!request(each).ok, JSON.stringify(each));
  });

  it('is one line a message, whatever is in it', () => {
    const message = {
      type: 'bye',
      code: 'stopping',
      message: 'one\ntwo\u2028three\u0000',
    } as const;
    const text = new TextDecoder().decode(encode(message));
    assert.equal(text.indexOf('\n'), text.length - 1);
    assert.deepEqual(readFromEngine(text.trimEnd()), { ok: true, value: message });
  });
});

describe('the events of a lab', () => {
  it('tell each thing that happened once, in the order in which it did', () => {
    const { lab } = bench;
    const events = eventsOf(lab.snapshot());
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
    assert.deepEqual(
      events.map(({ at }) => at),
      events.map(({ at }) => at).sort((a, b) => a - b),
    );
    const kinds = new Set(events.map(({ kind }) => kind));
    for (const kind of [
      'alert-raised',
      'alert-cleared',
      'operation-begun',
      'operation-refused',
      'operation-succeeded',
      'operation-ended',
      'gap-begun',
      'gap-ended',
      'checkpoint-tagged',
      'component-down',
      'component-up',
    ]) {
      assert.ok(kinds.has(kind), kind);
    }
  });

  it('keep their ids when more happens', () => {
    const before = eventsOf(bench.lab.snapshot());
    bench.lab.run(3.5 * minute);
    const after = new Set(eventsOf(bench.lab.snapshot()).map(({ id }) => id));
    assert.deepEqual(
      before.filter(({ id }) => !after.has(id)),
      [],
    );
  });
});
