/** What belongs to one moment is one event: in order, when the last of it is there, and only then. */
import assert from 'node:assert/strict';
import { syntheticPayload } from '../../../../src/engine/world/payloads.ts';
import type { Connection, StoredFile } from '../../../../src/engine/world/world.ts';
import { createTwoSites, rightAddress } from '../two-sites.ts';
import type { TwoSites } from '../two-sites.ts';

interface Heard {
  readonly what: string;
  readonly at: number;
}

/** Says everything at one moment, and answers what is heard of it and in how many events. */
function said(
  joinsEvents: boolean,
  say: (connection: Connection, sites: TwoSites) => void,
): { readonly heard: readonly Heard[]; readonly events: number } {
  const sites = createTwoSites({ seed: 1, joinsEvents });
  const { left, right, universe } = sites;
  const heard: Heard[] = [];
  right.world.network.listen(4007, () => ({
    received: ({ kind }) => heard.push({ what: kind, at: universe.now }),
    closed: (reason) => heard.push({ what: reason, at: universe.now }),
  }));
  const handler = { received: () => undefined, closed: () => undefined };
  const connection = left.world.network.connect(rightAddress, 4007, handler);
  universe.run(100);
  const before = universe.eventCount;
  universe.schedule(200, () => {
    say(connection, sites);
  });
  universe.run(60_000);
  return { heard, events: universe.eventCount - before };
}

const words = (heard: readonly Heard[]): string[] => heard.map(({ what }) => what);

describe('joined events', () => {
  it('bring what was said at once in its order, no sooner than the last of it', () => {
    const say = (connection: Connection): void => {
      for (const kind of ['a', 'b', 'c', 'd']) connection.send({ kind });
      connection.close();
    };
    const apart = said(false, say);
    const joined = said(true, say);
    assert.deepEqual(words(joined.heard), ['a', 'b', 'c', 'd', 'closed']);
    assert.deepEqual(words(apart.heard), words(joined.heard));
    assert.ok(joined.events < apart.events);
    const last = apart.heard.at(-1)?.at ?? 0;
    assert.ok(joined.heard.every(({ at }) => Math.abs(at - last) < 1e-3));
  });

  it('never let what follows overtake, and do not hold up what is large', () => {
    const say = (connection: Connection): void => {
      connection.send({ kind: 'small' });
      connection.send({ kind: 'large', payloads: [syntheticPayload('x', 1_000_000)] });
      connection.send({ kind: 'behind' });
      connection.send({ kind: 'last' });
    };
    const { heard } = said(true, say);
    assert.deepEqual(words(heard), ['small', 'large', 'behind', 'last']);
    const [small, large] = heard;
    assert.ok(small && large && large.at - small.at > 70, 'a megabyte takes 80 ms on this link');
  });

  it('wait with the rest where the way is cut meanwhile, and come all', () => {
    const { heard } = said(true, (connection, { universe, link }) => {
      for (const kind of ['a', 'b', 'c']) connection.send({ kind });
      universe.schedule(universe.now + 5, () => {
        universe.cut(link);
      });
      universe.schedule(universe.now + 5000, () => {
        universe.heal(link);
      });
    });
    assert.deepEqual(words(heard), ['a', 'b', 'c']);
    assert.ok((heard[0]?.at ?? 0) > 5000);
  });

  it('report writes that began at once together, and none of them after the end of the process', () => {
    for (const dies of [false, true]) {
      const { left, universe } = createTwoSites({ seed: 1 });
      const files: StoredFile[] = [];
      for (const name of ['a', 'b', 'c']) {
        left.world.storage.open(`ds/${name}`, { create: true, writeThrough: true }, (_, file) => {
          if (file) files.push(file);
        });
      }
      universe.run(10);
      const done: number[] = [];
      universe.schedule(20, () => {
        for (const file of files) {
          file.write(0, [syntheticPayload('x', 500_000)], () => {
            done.push(universe.now);
            if (dies) left.kill();
          });
        }
      });
      universe.run(100);
      assert.equal(done.length, dies ? 1 : 3);
      assert.ok(
        done.every((at) => at >= 23 && at === done[0]),
        'when all has been transferred',
      );
    }
  });
});
