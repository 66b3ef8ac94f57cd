/** Frames that are compressed while the sending core goes on. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FrameMessage } from '../../../src/engine/vra/messages.ts';
import { SendBuffer } from '../../../src/engine/vra/send-buffer.ts';
import type { SenderEffect, SenderInput } from '../../../src/engine/vra/sender-effects.ts';
import { SenderCore } from '../../../src/engine/vra/sender-core.ts';
import { joinPayloads, syntheticPayload, zeroes } from '../../../src/engine/world/payloads.ts';
import { AttachmentDouble, peer, protectedStream, stream } from './fixtures.ts';

const mib = 1024 * 1024;
type Pack = Extract<SenderEffect, { kind: 'pack' }>;

class Bench {
  readonly buffer = new SendBuffer(64 * mib);
  readonly core: SenderCore;
  readonly frames: FrameMessage['frame'][] = [];
  packs: Pack[] = [];
  #acked = 0;

  constructor() {
    this.core = new SenderCore({
      buffer: this.buffer,
      packer: {
        level: 3,
        pack: (data) =>
          data.length > 0 ? { level: 3, parts: [data] } : { encoding: 'none', data },
      },
      timeOfDay: () => 0,
      attach: () => new AttachmentDouble(),
      forget: () => {},
    });
    this.take({ kind: 'configure', protect: [protectedStream()] });
    this.connect(0);
    this.settle();
    this.ackAll();
    this.frames.length = 0;
  }

  take(input: SenderInput): void {
    this.#note(this.core.handle(input, 0));
  }

  #note(effects: readonly SenderEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'frame') this.frames.push(effect.message.frame);
      if (effect.kind === 'pack') this.packs.push(effect);
    }
    for (const effect of effects) {
      if (effect.kind !== 'read') continue;
      const { read } = effect;
      this.take({ kind: 'read-done', stream, read, payload: zeroes(read.length) });
    }
  }

  connect(epoch: number): void {
    this.take({ kind: 'peer-connected', peer: peer.vra });
    const replica = epoch === 0 ? 'empty' : 'complete';
    const where = { epoch, lastSequence: this.#acked, lastMarker: -1, window: 4 * mib } as const;
    const message = { kind: 'attached', stream, replica, ...where } as const;
    this.take({ kind: 'control', peer: peer.vra, message });
  }

  write(length: number): void {
    this.core.write(stream, 0, 0, syntheticPayload('w', length), 0);
    this.#note(this.core.takeEffects());
  }

  settle(): void {
    this.take({ kind: 'settled' });
  }

  packOne(index: number): void {
    const [pack] = this.packs.splice(index % Math.max(1, this.packs.length), 1);
    if (!pack) return;
    const { frame, parts } = pack.toPack;
    const raw = joinPayloads(parts);
    const data = raw.slice(0, Math.ceil(raw.length / 2));
    this.take({ kind: 'packed', stream, frame, packed: { encoding: 'zstd', data } });
  }

  ackAll(): void {
    const last = this.frames.at(-1);
    if (!last) return;
    this.#acked = Math.max(this.#acked, last.firstSequence + last.entries.length - 1);
    this.take({
      kind: 'ack',
      peer: peer.vra,
      message: { kind: 'ack', stream, epoch: last.epoch, sequence: this.#acked },
    });
  }

  finish(): void {
    for (let left = 100; left > 0; left--) {
      this.settle();
      this.packOne(0);
      this.ackAll();
    }
  }
}

describe('frames that are compressed aside', () => {
  it('go out when they are compressed, two of a stream at a time', () => {
    const bench = new Bench();
    for (let count = 0; count < 4; count++) bench.write(mib / 4);
    bench.settle();
    assert.equal(bench.frames.length, 0);
    assert.equal(bench.packs.length, 2);
    bench.packOne(0);
    assert.equal(bench.frames.length, 1);
    assert.equal(bench.packs.length, 2, 'and the next one is cut');
  });

  it('keep the order of the writes, in whatever order they are compressed', () => {
    const bench = new Bench();
    for (let count = 0; count < 2; count++) bench.write(mib / 4);
    bench.settle();
    bench.packOne(1);
    assert.equal(bench.frames.length, 0, 'the second waits for the first');
    bench.packOne(0);
    const [first, second] = bench.frames;
    assert(first && second);
    assert.equal(second.firstSequence, first.firstSequence + first.entries.length);
  });

  it('are sent once connected again, where the connection broke while they were compressed', () => {
    const bench = new Bench();
    bench.write(mib / 4);
    bench.settle();
    bench.ackAll();
    bench.take({ kind: 'peer-lost', peer: peer.vra });
    bench.packOne(0);
    assert.equal(bench.frames.length, 0);
    bench.connect(1);
    bench.settle();
    assert.equal(bench.frames.length, 1);
  });

  it('leave no hole, repeat nothing within a connection and give their memory back, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write'), value: fc.integer({ min: 1, max: 600_000 }) }),
      fc.record({ kind: fc.constant('settle'), value: fc.constant(0) }),
      fc.record({ kind: fc.constant('pack'), value: fc.nat(3) }),
      fc.record({ kind: fc.constant('ack'), value: fc.constant(0) }),
      fc.record({ kind: fc.constant('reconnect'), value: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new Bench();
        let began = 0;
        for (const { kind, value } of steps) {
          if (kind === 'write') bench.write(value);
          else if (kind === 'settle') bench.settle();
          else if (kind === 'pack') bench.packOne(value);
          else if (kind === 'ack') bench.ackAll();
          else {
            follows(bench.frames.slice(began));
            began = bench.frames.length;
            bench.take({ kind: 'peer-lost', peer: peer.vra });
            bench.connect(1);
          }
        }
        bench.finish();
        follows(bench.frames.slice(began));
        assert.equal(bench.buffer.used, 0);
      }),
      { numRuns: 200 },
    );
  });
});

function follows(frames: readonly FrameMessage['frame'][]): void {
  for (const [index, frame] of frames.entries()) {
    const before = frames[index - 1];
    if (before) assert.equal(frame.firstSequence, before.firstSequence + before.entries.length);
  }
}
