import assert from 'node:assert/strict';
import { syntheticPayload } from '../../../../src/engine/world/payloads.ts';
import { createTwoSites, rightAddress } from '../two-sites.ts';

/** A lively minute: traffic, loss, a cut, a crash, files. */
function lively(seed: number): { trace: number; events: number; heard: string[] } {
  const sites = createTwoSites({ seed });
  const { universe, left, right, link } = sites;
  const heard: string[] = [];
  const serve = (): void => {
    right.world.network.listen(4007, (connection) => ({
      received(message) {
        heard.push(`${message.kind} ${universe.now}`);
        connection.send({ kind: 'pong' });
      },
      closed(reason) {
        heard.push(reason);
      },
    }));
  };
  serve();
  const connect = (): void => {
    const { clock, random, network, storage } = left.world;
    const connection = network.connect(rightAddress, 4007, {
      received() {
        clock.after(random.next() * 50, () => {
          connection.send({
            kind: 'ping',
            payloads: [syntheticPayload('x', random.integer(5000))],
          });
        });
      },
      opened() {
        connection.send({ kind: 'ping' });
      },
      closed() {
        clock.after(500, connect);
      },
    });
    storage.open('ds/file', { create: true }, (_, file) => {
      file?.write(random.integer(100) * 512, [syntheticPayload('y', 4096)], () => {});
    });
  };
  connect();
  universe.degrade(link, { loss: 0.02 });
  universe.schedule(20_000, () => {
    universe.cut(link);
  });
  universe.schedule(21_000, () => {
    universe.heal(link);
  });
  universe.schedule(30_000, () => {
    right.kill();
    right.restart();
    serve();
  });
  universe.run(60_000);
  return { trace: universe.trace, events: universe.eventCount, heard };
}

describe('a simulated universe', () => {
  it('repeats itself event for event for a seed', () => {
    const first = lively(5);
    assert(first.heard.length > 500, String(first.heard.length));
    assert.deepEqual(lively(5), first);
  });

  it('takes another course, with another trace, for another seed', () => {
    assert.notEqual(lively(6).trace, lively(5).trace);
  });

  it('runs up to a time and everything due until then', () => {
    const { universe, left } = createTwoSites();
    const rang: number[] = [];
    for (const delay of [30, 10, 20, 20.5]) {
      left.world.clock.after(delay, () => rang.push(delay));
    }
    universe.run(20);
    assert.deepEqual(rang, [10, 20]);
    assert.equal(universe.now, 20);
    universe.run(100);
    assert.deepEqual(rang, [10, 20, 20.5, 30]);
    assert.equal(universe.now, 100);
  });

  it('runs as long as a condition holds, and says when it still does', () => {
    const { universe, left } = createTwoSites();
    let done = false;
    left.world.clock.after(50, () => {
      done = true;
    });
    left.world.clock.after(51, () => {});
    assert.equal(
      universe.runWhile(() => !done, 1000),
      true,
    );
    assert.equal(universe.now, 50);
    assert.equal(
      universe.runWhile(() => true, 1000),
      false,
    );
    assert.equal(universe.now, 1000);
  });

  it('never calls back a timer that was cancelled or whose process has ended', () => {
    const { universe, left } = createTwoSites();
    const rang: string[] = [];
    const { clock } = left.world;
    const timer = clock.after(10, () => rang.push('cancelled'));
    clock.after(20, () => rang.push('ended'));
    universe.schedule(20, () => rang.push('the universe goes on'));
    timer.cancel();
    universe.run(15);
    left.kill();
    clock.after(1, () => rang.push('set after the end'));
    universe.run(100);
    assert.deepEqual(rang, ['the universe goes on']);
    assert.equal(left.alive, false);
  });

  it('lets a process begin anew with a World of its own and tells of every end', () => {
    const { universe, left } = createTwoSites();
    let ends = 0;
    left.onEnd(() => ends++);
    const before = left.world;
    const numbers = [before.random.next()];
    left.kill();
    left.kill();
    left.kill({ silent: true });
    assert.equal(ends, 1);
    const after = left.restart();
    numbers.push(after.random.next());
    assert.notEqual(after, before);
    assert.notEqual(numbers[0], numbers[1]);
    assert(left.alive);
    left.restart();
    assert.equal(ends, 2);
    let rang = false;
    left.world.clock.after(1, () => {
      rang = true;
    });
    universe.run(10);
    assert(rang);
  });

  it("shows the site's own clock, which can be wrong", () => {
    const { universe, left, right, leftSite } = createTwoSites();
    universe.run(1000);
    universe.skewClock(leftSite, 90_000);
    universe.skewClock(leftSite, -30_000);
    assert.equal(left.world.clock.now(), 61_000);
    assert.equal(universe.clockOf(leftSite), 61_000);
    assert.equal(right.world.clock.now(), 1000);
    let rang = 0;
    left.world.clock.after(10, () => {
      rang = universe.now;
    });
    universe.run(2000);
    assert.equal(rang, 1010);
  });

  it('lets the mistakes of a process come out of run', () => {
    const { universe, left } = createTwoSites();
    left.world.clock.after(1, () => {
      throw new TypeError('a mistake');
    });
    assert.throws(() => {
      universe.run(10);
    }, /a mistake/);
  });

  it('refuses a second process of one name', () => {
    const { universe, leftSite } = createTwoSites();
    assert.throws(() => universe.createProcess('vra esx-l', { site: leftSite }), RangeError);
  });
});
