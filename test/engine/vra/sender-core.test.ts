/** The sending core, fed with plain inputs. */
import assert from 'node:assert/strict';
import type {
  CheckpointReply,
  FrameMessage,
  ProtectedStream,
} from '../../../src/engine/vra/messages.ts';
import { SendBuffer } from '../../../src/engine/vra/send-buffer.ts';
import type { SenderEffect, SenderInput } from '../../../src/engine/vra/sender-effects.ts';
import { SenderCore } from '../../../src/engine/vra/sender-core.ts';
import { syntheticPayload, zeroes } from '../../../src/engine/world/payloads.ts';
import { AttachmentDouble, peer, protectedStream, stream } from './fixtures.ts';

const mib = 1024 * 1024;

class Bench {
  readonly drivers = new Map<string, AttachmentDouble>();
  readonly effects: SenderEffect[] = [];
  readonly core: SenderCore;
  now = 0;

  constructor(buffer = 64 * mib, protect: readonly ProtectedStream[] = [protectedStream()]) {
    this.core = new SenderCore({
      buffer: new SendBuffer(buffer),
      // What a frame holds is not compressed here, so that sizes are plain.
      packer: { level: 0, pack: (data) => ({ encoding: 'none', data }) },
      timeOfDay: () => this.now,
      attach: (settings) => {
        const driver = new AttachmentDouble();
        this.drivers.set(settings.stream, driver);
        return driver;
      },
      forget: () => {},
    });
    this.take({ kind: 'configure', protect });
    this.take({ kind: 'peer-connected', peer: peer.vra });
  }

  get driver(): AttachmentDouble {
    const driver = this.drivers.get(stream);
    assert(driver);
    return driver;
  }

  take(input: SenderInput): readonly SenderEffect[] {
    const effects = this.core.handle(input, this.now);
    this.effects.push(...effects);
    return effects;
  }

  attached(
    epoch: number,
    lastSequence: number,
    name = stream,
    window = 4 * mib,
    lastMarker = -1,
  ): void {
    const where = { stream: name, epoch, lastSequence, lastMarker, window } as const;
    const replica = epoch === 0 ? 'empty' : 'complete';
    this.take({
      kind: 'control',
      peer: peer.vra,
      message: { kind: 'attached', replica, ...where },
    });
  }

  ack(sequence: number, epoch = 1, name = stream): void {
    const message = { kind: 'ack', stream: name, epoch, sequence } as const;
    this.take({ kind: 'ack', peer: peer.vra, message });
  }

  /** Brings the stream to where writes go straight through. */
  live(window = 4 * mib): this {
    this.attached(0, 0, stream, window);
    // The double marks four blocks where everything has to be sent.
    for (const effect of this.effects.filter((each) => each.kind === 'read')) {
      const { read } = effect;
      this.take({ kind: 'read-done', stream, read, payload: zeroes(read.length) });
    }
    this.ack(this.frames.at(-1)?.entries.length ? this.last : 0);
    assert.equal(this.core.report(0)[0]?.state, 'replicating');
    this.effects.length = 0;
    return this;
  }

  write(length: number, offset = 0, name = stream): number {
    const sequence = this.core.write(name, 0, offset, syntheticPayload('w', length), this.now);
    this.effects.push(...this.core.takeEffects());
    return sequence;
  }

  get messages(): readonly FrameMessage[] {
    return this.effects.flatMap((each) => (each.kind === 'frame' ? [each.message] : []));
  }

  get frames(): readonly FrameMessage['frame'][] {
    return this.messages.map(({ frame }) => frame);
  }

  /** The last sequence number sent. */
  get last(): number {
    const frame = this.frames.at(-1);
    return frame ? frame.firstSequence + frame.entries.length - 1 : 0;
  }

  get cuts(): readonly CheckpointReply[] {
    return this.effects.flatMap((each) => (each.kind === 'checkpoint' ? [each.reply] : []));
  }

