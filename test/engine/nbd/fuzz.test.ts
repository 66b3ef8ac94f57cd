/** Garbage on the socket: never a crash, a hang or a leak. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { command, magic, option } from '../../../src/engine/nbd/protocol.ts';
import { createNbdServer } from '../../../src/engine/nbd/server.ts';
import { RamDisk } from './disks.ts';
import { MemoryStreams } from './memory-streams.ts';
import {
  address,
  goContent,
  optionMessage,
  queries,
  requestMessage,
  u32,
  WireClient,
} from './wire.ts';

const runs = Number(process.env['TIDEMARK_FUZZ_NBD'] ?? 400);

const bytes = fc.uint8Array({ maxLength: 80 });
const name = fc.oneof(fc.constant('d'), fc.constant(''), fc.string({ maxLength: 10 }));
const number32 = fc.oneof(
  fc.constantFrom(0, 1, 0xffffffff, 0x7fffffff, 65537),
  fc.nat({ max: 300 }),
);

/** Options that are right, nearly right, and wrong. */
const anOption = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom(...Object.values(option), 4, 11), content: bytes }).map(({ kind, content }) => optionMessage(kind, content)) }, // prettier-ignore
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(option.info, option.go), name, fc.array(fc.nat({ max: 5 }), { maxLength: 4 })).map(([kind, to, infos]) => optionMessage(kind, goContent(to, ...infos))) }, // prettier-ignore
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(option.listMetaContext, option.setMetaContext), name, fc.array(fc.constantFrom('base:', 'base:allocation', 'x', ''), { maxLength: 4 })).map(([kind, of, asked]) => optionMessage(kind, queries(of, ...asked))) }, // prettier-ignore
  { weight: 2, arbitrary: fc.constant(optionMessage(option.structuredReply)) },
  { weight: 1, arbitrary: fc.tuple(number32, number32, bytes).map(([kind, length, content]) => Buffer.concat([u32(magic.option[0]), u32(magic.option[1]), u32(kind), u32(length), content])) }, // prettier-ignore
  { weight: 1, arbitrary: bytes },
);

const aRequest = fc.oneof(
  { weight: 8, arbitrary: fc.record({
      type: fc.constantFrom(...Object.values(command).filter((type) => type !== command.disconnect), 9),
      flags: fc.oneof(fc.constant(0), fc.nat({ max: 63 }), fc.nat({ max: 65535 })),
      cookie: fc.nat(),
      offset: fc.oneof(fc.nat({ max: 70_000 }).map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
      length: number32,
    }).map((request) => requestMessage(request, Buffer.alloc(request.type === command.write ? Math.min(request.length, 70_000) : 0, 1))) }, // prettier-ignore
  { weight: 1, arbitrary: bytes },
  { weight: 1, arbitrary: fc.constant(requestMessage({ type: command.disconnect })) },
);

/** A message with a byte changed, one taken out or one put in; mostly as it is. */
function harmed(message: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const harm = fc.option(fc.record({ at: fc.nat(), what: fc.constantFrom('change', 'cut', 'insert'), byte: fc.nat({ max: 255 }) }), { freq: 5 }); // prettier-ignore
  return fc.tuple(message, harm).map(([whole, how]) => {
    if (!how || whole.length === 0) return whole;
    const at = how.at % whole.length;
    const before = whole.subarray(0, at);
    if (how.what === 'cut') return before;
    const after = whole.subarray(how.what === 'change' ? at + 1 : at);
    return Buffer.concat([before, Uint8Array.of(how.byte), after]);
  });
}

interface Attack {
  readonly flags: number;
  readonly options: readonly Uint8Array[];
  readonly goes: boolean;
  readonly structured: boolean;
  readonly requests: readonly Uint8Array[];
  readonly pieces: number;
  readonly leaves: boolean;
}

const attack: fc.Arbitrary<Attack> = fc.record({
  flags: fc.oneof({ weight: 9, arbitrary: fc.constant(3) }, { weight: 1, arbitrary: fc.nat({ max: 9 }) }), // prettier-ignore
  options: fc.array(harmed(anOption), { maxLength: 8 }),
  goes: fc.boolean(),
  structured: fc.boolean(),
  requests: fc.array(harmed(aRequest), { maxLength: 20 }),
  pieces: fc.constantFrom(1, 7, 29, 4096, Number.MAX_SAFE_INTEGER),
  leaves: fc.boolean(),
});

describe('NBD server under garbage', () => {
  it('neither crashes nor hangs nor leaks, and serves the next client', () => {
    fc.assert(
      fc.property(attack, ({ flags, options, goes, structured, requests, pieces, leaves }) => {
        const streams = new MemoryStreams();
        const server = createNbdServer({
          streams,
          clock: streams.clock,
          tls: structured ? undefined : { identity: { key: '', certificate: '' }, required: false },
        });
        const disk = new RamDisk(65_536);
        server.add({ name: 'd', disk });
        server.listen(address, () => undefined);
        streams.settle();
        streams.pieces = pieces;
        const attacker = new WireClient(streams);
        attacker.say(u32(flags), ...options);
        if (goes) {
          if (structured) {
            attacker.say(optionMessage(option.structuredReply));
            attacker.say(optionMessage(option.setMetaContext, queries('d', 'base:allocation')));
          }
          attacker.say(optionMessage(option.go, goContent('d')));
        }
        attacker.say(...requests);
        if (leaves) attacker.stream.destroy();
        else attacker.stream.end();
        streams.settle();
        assert.equal(attacker.ended, true);

        streams.pieces = Number.MAX_SAFE_INTEGER;
        const next = new WireClient(streams);
        assert.equal(next.go('d').size, 65_536);
        next.request({ type: command.read, offset: 7, length: 11, cookie: 3 });
        assert.equal(next.simple(11).cookie, 3);
        let closed = false;
        server.close(() => {
          closed = true;
        });
        streams.settle();
        assert.equal(closed, true);
        assert.equal(streams.timers, 0);
      }),
      { numRuns: runs },
    );
  });
});
