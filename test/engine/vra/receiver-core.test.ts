/** The receiving core, fed with plain inputs. */
import assert from 'node:assert/strict';
import type { FrameEntry } from '../../../src/engine/journal/frame.ts';
import type { Journal } from '../../../src/engine/journal/journal.ts';
import { JournalError } from '../../../src/engine/journal/journal.ts';
import type { FrameMessage } from '../../../src/engine/vra/messages.ts';
import type { ReceiverEffect, ReceiverInput } from '../../../src/engine/vra/receiver-effects.ts';
import { ReceiverCore } from '../../../src/engine/vra/receiver-core.ts';
import type { ReceivingStream } from '../../../src/engine/vra/receiving-stream.ts';
import { zeroes } from '../../../src/engine/world/payloads.ts';
import { defaultWindow } from '../../../src/engine/vra/sending-stream.ts';
import { recoveryStream, sender, stream } from './fixtures.ts';

const terabyte = 1e12;

/** Only what the core reads of a journal; I/O is asked for by effects. */
function journalAt(epoch: number, sequence: number): Journal & { position: object } {
  const unasked = (): never => {
    throw new Error('the core asks for I/O by effects');
  };
  return {
    stream,
    position: { epoch, sequence },
    bytes: 0,
    atLimit: false,
    recoverable: true,
    sync: undefined,
    damage: undefined,
    quiet: true,
    leap: unasked,
    append: unasked,
    age: unasked,
    needsAgeing: () => true,
    checkPromotion: unasked,
    promote: unasked,
    configure: () => {},
    confirm: () => undefined,
    oldest: () => undefined,
    newest: () => undefined,
    has: () => true,
    checkpoints: () => [],
    openImage: unasked,
    readLatest: unasked,
    close: unasked,
  };
}

class Bench {
  readonly core: ReceiverCore;
  readonly effects: ReceiverEffect[] = [];
  readonly journal = journalAt(1, 10);
  free = terabyte;

  constructor(buffer = 1e9) {
    this.core = new ReceiverCore({
      buffer,
      space: () => ({ capacity: terabyte, free: this.free }),
    });
    this.take({ kind: 'configure', recover: [recoveryStream()] });
  }

  take(input: ReceiverInput): void {
    this.effects.push(...this.core.handle(input));
  }

  get stream(): ReceivingStream {
    const effect = this.effects.find((each) => each.kind === 'open-journal');
    assert(effect);
    return effect.stream;
  }

  opened(): this {
    this.take({ kind: 'journal-opened', stream: this.stream, journal: this.journal });
    return this;
  }

  connected(): this {
    this.take({ kind: 'peer-connected', peer: sender.vra });
    this.ask();
    return this;
  }

  ask(): void {
    const message = { kind: 'attach', stream, epoch: 1, nextSequence: 11 } as const;
    this.take({ kind: 'control', peer: sender.vra, message });
  }

  frame(firstSequence: number, entry?: FrameEntry, length = 1000): FrameMessage {
    const entries: FrameEntry[] = [
      entry ?? { kind: 'write', time: 0, disk: 0, offset: 0, length, rawOffset: 0 },
    ];
    const rest = { encoding: 'none', rawLength: length, checksum: 0 } as const;
    const message: FrameMessage = {
      kind: 'frame',
      frame: { stream, epoch: 1, firstSequence, entries, ...rest },
      payloads: [zeroes(length)],
    };
    this.take({ kind: 'frame', peer: sender.vra, message });
    return message;
  }

  appended(message: FrameMessage, error?: JournalError): void {
    const { firstSequence, entries } = message.frame;
    if (!error) {
      const position = { epoch: 1, sequence: firstSequence + entries.length - 1 };
      Object.assign(this.journal, { position });
    }
    this.take({ kind: 'appended', stream: this.stream, message, error });
  }

  kinds(): readonly string[] {
    return this.effects.map(({ kind }) => kind).filter((kind) => kind !== 'state-changed');
  }

