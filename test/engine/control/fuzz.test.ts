import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limits } from '../../../src/engine/control/protocol.ts';
import { ControlBed, info, type RawClient } from './fixtures.ts';

const name = fc.oneof(
  fc.constantFrom('shop', 'Prod_Site/zvm', 'mpls', '', '__proto__'),
  fc.string(),
);
const checkpoint = fc.oneof(
  fc.constantFrom({ kind: 'latest' }, { kind: 'oldest' }, { kind: 'id' }, {}),
  fc.record(
    {
      kind: fc.constantFrom('id', 'tag', 'time'),
      id: fc.integer(),
      tag: name,
      time: fc.double(),
      inclusive: fc.boolean(),
    },
    { requiredKeys: ['kind'] },
  ),
);
const request = fc.record(
  {
    kind: fc.constantFrom(
      'checkpoint',
      'failover-test',
      'stop-test',
      'failover',
      'clone',
      'pause',
      'install-vra',
      'x',
    ),
    vpg: name,
    tag: name,
    checkpoint,
    notes: fc.string(),
    extra: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: ['kind'] },
);
const question = fc.oneof(
  fc.record({
    kind: fc.constantFrom('engine', 'snapshot', 'timeline', 'events', 'disks', 'images', 'nothing'),
  }),
  fc.record({ kind: fc.constant('subscribe'), snapshots: fc.boolean(), events: fc.boolean() }),
  fc.record(
    { kind: fc.constant('request'), site: name, request },
    { requiredKeys: ['kind', 'request'] },
  ),
  fc.record({
    kind: fc.constant('power'),
    component: name,
    verb: fc.constantFrom('powerOff', 'crash', 'kick'),
  }),
  fc.record({
    kind: fc.constant('degrade-link'),
    link: name,
    loss: fc.double(),
    mtu: fc.integer(),
  }),
  fc.record({
    kind: fc.constant('clone'),
    vpg: name,
    checkpoint,
    to: name,
    format: fc.constantFrom('raw', 'iso'),
  }),
  fc.record({ kind: fc.constant('mount'), vpg: name, checkpoint, vm: name, disk: name }),
  fc.record({ kind: fc.constant('unmount'), mount: name }),
  fc.jsonValue(),
);
/** Messages that are right or nearly so. */
const message = fc.oneof(
  fc.record({ type: fc.constant('ask'), id: fc.integer({ min: -1, max: 20 }), question }),
  fc.record({
    type: fc.constant('hello'),
    protocol: fc.integer({ min: 0, max: 2 }),
    client: fc.string(),
  }),
  fc.jsonValue(),
);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = message.map((each) => encode(`${JSON.stringify(each)}\n`));

/** A line with some of its bytes changed, doubled or lost. */
const mangled = fc
  .tuple(
    line,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 2 })), { maxLength: 4 }),
  )
  .map(([bytes, changes]) => {
    const all = [...bytes];
    for (const [at, byte, how] of changes)
      all.splice(at % all.length, how === 1 ? 0 : 1, ...(how === 2 ? [] : [byte]));
    return Uint8Array.from(all);
  });

const nasty = fc.constantFrom(
  encode(`${'['.repeat(60_000)}\n`),
  encode(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}\n`),
  encode('\n\n\n\n'),
  encode('{"type":"ask","id":1e999,"question":{}}\n'),
  encode('{"type":"ask","id":1,"id":2,"question":{"kind":"engine"}}\n'),
  encode('"\\ud800"\n'),
  new Uint8Array(limits.clientLine + 1).fill(0x20),
  encode('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  Uint8Array.of(0, 1, 2, 3, 10),
);

const piece = fc.oneof(line, mangled, mangled, nasty, fc.uint8Array({ maxLength: 300 }));
const runs = Number(process.env['TIDEMARK_FUZZ_CLIENTS'] ?? 500);

/** A bed whose engine answers soon, late, never, or fails. */
function moodyBed(moods: readonly number[]): ControlBed {
  const bed = new ControlBed();
  let turn = 0;
  const mood = (): number => moods[turn++ % Math.max(moods.length, 1)] ?? 0;
  bed.engine.reply = () => {
    switch (mood() % 4) {
      case 0:
        return Promise.resolve({ result: 'refused', reason: 'no', missing: [] });
      case 1:
        return Promise.reject(new Error('broken'));
      case 2:
        return new Promise(() => undefined);
      default:
        throw new RangeError('broken at once');
    }
  };
  bed.engine.copy = () => Promise.reject(new Error('no room'));
  return bed;
}

async function stillServes(bed: ControlBed): Promise<void> {
  const client = bed.client();
  const answer = client.ask({ kind: 'engine' });
  await bed.settle();
  assert.deepEqual(await answer, info);
  client.close();
  await bed.settle();
}

describe('whatever a client sends', () => {
  it(`harms nobody else, and leaves nothing behind (${runs} clients)`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat({ max: 3 }), { maxLength: 6 }),
        fc.boolean(),
        fc.array(fc.nat({ max: 500 }), { maxLength: 8 }),
        async (pieces, moods, greets, cuts) => {
          const bed = moodyBed(moods);
          const witness = bed.raw();
          witness.hello();
          const client = bed.raw();
          if (greets) client.hello();
          sendInPieces(client, pieces, cuts);
          await bed.settle(bed.clock.now + 3000);
          assert.ok(!witness.closed);
          // Whatever it was told is a message, and nothing comes after a goodbye.
          const types = client.heard.map(({ type }) => String(type));
          assert.ok(
            types.every((type) =>
              ['hello', 'answer', 'failed', 'snapshot', 'event', 'progress', 'bye'].includes(type),
            ),
          );
          assert.ok([-1, types.length - 1].includes(types.indexOf('bye')), types.join());
          assert.equal(types.includes('bye'), client.closed);
          await stillServes(bed);
          client.own.destroy();
          witness.own.destroy();
          await bed.settle(bed.clock.now + limits.helloTime);
          assert.equal(bed.server.connections, 0);
          assert.equal(bed.server.clients, 0);
          assert.equal(bed.clock.waiting, 0, 'no timer is left');
        },
      ),
      { numRuns: runs },
    );
  });

  it('is answered exactly once where it is a question', async () => {
    const asks = fc.array(fc.record({ id: fc.nat(), question }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(asks, async (asked) => {
        const bed = moodyBed([0, 1, 3]);
        const client = bed.raw();
        client.hello();
        const ids = new Set<number>();
        for (const { id, question: each } of asked) {
          if (ids.has(id)) continue;
          ids.add(id);
          client.send({ type: 'ask', id, question: each });
        }
        await bed.settle();
        const answered = client.heard
          .filter(({ type }) => type === 'answer' || type === 'failed')
          .map(({ id }) => Number(id));
        assert.deepEqual(
          answered.sort((a, b) => a - b),
          [...ids].sort((a, b) => a - b),
        );
        assert.ok(!client.closed);
      }),
      { numRuns: runs / 5 },
    );
  });
});

/** All bytes in one go, or cut where the cuts fall. */
function sendInPieces(
  client: RawClient,
  pieces: readonly Uint8Array[],
  cuts: readonly number[],
): void {
  let turn = 0;
  for (const piece of pieces) {
    let from = 0;
    while (from < piece.length) {
      const length = Math.max(1, cuts[turn++ % Math.max(cuts.length, 1)] ?? piece.length);
      // Many small pieces of a long line cost the test more than they show.
      const to = piece.length > 5000 ? piece.length : Math.min(piece.length, from + length);
      client.bytes(piece.slice(from, to));
      from = to;
    }
  }
}
