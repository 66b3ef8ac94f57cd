import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Operations } from '../../../src/engine/disk/operations.ts';
import type { Operation } from '../../../src/engine/disk/operations.ts';

interface Known extends Operation {
  readonly name: number;
}

function overlap(a: Operation, b: Operation): boolean {
  if (!a.isWrite && !b.isWrite) return false;
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

describe("a disk's operations", () => {
  it('run in the order asked for where they overlap, at once where they do not, and all of them', () => {
    const step = fc.record({
      offset: fc.nat(20),
      length: fc.integer({ min: 1, max: 8 }),
      isWrite: fc.boolean(),
      finishes: fc.array(fc.nat(), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const operations = new Operations();
        const asked: Known[] = [];
        const over = new Set<Known>();
        let running: Known[] = [];
        const started = new Set<Known>();
        const finish = (operation: Known): void => {
          running = running.filter((other) => other !== operation);
          over.add(operation);
          operations.finished(operation);
        };
        /** Whatever need not wait for another has to run. */
        const check = (): void => {
          for (const operation of asked) {
            const before = asked
              .slice(0, operation.name)
              .filter((other) => overlap(operation, other));
            const mayRun = before.every((other) => over.has(other));
            assert.equal(started.has(operation), mayRun);
          }
        };
        steps.forEach(({ offset, length, isWrite, finishes }, name) => {
          const operation: Known = {
            name,
            offset,
            length,
            isWrite,
            start() {
              started.add(operation);
              running.push(operation);
            },
          };
          asked.push(operation);
          operations.submit(operation);
          check();
          for (const choice of finishes) {
            const chosen = running[choice % Math.max(1, running.length)];
            if (chosen) finish(chosen);
            check();
          }
        });
        for (let next = running[0]; next; next = running[0]) finish(next);
        assert.equal(over.size, steps.length);
      }),
    );
  });
});
