import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Ground } from '../../../../src/engine/world/ground.ts';
import type { Payload } from '../../../../src/engine/world/payload.ts';
import {
  bytesPayload,
  joinPayloads,
  samePayload,
  syntheticPayload,
  zeroes,
} from '../../../../src/engine/world/payloads.ts';
import type { StoredFile } from '../../../../src/engine/world/world.ts';
import { createTwoSites } from '../two-sites.ts';
import type { TwoSites } from '../two-sites.ts';

interface Bed extends TwoSites {
  readonly ground: Ground;
}

function bed(seed = 1): Bed {
  const sites = createTwoSites({ seed });
  return { ...sites, ground: sites.universe.ground(sites.leftSite) };
}

function free({ universe, leftSite }: TwoSites): number {
  return universe.space(leftSite, 'ds').free;
}

/** Has nothing but what is durable left, as far as chance lets it. */
function losePower({ left }: TwoSites): void {
  left.kill({ silent: true });
  left.restart();
}

function open({ universe, left }: TwoSites, path: string, create = false): StoredFile {
  let opened: StoredFile | undefined;
  left.world.storage.open(path, { create }, (error, file) => {
    assert.equal(error, undefined);
    opened = file;
  });
  universe.runWhile(() => opened === undefined, universe.now + 60_000);
  assert(opened);
  return opened;
}

function holds(ground: Ground, path: string, ...parts: Payload[]): void {
  const content = ground.read(path);
  assert(content, `${path} is there`);
  assert(samePayload(content, joinPayloads(parts)), `${path} holds what was written to it`);
}

const a = syntheticPayload('a', 1000);
const b = syntheticPayload('b', 500);
const c = bytesPayload(Uint8Array.from({ length: 300 }, (_, at) => (at % 255) + 1));

describe('the ground of a simulated site', () => {
  it('makes a file, writes it anywhere and reads it, all in no time', () => {
    const { ground, universe, leftSite } = bed();
    const events = universe.eventCount;
    ground.write('ds/folder/f', 100, a);
    ground.write('ds/folder/f', 1100, c);
    ground.write('ds/folder/f', 0, b);
    holds(ground, 'ds/folder/f', b, a.slice(400, 1000), c);
    assert.deepEqual(universe.files(leftSite, 'ds/folder'), ['f']);
    universe.run(1000);
    assert.equal(universe.eventCount, events);
    assert.equal(ground.read('ds/folder/g'), undefined);
  });

  it('names a datastore that there is not', () => {
    const { ground } = bed();
    assert.throws(() => {
      ground.write('dsx/f', 0, a);
    }, /site Left has no datastore dsx/);
  });

  it('accounts for the space that its files take', () => {
    const sites = bed();
    const { ground } = sites;
    const before = free(sites);
    ground.write('ds/f', 0, a);
    assert.equal(free(sites), before - 1000);
    ground.write('ds/f', 500, a);
    assert.equal(free(sites), before - 1500, 'what is written over is not counted twice');
    ground.write('ds/f', 0, zeroes(200));
    assert.equal(free(sites), before - 1300, 'zeroes take no space');
    ground.defer('ds/g', 1500, () => [a, b]);
    assert.equal(free(sites), before - 2800);
    assert(ground.read('ds/g'));
    assert.equal(free(sites), before - 2800, 'and no more once it is made');
    ground.remove('ds/g');
    ground.remove('ds/f');
    ground.remove('ds/f');
    assert.equal(free(sites), before);
  });

  it('shows what it does to whoever has the file open', () => {
    const sites = bed();
    const { ground, universe } = sites;
    const file = open(sites, 'ds/f', true);
    ground.write('ds/f', 0, a);
    ground.write('ds/f', 1000, b);
    assert.equal(file.size(), 1500);
    let heard: Payload | undefined;
    file.read(900, 200, (_, payload) => (heard = payload));
    ground.remove('ds/f');
    universe.run(universe.now + 10);
    assert(heard && samePayload(heard, joinPayloads([a.slice(900, 1000), b.slice(0, 100)])));
    file.read(0, 1000, (_, payload) => (heard = payload));
    universe.run(universe.now + 10);
    assert(samePayload(heard, a), 'an open file outlives its name');
  });

  it('keeps all that was done on it when power is lost a moment later', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const sites = bed(seed);
      const { ground } = sites;
      ground.write('ds/folder/f', 0, a);
      ground.defer('ds/folder/g', 500, () => [b]);
      ground.write('ds/folder/h', 0, c);
      ground.remove('ds/folder/h');
      losePower(sites);
      holds(ground, 'ds/folder/f', a);
      holds(ground, 'ds/folder/g', b);
      assert.equal(ground.read('ds/folder/h'), undefined);
    }
  });

  it('keeps it too where what was done before by a process is lost', () => {
    let lost = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const sites = bed(seed);
      const { ground, universe, leftSite } = sites;
      const kept = open(sites, 'ds/kept', true);
      open(sites, 'ds/replaced', true);
      open(sites, 'ds/other', true);
      sites.left.world.storage.syncFolder('ds', () => {});
      universe.run(100);
      // Not durable: a write, and the removal of two files.
      kept.write(0, [a], () => {});
      sites.left.world.storage.remove('ds/replaced', () => {});
      sites.left.world.storage.remove('ds/other', () => {});
      universe.run(200);
      ground.write('ds/kept', 400, b);
      ground.write('ds/kept', 1000, c);
      ground.write('ds/replaced', 0, c);
      ground.remove('ds/other');
      losePower(sites);
      holds(ground, 'ds/replaced', c);
      assert.equal(ground.read('ds/other'), undefined);
      const content = ground.read('ds/kept');
      assert(content);
      assert.equal(content.length, 1300);
      assert(samePayload(content.slice(400, 900), b));
      assert(samePayload(content.slice(1000, 1300), c));
      if (!samePayload(content.slice(0, 400), a.slice(0, 400))) lost++;
      assert.deepEqual(universe.files(leftSite, 'ds'), ['kept', 'replaced']);
    }
    assert(lost > 0, 'chance has taken back what was not durable');
  });

  it('may be told of a file that there is only once', () => {
    const { ground } = bed();
    ground.write('ds/f', 0, a);
    assert.throws(() => {
      ground.defer('ds/f', 500, () => [b]);
    }, /there is a file ds\/f already/);
    holds(ground, 'ds/f', a);
  });
});