  mark(checkpoint: number, hold: boolean, streams = [stream]): void {
    const command = { vpg: 'files', checkpoint, time: 5000, streams, hold } as const;
    this.take({ kind: 'mark', command: { kind: 'mark', ...command } });
  }
}

describe('the sending core', () => {
  it('has nothing to complain of once a VM that was not there yet has come', () => {
    const machines: AttachmentDouble[] = [];
    const core = new SenderCore({
      buffer: new SendBuffer(mib),
      packer: { level: 0, pack: (data) => ({ encoding: 'none', data }) },
      timeOfDay: () => 0,
      attach: () => machines[0] ?? 'vm does not run here',
      forget: () => {},
    });
    core.handle({ kind: 'configure', protect: [protectedStream()] }, 0);
    assert.equal(core.report(0)[0]?.failure, 'vm does not run here');
    machines.push(new AttachmentDouble());
    core.handle({ kind: 'retry' }, 0);
    assert.equal(core.report(0)[0]?.failure, undefined);
  });

  it('frames entries in the order of the writes, numbered without holes', () => {
    const bench = new Bench().live();
    const numbers = [1, 2, 3, 4, 5].map((at) => bench.write(4096, at * 4096));
    bench.core.zero(stream, 0, 65_536, 4096, 0);
    bench.take({ kind: 'settled' });
    assert.equal(bench.frames.length, 1);
    const [frame] = bench.frames;
    assert(frame);
    assert.equal(frame.firstSequence, numbers[0]);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => frame.firstSequence + index),
    );
    const offsets = frame.entries.map((entry) => ('offset' in entry ? entry.offset : -1));
    assert.deepEqual(offsets, [4096, 8192, 12_288, 16_384, 20_480, 65_536]);
    assert.equal(frame.rawLength, 5 * 4096);
  });

  it('waits 20 ms for company, but neither with a full frame nor with a marker', () => {
    const bench = new Bench().live();
    bench.write(4096);
    assert.equal(bench.effects.filter(({ kind }) => kind === 'arm-settle').length, 1);
    assert.equal(bench.frames.length, 0);
    bench.mark(1, false);
    assert.deepEqual(
      bench.frames.map(({ entries }) => entries.map(({ kind }) => kind)),
      [['write', 'checkpoint']],
    );
    for (let count = 0; count < 64; count++) bench.write(512);
    assert.equal(bench.frames[1]?.entries.length, 64);
    for (let count = 0; count < 4; count++) bench.write(mib / 4);
    const rest = bench.frames.slice(2).reduce((sum, { rawLength }) => sum + rawLength, 0);
    assert.equal(rest, mib, 'and a megabyte is enough, too');
  });

  it('cuts a long write into entries that the driver counts as one', () => {
    const bench = new Bench().live();
    const before = bench.write(512);
    assert.equal(bench.write(mib / 2 + 512), before + 3);
    bench.take({ kind: 'settled' });
    const lengths = bench.frames.flatMap(({ entries }) =>
      entries.map((entry) => ('length' in entry ? entry.length : 0)),
    );
    assert.deepEqual(lengths, [512, mib / 4, mib / 4, 512]);
  });

  it('keeps at most the window on the wire, and goes on as it is acknowledged', () => {
    const bench = new Bench().live(mib / 2);
    for (let count = 0; count < 10; count++) bench.write(mib / 4, count * mib);
    bench.take({ kind: 'settled' });
    assert.equal(bench.frames.length, 2);
    bench.ack(bench.frames[0]!.firstSequence);
    assert.equal(bench.frames.length, 3);
  });

  it('begins with small frames and little on the wire, and grows with a quick wire', () => {
    const bench = new Bench(1024 * mib).live(1024 * mib);
    for (let count = 0; count < 100; count++) bench.write(mib, count * mib);
    const raw = (): number => bench.frames.reduce((sum, each) => sum + each.rawLength, 0);
    assert.ok(raw() <= mib, 'a megabyte at most to begin with');
    assert.ok(bench.frames.every(({ rawLength }) => rawLength <= mib / 4));
    for (let round = 0; round < 6; round++) {
      bench.now += 24;
      bench.ack(bench.last);
    }
    const before = raw();
    assert.ok(before > 16 * mib, `after six round trips ${before} bytes have been sent`);
  });

  it('frames as much at once as the wire was seen to carry in half a second', () => {
    for (const [took, largest] of [
      [1000, mib / 4],
      [200, mib / 2],
      [50, mib],
    ] as const) {
      const bench = new Bench(1024 * mib).live(1024 * mib);
      bench.write(mib / 4);
      bench.take({ kind: 'settled' });
      bench.now += took;
      bench.ack(bench.last);
      bench.effects.length = 0;
      bench.write(mib);
      const [frame] = bench.frames;
      assert.equal(frame?.rawLength, largest, `after a quarter of a megabyte in ${took} ms`);
      assert.equal(frame.entries.length, 1);
    }
  });

  it('puts less on the wire where acknowledgements take long', () => {
    const bench = new Bench(1024 * mib).live(1024 * mib);
    for (let count = 0; count < 100; count++) bench.write(mib, count * mib);
    let least = Infinity;
    for (let round = 0; round < 8; round++) {
      bench.now += 3000;
      const { last } = bench;
      bench.effects.length = 0;
      bench.ack(last);
      least = bench.frames.reduce((sum, each) => sum + each.rawLength, 0);
    }
    assert.ok(least > 0 && least <= mib / 4, `${least} bytes, and not none`);
  });

  it('tells the driver what is durable on the other side, and frees the buffer', () => {
    const bench = new Bench().live();
    const sequence = bench.write(4096);
    bench.take({ kind: 'settled' });
    bench.ack(sequence, 7);
    assert.notEqual(bench.driver.acknowledgements.at(-1), sequence);
    bench.ack(sequence);
    assert.equal(bench.driver.acknowledgements.at(-1), sequence);
    assert.equal(bench.core.report(10)[0]?.lag, 0);
  });

  it('sends a frame again as it was, from behind what the other side holds', () => {
    const bench = new Bench().live();
    const first = bench.write(mib / 4);
    const second = bench.write(mib / 4);
    bench.write(4096);
    bench.take({ kind: 'settled' });
    bench.take({ kind: 'peer-lost', peer: peer.vra });
    const sent = bench.messages.slice();
    bench.effects.length = 0;
    bench.take({ kind: 'peer-connected', peer: peer.vra });
    bench.attached(1, first);
    assert.deepEqual(
      bench.frames.map(({ firstSequence }) => firstSequence),
      [second, second + 1],
    );
    assert.equal(bench.messages[0], sent[1]);
  });

  it('drops what is not framed when the buffer is full, and begins a bitmap sync when it can', () => {
    const bench = new Bench(4 * mib).live();
    bench.take({ kind: 'peer-lost', peer: peer.vra });
    const kept = bench.write(mib / 4);
    assert.ok(kept > 0);
    for (let count = 0; count < 3; count++) assert.ok(bench.write(mib) > 0);
    assert.equal(bench.write(mib), 0);
    assert.equal(bench.driver.drops.at(-1), kept, 'from the first that was not framed');
    assert.equal(bench.write(512), 0, 'and now only the driver knows');
    bench.driver.markDirty(0, 0, 65_536);
    bench.effects.length = 0;
    bench.take({ kind: 'peer-connected', peer: peer.vra });
    bench.attached(1, kept - 1);
    const kinds = (): string[] =>
      bench.frames.flatMap(({ entries }) => entries.map(({ kind }) => kind));
    assert.deepEqual(kinds(), ['sync-begin']);
    assert.equal(bench.frames[0]?.firstSequence, kept);
    const read = bench.effects.find((each) => each.kind === 'read')?.read;
    assert(read);
    assert.equal(bench.write(4096, 4096), 0, 'a write to a dirty block is left to its reading');
    assert.ok(bench.write(4096, mib) > 0, 'any other is sent');
    const payload = syntheticPayload(1, read.length);
    bench.take({ kind: 'read-done', stream, read, payload });
    assert.deepEqual(kinds(), ['sync-begin', 'write', 'write', 'sync-end']);
  });

  it('sends what it has read as zeroes as such: a disk may not know where it has holes', () => {
    const bench = new Bench();
    bench.attached(0, 0);
    const reads = bench.effects.flatMap((each) => (each.kind === 'read' ? [each.read] : []));
    assert(reads.length > 0);
    for (const read of reads) {
      bench.take({ kind: 'read-done', stream, read, payload: zeroes(read.length) });
    }
    const entries = bench.frames.flatMap((frame) => frame.entries);
    const zeroed = entries.flatMap((entry) => (entry.kind === 'zero' ? [entry] : []));
    assert.deepEqual(
      zeroed.map(({ offset, length }) => ({ offset, length })),
      reads.map(({ offset, length }) => ({ offset, length })),
    );
    assert(!entries.some(({ kind }) => kind === 'write'));
  });

  it('ignores a read that was asked for before an overflow', () => {
    const bench = new Bench(4 * mib).live();
    bench.take({ kind: 'peer-lost', peer: peer.vra });
    for (let count = 0; count < 5; count++) bench.write(mib);
    bench.driver.markDirty(0, 0, 65_536);
    bench.take({ kind: 'peer-connected', peer: peer.vra });
    bench.attached(1, bench.driver.drops.at(-1)! - 1);
    const read = bench.effects.findLast((each) => each.kind === 'read')?.read;
    assert(read);
    for (let count = 0; count < 9; count++) bench.write(mib, (count + 1) * mib);
    assert.equal(bench.core.report(0)[0]?.state, 'syncing');
    bench.effects.length = 0;
    bench.take({ kind: 'read-done', stream, read, payload: zeroes(read.length) });
    assert.deepEqual(bench.frames, []);
    assert.ok(bench.driver.dirty.has(0), 'its block stays dirty');
  });

  it('makes streams whose peer is away give up their share of the buffer first', () => {
    const away = { vra: 'Far/esx', address: '10.99.0.1' };
    const far = protectedStream({ stream: 'far/vm', vpg: 'far', peer: away });
    const bench = new Bench(8 * mib, [protectedStream(), far]);
    bench.take({ kind: 'peer-connected', peer: away.vra });
    const where = {
      stream: 'far/vm',
      epoch: 1,
      lastSequence: 1,
      lastMarker: -1,
      window: mib,
    } as const;
    const message = { kind: 'attached', replica: 'complete', ...where } as const;
    bench.take({ kind: 'control', peer: away.vra, message });
    bench.live();
    const attachedFar = bench.core.report(0)[1];
    assert.equal(attachedFar?.state, 'syncing', 'its sync-end is under way');
    bench.take({ kind: 'peer-lost', peer: away.vra });
    for (let count = 0; count < 7; count++) bench.write(mib, count * mib, 'far/vm');
    for (let count = 0; count < 3; count++) assert.ok(bench.write(mib, count * mib) > 0);
    assert.equal(bench.drivers.get('far/vm')?.drops.length, 2, 'one at its start, one now');
  });

  it('starts afresh with a delta sync where the other side lost what it had acknowledged', () => {
    const bench = new Bench().live();
    const sequence = bench.write(4096);
    bench.take({ kind: 'settled' });
    bench.ack(sequence);
    bench.take({ kind: 'peer-lost', peer: peer.vra });
    bench.effects.length = 0;
    bench.take({ kind: 'peer-connected', peer: peer.vra });
    bench.attached(1, sequence - 1);
    const [frame] = bench.frames;
    assert.equal(frame?.epoch, 2);
    assert.equal(frame.firstSequence, 1);
    assert.deepEqual(frame.entries[0], { kind: 'sync-begin', time: 0, sync: 'delta' });
  });

  it('compares everything after a restart where the other side lost what an earlier life had seen safe', () => {
    const syncAfter = (confirmed: number) => {
      const bench = new Bench();
      bench.driver.confirmed = { epoch: 1, sequence: confirmed };
      bench.attached(1, 7);
      const [first] = bench.frames.flatMap(({ entries }) => entries);
      assert.deepEqual(bench.driver.confirmed, { epoch: 1, sequence: 7 });
      return first?.kind === 'sync-begin' ? first.sync : undefined;
    };
    assert.equal(syncAfter(7), 'bitmap');
    assert.equal(syncAfter(8), 'delta');
  });

  it('marks all streams of a checkpoint or none', () => {
    const bench = new Bench().live();
    bench.mark(1, true, [stream, 'files/other']);
    const refused = { kind: 'mark-refused', vpg: 'files', checkpoint: 1 } as const;
    assert.deepEqual(bench.cuts, [{ ...refused, reason: 'stream-unknown' }]);
    assert.deepEqual(bench.frames, []);
    assert.equal(bench.driver.holding, false);
  });

  it('places no marker that is not newer than all in its stream, and tells which is the newest', () => {
    const bench = new Bench().live();
    bench.mark(7, true);
    bench.mark(7, true);
    bench.mark(6, true);
    // One that an earlier life placed, as the journal has it.
    bench.take({ kind: 'peer-lost', peer: peer.vra });
    bench.take({ kind: 'peer-connected', peer: peer.vra });
    bench.attached(1, bench.last, stream, 4 * mib, 9);
    bench.mark(8, true);
    bench.mark(10, true);
    const of = (checkpoint: number) => ({ vpg: 'files', checkpoint });
    assert.deepEqual(bench.cuts, [
      { kind: 'marked', ...of(7) },
      { kind: 'mark-outrun', ...of(7), last: 7 },
      { kind: 'mark-outrun', ...of(6), last: 7 },
      { kind: 'mark-outrun', ...of(8), last: 9 },
      { kind: 'marked', ...of(10) },
    ]);
  });

  it('holds from the marker to the release, or until the hold is over', () => {
    const bench = new Bench().live();
    bench.mark(1, true);
    assert.equal(bench.driver.holding, true);
    bench.take({ kind: 'release', command: { kind: 'release', vpg: 'files', checkpoint: 1 } });
    assert.equal(bench.driver.holding, false);
    bench.mark(2, true);
    bench.take({ kind: 'hold-over', vpg: 'files', checkpoint: 2 });
    assert.equal(bench.driver.holding, false);
    bench.take({ kind: 'release', command: { kind: 'release', vpg: 'files', checkpoint: 2 } });
    assert.deepEqual(
      bench.cuts.flatMap((cut) => (cut.kind === 'released' ? [cut.inTime] : [])),
      [true, false],
    );
  });

  it('shares the wire between priorities by weight, and starves none', () => {
    const names = ['low', 'medium', 'high'] as const;
    const protect = names.map((priority) =>
      protectedStream({ stream: `${priority}/vm`, priority }),
    );
    const bench = new Bench(1024 * mib, protect);
    for (const { stream: name } of protect) {
      bench.attached(1, 1, name, 1024 * mib);
      bench.ack(2, 2, name);
    }
    bench.effects.length = 0;
    for (const { stream: name } of protect) {
      for (let count = 0; count < 120; count++) bench.write(mib, count * mib, name);
    }
    // The wire takes 16 MiB; from here on each acknowledgement lets one more through.
    let acknowledged = 0;
    while (bench.frames.length < 200) {
      const frame = bench.frames[acknowledged++]!;
      bench.ack(frame.firstSequence, frame.epoch, frame.stream);
    }
    const late = bench.frames.slice(60, 200);
    const count = (name: string): number => late.filter((each) => each.stream === name).length;
    assert.ok(count('low/vm') > 10, 'none starves');
    const ratio = count('high/vm') / count('low/vm');
    assert.ok(ratio > 3 && ratio < 5, `high to low is 4 to 1, not ${ratio}`);
  });
});