  /** What was said to the sender since the last call. */
  said(): readonly object[] {
    const said = this.effects.flatMap((each) => (each.kind === 'control' ? [each.message] : []));
    this.effects.length = 0;
    return said;
  }
}

/** A bench whose sender has attached, with nothing said since. */
function attachedBench(buffer?: number): {
  readonly bench: Bench;
  readonly stream: ReceivingStream;
} {
  const bench = new Bench(buffer).opened().connected();
  const { stream: receiving } = bench;
  Object.defineProperty(bench, 'stream', { value: receiving });
  bench.effects.length = 0;
  return { bench, stream: receiving };
}

describe('the receiving core', () => {
  it('of a new VRA has a journal that another one wrote compared, until a full sync begins', () => {
    const bench = new Bench();
    bench.take({ kind: 'configure', recover: [recoveryStream()], fresh: true });
    const { stream: receiving } = bench;
    bench.opened().connected();
    assert.deepEqual(bench.said(), [
      {
        kind: 'attached',
        stream,
        epoch: 1,
        lastSequence: 10,
        lastMarker: -1,
        replica: 'unverified',
        window: defaultWindow,
      },
    ]);
    Object.defineProperty(bench, 'stream', { value: receiving });
    bench.appended(bench.frame(11, { kind: 'sync-begin', time: 0, sync: 'bitmap' }));
    assert.equal(receiving.replica, 'unverified', 'a bitmap proves nothing');
    bench.appended(bench.frame(12, { kind: 'sync-begin', time: 0, sync: 'delta' }));
    assert.equal(receiving.replica, 'complete');
    bench.opened();
    assert.equal(receiving.replica, 'complete', 'opened again, it is its own work');
  });

  it('tells a sender that came early where to go on when the journal has opened', () => {
    const bench = new Bench();
    const { stream: receiving } = bench;
    bench.connected();
    assert.deepEqual(bench.said(), [], 'not before');
    bench.take({ kind: 'journal-opened', stream: receiving, journal: bench.journal });
    const [answer] = bench.said();
    const where = { stream, epoch: 1, lastSequence: 10, lastMarker: -1, window: 8 * 2 ** 20 };
    assert.deepEqual(answer, { kind: 'attached', replica: 'complete', ...where });
  });

  it('law 3: acknowledges a frame, and reports its marker, only when the journal holds it', () => {
    const { bench } = attachedBench();
    const message = bench.frame(11, { kind: 'checkpoint', time: 5, checkpoint: 3 });
    assert.deepEqual(bench.kinds(), ['append']);
    assert.ok(bench.core.used > 0);
    bench.appended(message);
    assert.deepEqual(bench.kinds(), ['append', 'ack', 'durable']);
    assert.equal(bench.core.used, 0);
    const ack = bench.effects.find((each) => each.kind === 'ack');
    assert.deepEqual(ack?.message, { kind: 'ack', stream, epoch: 1, sequence: 11 });
  });

  it('answers a new attach only when nothing is under way in the journal', () => {
    const { bench } = attachedBench();
    const message = bench.frame(11);
    bench.ask();
    assert.deepEqual(bench.said(), []);
    bench.appended(message);
    const [answer] = bench.said();
    assert.ok(answer && 'lastSequence' in answer);
    assert.equal(answer.lastSequence, 11);
  });

  it('asks once for a frame that is missing, and ignores what follows until it comes', () => {
    const { bench } = attachedBench();
    const early = bench.frame(13);
    assert.deepEqual(bench.kinds(), [], 'right after an answer only the next frame counts');
    bench.appended(bench.frame(11));
    const gap = bench.frame(13);
    bench.effects.length = 0;
    bench.appended(gap, new JournalError('out-of-sequence', stream, 'not behind 11'));
    assert.equal(bench.said().length, 1);
    bench.frame(14);
    bench.frame(15);
    assert.deepEqual(bench.kinds(), []);
    bench.frame(12);
    bench.frame(13);
    assert.deepEqual(bench.kinds(), ['append', 'append']);
    assert.equal(early.frame.firstSequence, 13);
  });

  it('VRA-11: takes no more than its receive buffer, and has the rest sent again', () => {
    const { bench } = attachedBench(2500);
    const first = bench.frame(11);
    const second = bench.frame(12);
    bench.frame(13);
    assert.equal(bench.core.used, 2000);
    assert.deepEqual(bench.kinds(), ['append', 'append']);
    bench.said();
    bench.appended(first);
    assert.deepEqual(bench.said(), [], 'not while something is under way');
    bench.appended(second);
    const [answer] = bench.said();
    assert.ok(answer && 'lastSequence' in answer);
    assert.equal(answer.lastSequence, 12);
  });

  it('offers every stream a window that all of them together can fill', () => {
    const bench = new Bench(10 * 2 ** 20);
    const many = Array.from({ length: 10 }, (_, index) =>
      recoveryStream({ stream: `files/vm${index}`, journalFolder: `ds/journal${index}` }),
    );
    bench.take({ kind: 'configure', recover: many });
    bench.take({ kind: 'peer-connected', peer: sender.vra });
    for (const effect of bench.effects.filter((each) => each.kind === 'open-journal')) {
      bench.take({ kind: 'journal-opened', stream: effect.stream, journal: bench.journal });
    }
    bench.said();
    const message = { kind: 'attach', stream: 'files/vm3', epoch: 1, nextSequence: 1 } as const;
    bench.take({ kind: 'control', peer: sender.vra, message });
    const [answer] = bench.said();
    assert.ok(answer && 'window' in answer);
    assert.equal(answer.window, 2 ** 20);
  });

  it('suspends a stream whose datastore has no room, and goes on when it has', () => {
    const { bench } = attachedBench();
    const message = bench.frame(11);
    bench.appended(message, new JournalError('no-space', 'ds/journal', 'the datastore is full'));
    assert.deepEqual(bench.said(), [{ kind: 'suspend', stream, reason: 'journal-storage' }]);
    assert.equal(bench.core.report()[0]?.state, 'suspended');
    assert.match(bench.core.report()[0]?.failure ?? '', /the datastore is full/);
    bench.frame(12);
    assert.deepEqual(bench.kinds(), [], 'frames under way are ignored');
    bench.ask();
    assert.deepEqual(bench.said(), [{ kind: 'suspend', stream, reason: 'journal-storage' }]);
    bench.free = 1e9;
    bench.take({ kind: 'age', rests: false });
    assert.deepEqual(bench.said(), [], 'still below the floor');
    bench.free = terabyte;
    bench.take({ kind: 'age', rests: false });
    assert.deepEqual(bench.said(), [{ kind: 'unsuspend', stream }]);
  });

  it('tells a sender that it knows no such stream', () => {
    const bench = new Bench().opened().connected();
    bench.said();
    const message = { kind: 'attach', stream: 'other/vm', epoch: 0, nextSequence: 1 } as const;
    bench.take({ kind: 'control', peer: sender.vra, message });
    assert.deepEqual(bench.said(), [{ kind: 'unknown-stream', stream: 'other/vm' }]);
  });

  it('ages one stream once at a time, and closes the journal of a stream that is removed', () => {
    const { bench } = attachedBench();
    bench.take({ kind: 'age', rests: false });
    bench.take({ kind: 'age', rests: false });
    assert.deepEqual(bench.kinds(), ['age']);
    bench.take({ kind: 'aged', stream: bench.stream, error: undefined });
    bench.take({ kind: 'age', rests: false });
    assert.deepEqual(bench.kinds(), ['age', 'age']);
    bench.take({ kind: 'configure', recover: [] });
    assert.deepEqual(bench.kinds(), ['age', 'age', 'close-journal']);
  });
});