describe('a file whose content is deferred', () => {
  /** One of 1500 bytes, and how often it was made. */
  function deferred(): Bed & { readonly made: () => number } {
    const sites = bed();
    let made = 0;
    sites.ground.defer('ds/f', 1500, () => {
      made++;
      return [a, b];
    });
    return { ...sites, made: () => made };
  }

  it('is made when it is first read, and once', () => {
    const { ground, made } = deferred();
    assert.equal(made(), 0);
    holds(ground, 'ds/f', a, b);
    holds(ground, 'ds/f', a, b);
    assert.equal(made(), 1);
  });

  it('has its size, its name and its space without being made', () => {
    const sites = deferred();
    const file = open(sites, 'ds/f');
    assert.equal(file.size(), 1500);
    assert.deepEqual(sites.universe.files(sites.leftSite, 'ds'), ['f']);
    file.close();
    assert.equal(sites.made(), 0);
  });

  for (const [how, run] of [
    [
      'written to',
      (file: StoredFile) => {
        file.write(1500, [c], () => {});
      },
    ],
    [
      'cut',
      (file: StoredFile) => {
        file.truncate(1200, () => {});
      },
    ],
    ['asked for its ranges', (file: StoredFile) => file.written?.(() => {})],
  ] as const) {
    it(`is made when it is ${how}`, () => {
      const sites = deferred();
      const before = free(sites);
      const file = open(sites, 'ds/f');
      run(file);
      sites.universe.run(sites.universe.now + 10);
      assert.equal(sites.made(), 1);
      const size = file.size();
      assert.equal(free(sites), before + 1500 - size);
      holds(sites.ground, 'ds/f', joinPayloads([a, b, c]).slice(0, size));
    });
  }

  it('is made when a bit of it flips, and when the ground is written', () => {
    const { universe, leftSite, ground, made } = deferred();
    universe.rot(leftSite, 'ds/f', 10);
    assert.equal(made(), 1);
    assert(!samePayload(ground.read('ds/f')!, joinPayloads([a, b])));
    ground.write('ds/f', 1400, c);
    holds(ground, 'ds/f', ground.read('ds/f')!.slice(0, 1000), b.slice(0, 400), c);
  });

  it('loses no byte with the power, made or not', () => {
    const sites = deferred();
    losePower(sites);
    assert.equal(sites.made(), 0);
    holds(sites.ground, 'ds/f', a, b);
    losePower(sites);
    holds(sites.ground, 'ds/f', a, b);
  });

  for (const [how, run] of [
    [
      'removed from the ground',
      ({ ground }: Bed) => {
        ground.remove('ds/f');
      },
    ],
    [
      'lost',
      ({ universe, leftSite }: Bed) => {
        universe.lose(leftSite, 'ds/f');
      },
    ],
    [
      'removed by a process',
      ({ left }: Bed) => {
        left.world.storage.remove('ds/f', () => {});
      },
    ],
  ] as const) {
    it(`is never made where it is ${how} before`, () => {
      const sites = deferred();
      const before = free(sites);
      run(sites);
      sites.universe.run(sites.universe.now + 100);
      assert.equal(free(sites), before + 1500);
      losePower(sites);
      sites.universe.run(sites.universe.now + 60_000);
      assert.equal(sites.made(), 0);
    });
  }

  it('is refused where it is not as long as was promised, or has zeroes that take no space', () => {
    const { ground } = bed();
    ground.defer('ds/f', 1499, () => [a, b]);
    ground.defer('ds/g', 1501, () => [a, b]);
    ground.defer('ds/h', 1100, () => [a, joinPayloads([zeroes(50), b.slice(0, 50)])]);
    for (const path of ['ds/f', 'ds/g']) {
      assert.throws(() => ground.read(path), /RangeError: .*promised.*1500 bytes were made/);
    }
    assert.throws(() => ground.read('ds/h'), RangeError);
  });

  it('reads as it would had it been written, whatever is done to it', () => {
    const step = fc.record({
      offset: fc.nat(2000),
      length: fc.integer({ min: 1, max: 400 }),
      by: fc.constantFrom('ground', 'process'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const sites = bed();
        const { ground, universe } = sites;
        ground.defer('ds/deferred', 1500, () => [a, b]);
        ground.write('ds/written', 0, joinPayloads([a, b]));
        const files = ['ds/deferred', 'ds/written'].map((path) => open(sites, path));
        for (const [index, { offset, length, by }] of steps.entries()) {
          const payload = syntheticPayload(`step ${index}`, length);
          for (const file of files) {
            if (by === 'ground') ground.write(file.path, offset, payload);
            else file.write(offset, [payload], () => {});
          }
          universe.run(universe.now + 1);
        }
        const [one, other] = files.map(({ path }) => ground.read(path));
        assert(one && other && samePayload(one, other));
      }),
      { numRuns: 50 },
    );
  });
});
