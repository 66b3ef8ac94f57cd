import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventQueue, ScheduledEvent } from '../../../../src/engine/world/schedule/event-queue.ts';
import { Life } from '../../../../src/engine/world/schedule/life.ts';

class Numbered extends ScheduledEvent {
  readonly number: number;

  constructor(number: number) {
    super(new Life(1));
    this.number = number;
  }

  fire(): void {}
}

describe('the event queue', () => {
  it('gives events by time and, at one time, in the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(9), { nil: undefined })), (steps) => {
        const queue = new EventQueue();
        const waiting: { time: number; number: number }[] = [];
        const taken: number[] = [];
        const expected: number[] = [];
        const take = (): void => {
          waiting.sort((a, b) => a.time - b.time || a.number - b.number);
          expected.push(waiting.shift()!.number);
          const event = queue.pop();
          assert(event instanceof Numbered);
          taken.push(event.number);
        };
        steps.forEach((time, number) => {
          if (time !== undefined) {
            queue.push(time, new Numbered(number));
            waiting.push({ time, number });
          } else if (queue.size > 0) take();
        });
        while (queue.size > 0) take();
        assert.deepEqual(taken, expected);
        assert.equal(waiting.length, 0);
      }),
    );
  });

  it('does not pile up cancelled events, and keeps the order of the others', () => {
    const queue = new EventQueue();
    const kept: number[] = [];
    for (let number = 0; number < 20_000; number++) {
      const event = new Numbered(number);
      queue.push((number * 7919) % 1000, event);
      if (number % 10 === 0) kept.push(number);
      else queue.cancel(event);
    }
    assert(queue.size < 6000, `${queue.size} events are held for ${kept.length} that count`);
    kept.sort((a, b) => ((a * 7919) % 1000) - ((b * 7919) % 1000) || a - b);
    const taken: number[] = [];
    while (queue.size > 0) {
      const event = queue.pop();
      assert(event instanceof Numbered);
      if (!event.cancelled) taken.push(event.number);
    }
    assert.deepEqual(taken, kept);
  });

  it('has nothing due when it is empty', () => {
    const queue = new EventQueue();
    assert.equal(queue.nextTime, Infinity);
    assert.throws(() => queue.pop(), RangeError);
  });
});
