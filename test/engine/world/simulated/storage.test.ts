import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Payload } from '../../../../src/engine/world/payload.ts';
import { samePayload, syntheticPayload, zeroes } from '../../../../src/engine/world/payloads.ts';
import type { SimulatedProcess } from '../../../../src/engine/world/simulated.ts';
import type { WorldError } from '../../../../src/engine/world/world.ts';
import type { Done, OpenOptions, StoredFile } from '../../../../src/engine/world/world.ts';
import { createTwoSites } from '../two-sites.ts';
import type { TwoSites } from '../two-sites.ts';

const mebibyte = 1024 * 1024;

/** Lets the universe run until something asked for is answered. */
function answered<T>(
  sites: TwoSites,
  ask: (done: (error: WorldError | undefined, value?: T) => void) => void,
): { readonly error: WorldError | undefined; readonly value: T | undefined } {
  let answer: { error: WorldError | undefined; value: T | undefined } | undefined;
  ask((error, value) => {
    assert.equal(answer, undefined, 'answered once');
    answer = { error, value };
  });
  assert.equal(answer, undefined, 'never answered within the call');
  sites.universe.runWhile(() => answer === undefined, sites.universe.now + 60_000);
  assert(answer, 'answered within a minute');
  return answer;
}

function open(
  sites: TwoSites,
  process: SimulatedProcess,
  path: string,
  options: OpenOptions = { create: true },
): StoredFile {
  const { value, error } = answered<StoredFile>(sites, (done) => {
    process.world.storage.open(path, options, done);
  });
  assert(value, error?.message);
  return value;
}

function succeed(sites: TwoSites, ask: (done: Done) => void): void {
  assert.equal(answered(sites, ask).error, undefined);
}

function write(sites: TwoSites, file: StoredFile, offset: number, ...parts: Payload[]): void {
  succeed(sites, (done) => {
    file.write(offset, parts, done);
  });
}

function read(sites: TwoSites, file: StoredFile, offset: number, length: number): Payload {
  const { value, error } = answered<Payload>(sites, (done) => {
    file.read(offset, length, done);
  });
  assert(value, error?.message);
  return value;
}

function codeOf(sites: TwoSites, ask: (done: Done) => void): string | undefined {
  return answered(sites, ask).error?.code;
}

function free(sites: TwoSites): number {
  return sites.universe.space(sites.leftSite, 'ds').free;
}

describe('the simulated storage', () => {
  it('reads back the parts of a write one behind the other, holes as zeroes', () => {
    const sites = createTwoSites();
    const file = open(sites, sites.left, 'ds/folder/file');
    const a = syntheticPayload('a', 100);
    const b = syntheticPayload('b', 200);
    write(sites, file, 50, a, b);
    assert.equal(file.size(), 350);
    assert(samePayload(read(sites, file, 0, 50), zeroes(50)));
    assert(samePayload(read(sites, file, 50, 100), a));
    assert(samePayload(read(sites, file, 150, 200), b));
  });

  it('shares files between processes of a site and not between sites', () => {
    const sites = createTwoSites();
    const other = sites.universe.createProcess('other', { site: sites.leftSite });
    write(sites, open(sites, sites.left, 'ds/f'), 0, syntheticPayload('a', 10));
    assert.equal(open(sites, other, 'ds/f', { create: false }).size(), 10);
    const code = codeOf(sites, (done) => {
      sites.right.world.storage.open('ds/f', { create: false }, done);
    });
    assert.equal(code, 'not-found');
  });

  it('names what is wrong', () => {
    const sites = createTwoSites();
    const { storage } = sites.left.world;
    const file = open(sites, sites.left, 'ds/f');
    write(sites, file, 0, syntheticPayload('a', 10));
    const codes = [
      codeOf(sites, (done) => {
        storage.open('nowhere/f', { create: true }, done);
      }),
      codeOf(sites, (done) => {
        storage.remove('ds/g', done);
      }),
      codeOf(sites, (done) => {
        file.read(5, 6, done);
      }),
      codeOf(sites, (done) => {
        file.write(-1, [zeroes(1)], done);
      }),
    ];
    assert.deepEqual(codes, ['not-found', 'not-found', 'out-of-range', 'out-of-range']);
    file.close();
    for (const ask of [
      (done: Done) => {
        file.write(0, [zeroes(1)], done);
      },
      (done: Done) => {
        file.read(0, 1, done);
      },
      (done: Done) => {
        file.sync(done);
      },
      (done: Done) => {
        file.truncate(0, done);
      },
    ]) {
      assert.equal(codeOf(sites, ask), 'closed');
    }
    const { error } = answered(sites, (done) => {
      storage.open('nowhere/f', { create: true }, done);
    });
    assert.equal(error?.message, 'nowhere/f: the site has no datastore nowhere; it has ds');
    assert.equal(storage.space('nowhere/f'), undefined);
  });

  it('lists the files below a folder', () => {
    const sites = createTwoSites();
    for (const path of ['ds/a/2', 'ds/a/1', 'ds/a/b/3', 'ds/ab/4']) open(sites, sites.left, path);
    const list = (folder: string): readonly string[] | undefined =>
      answered<readonly string[]>(sites, (done) => {
        sites.left.world.storage.list(folder, done);
      }).value;
    assert.deepEqual(list('ds/a'), ['1', '2', 'b/3']);
    assert.deepEqual(list('ds/none'), []);
    succeed(sites, (done) => {
      sites.left.world.storage.remove('ds/a/1', done);
    });
    assert.deepEqual(list('ds/a'), ['2', 'b/3']);
  });

  it('counts space by what is held, and refuses what does not fit without changing anything', () => {
    const sites = createTwoSites();
    const before = free(sites);
    assert.equal(before, 1024 * mebibyte);
    const file = open(sites, sites.left, 'ds/f');
    succeed(sites, (done) => {
      file.truncate(100 * 1024 * mebibyte, done);
    });
    assert.equal(free(sites), before, 'a hole takes no space');
    write(sites, file, 0, syntheticPayload('a', 10 * mebibyte));
    write(sites, file, 5 * mebibyte, syntheticPayload('b', 10 * mebibyte));
    assert.equal(free(sites), before - 15 * mebibyte);
    write(sites, file, 0, zeroes(mebibyte));
    assert.equal(free(sites), before - 14 * mebibyte);

    sites.universe.fill(sites.leftSite, 'ds', mebibyte);
    assert.equal(free(sites), mebibyte);
    const tooMuch = syntheticPayload('c', 2 * mebibyte);
    const full = codeOf(sites, (done) => {
      file.write(50 * mebibyte, [tooMuch], done);
    });
    assert.equal(full, 'no-space');
    assert(samePayload(read(sites, file, 50 * mebibyte, 100), zeroes(100)));
    write(sites, file, 5 * mebibyte, tooMuch);
    assert.equal(free(sites), mebibyte, 'overwriting needs no space');

    sites.universe.fill(sites.leftSite, 'ds', 100 * mebibyte);
    succeed(sites, (done) => {
      sites.left.world.storage.remove('ds/f', done);
    });
    assert.equal(free(sites), 114 * mebibyte);
  });

  it('counts no space for what is written to a file that is removed', () => {
    const sites = createTwoSites();
    const before = free(sites);
    const file = open(sites, sites.left, 'ds/f');
    write(sites, file, 0, syntheticPayload('a', mebibyte));
    succeed(sites, (done) => {
      sites.left.world.storage.remove('ds/f', done);
    });
    write(sites, file, mebibyte, syntheticPayload('b', mebibyte));
    assert.equal(free(sites), before);
  });

  it('takes its time: 500 MB/s shared by all, 100 µs to answer, 1 ms to sync', () => {
    const sites = createTwoSites();
    const file = open(sites, sites.left, 'ds/f');
    const start = sites.universe.now;
    write(sites, file, 0, syntheticPayload('a', 5_000_000));
    assert(Math.abs(sites.universe.now - start - 10.1) < 0.01);
    const between = sites.universe.now;
    succeed(sites, (done) => {
      file.sync(done);
    });
    assert(Math.abs(sites.universe.now - between - 1) < 0.01);
    const last = sites.universe.now;
    file.write(0, [syntheticPayload('b', 5_000_000)], () => {});
    read(sites, file, 0, 5_000_000);
    assert(Math.abs(sites.universe.now - last - 20.1) < 0.01);
  });

  it('tells which ranges hold anything', () => {
    const sites = createTwoSites();
    const file = open(sites, sites.left, 'ds/f');
    write(sites, file, 1000, syntheticPayload('a', 10));
    write(sites, file, 3 * mebibyte, syntheticPayload('a', 10));
    const { value } = answered<readonly { offset: number; length: number }[]>(sites, (done) => {
      file.written?.(done);
    });
    assert.deepEqual(value, [
      { offset: 1000, length: 10 },
      { offset: 3 * mebibyte, length: 10 },
    ]);
  });

  it('keeps what was synced, whatever happens', () => {
    for (let seed = 0; seed < 30; seed++) {
      const sites = createTwoSites({ seed });
      const file = open(sites, sites.left, 'ds/a/f');
      const kept = syntheticPayload('kept', 8192);
      write(sites, file, 0, kept);
      succeed(sites, (done) => {
        file.sync(done);
      });
      succeed(sites, (done) => {
        sites.left.world.storage.syncFolder('ds/a', done);
      });
      write(sites, file, 8192, syntheticPayload('unsure', 8192));
      sites.left.kill({ silent: true });
      sites.left.restart();
      const again = open(sites, sites.left, 'ds/a/f', { create: false });
      assert(samePayload(read(sites, again, 0, 8192), kept));
    }
  });

  it('loses, tears or keeps what was not synced when power is lost', () => {
    const fates = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const sites = createTwoSites({ seed });
      const file = open(sites, sites.left, 'ds/f');
      write(sites, file, 0, syntheticPayload('old', 4096));
      succeed(sites, (done) => {
        file.sync(done);
      });
      succeed(sites, (done) => {
        sites.left.world.storage.syncFolder('ds', done);
      });
      write(sites, file, 0, syntheticPayload('new', 4096));
      sites.left.kill({ silent: true });
      sites.left.restart();
      const again = open(sites, sites.left, 'ds/f', { create: false });
      const sectors = Array.from({ length: 8 }, (_, sector) => {
        const content = read(sites, again, sector * 512, 512);
        if (samePayload(content, syntheticPayload('old', 512, sector * 512))) return 'o';
        assert(samePayload(content, syntheticPayload('new', 512, sector * 512)));
        return 'n';
      }).join('');
      assert.match(sectors, /^(o*n*|n*o*)$/);
      fates.add(sectors === 'oooooooo' ? 'lost' : sectors === 'nnnnnnnn' ? 'kept' : 'torn');
    }
    assert.deepEqual([...fates].sort(), ['kept', 'lost', 'torn']);
  });

  it('keeps what the system had taken when only the process ends', () => {
    for (let seed = 0; seed < 20; seed++) {
      const sites = createTwoSites({ seed });
      const file = open(sites, sites.left, 'ds/f');
      const content = syntheticPayload('new', 4096);
      write(sites, file, 0, content);
      sites.left.kill();
      sites.left.restart();
      const again = open(sites, sites.left, 'ds/f', { create: false });
      assert(samePayload(read(sites, again, 0, 4096), content));
    }
  });

  it('loses new files, or removals, of a folder that was not synced', () => {
    const fates = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const sites = createTwoSites({ seed });
      const { storage } = sites.left.world;
      open(sites, sites.left, 'ds/a/old');
      succeed(sites, (done) => {
        storage.syncFolder('ds/a', done);
      });
      const file = open(sites, sites.left, 'ds/a/new');
      write(sites, file, 0, syntheticPayload('x', 10));
      succeed(sites, (done) => {
        file.sync(done);
      });
      succeed(sites, (done) => {
        storage.remove('ds/a/old', done);
      });
      sites.left.kill({ silent: true });
      sites.left.restart();
      const { value } = answered<readonly string[]>(sites, (done) => {
        sites.left.world.storage.list('ds/a', done);
      });
      fates.add(value?.join(' ') ?? '');
    }
    assert.deepEqual([...fates].sort(), ['', 'new', 'new old', 'old']);
  });

  it('gives back what was appended and lost: the file ends where it ended before', () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const sites = createTwoSites({ seed });
      const file = open(sites, sites.left, 'ds/f');
      write(sites, file, 0, syntheticPayload('old', 1000));
      succeed(sites, (done) => {
        file.sync(done);
      });
      succeed(sites, (done) => {
        sites.left.world.storage.syncFolder('ds', done);
      });
      write(sites, file, 1000, syntheticPayload('new', 1000, 1000));
      const before = free(sites);
      sites.left.kill({ silent: true });
      sites.left.restart();
      const again = open(sites, sites.left, 'ds/f', { create: false });
      const size = again.size();
      sizes.add(size);
      assert(samePayload(read(sites, again, 0, 1000), syntheticPayload('old', 1000)));
      if (size === 1000) assert.equal(free(sites), before + 1000);
    }
    assert(sizes.has(1000) && sizes.has(2000), [...sizes].join(' '));
  });

  it('syncs of a folder what was there when it was asked', () => {
    const found = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      const sites = createTwoSites({ seed });
      const { storage } = sites.left.world;
      open(sites, sites.left, 'ds/a/early');
      let synced = false;
      storage.syncFolder('ds/a', () => {
        synced = true;
      });
      sites.universe.run(sites.universe.now + 0.5);
      open(sites, sites.left, 'ds/a/late');
      assert(!synced);
      sites.universe.runWhile(() => !synced, 10_000);
      sites.left.kill({ silent: true });
      sites.left.restart();
      const { value } = answered<readonly string[]>(sites, (done) => {
        sites.left.world.storage.list('ds/a', done);
      });
      assert.equal(value?.[0], 'early');
      found.add(value.length);
    }
    assert.deepEqual([...found].sort(), [1, 2]);
  });

  it('keeps a new file of a folder that was never synced, once half a minute has passed', () => {
    for (let seed = 0; seed < 20; seed++) {
      const sites = createTwoSites({ seed });
      open(sites, sites.left, 'ds/f');
      sites.universe.run(40_000);
      sites.left.kill({ silent: true });
      sites.left.restart();
      open(sites, sites.left, 'ds/f', { create: false });
    }
  });

  it('is durable by itself after half a minute, and at once with writeThrough', () => {
    for (let seed = 0; seed < 20; seed++) {
      const sites = createTwoSites({ seed });
      const late = open(sites, sites.left, 'ds/late');
      write(sites, late, 0, syntheticPayload('x', 4096));
      sites.universe.run(40_000);
      const through = open(sites, sites.left, 'ds/through', { create: true, writeThrough: true });
      succeed(sites, (done) => {
        sites.left.world.storage.syncFolder('ds', done);
      });
      write(sites, through, 0, syntheticPayload('y', 4096));
      sites.left.kill({ silent: true });
      sites.left.restart();
      for (const [path, content] of [
        ['ds/late', 'x'],
        ['ds/through', 'y'],
      ] as const) {
        const again = open(sites, sites.left, path, { create: false });
        assert(samePayload(read(sites, again, 0, 4096), syntheticPayload(content, 4096)));
      }
    }
  });

  it('holds after a crash, sector by sector, one of the contents that could be there', () => {
    const sectors = 16;
    const step = fc.record({
      kind: fc.constantFrom('write', 'write', 'write', 'through', 'sync'),
      sector: fc.nat(sectors - 1),
      count: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), fc.nat(), (steps, seed) => {
        const sites = createTwoSites({ seed });
        const file = open(sites, sites.left, 'ds/f');
        const through = open(sites, sites.left, 'ds/f', { create: true, writeThrough: true });
        succeed(sites, (done) => {
          file.truncate(sectors * 512, done);
        });
        succeed(sites, (done) => {
          file.sync(done);
        });
        succeed(sites, (done) => {
          sites.left.world.storage.syncFolder('ds', done);
        });
        // Per sector the contents that may be found: what was durable last, and all written since.
        const possible = Array.from({ length: sectors }, () => ['nothing']);
        steps.forEach(({ kind, sector, count }, index) => {
          if (kind === 'sync') {
            succeed(sites, (done) => {
              file.sync(done);
            });
            for (const contents of possible) contents.splice(0, contents.length - 1);
            return;
          }
          const end = Math.min(sectors, sector + count);
          const name = `content ${index}`;
          const payload = syntheticPayload(name, (end - sector) * 512, sector * 512);
          write(sites, kind === 'through' ? through : file, sector * 512, payload);
          for (let at = sector; at < end; at++) {
            if (kind === 'through') possible[at]!.length = 0;
            possible[at]!.push(name);
          }
        });
        const allocated = free(sites);
        sites.left.kill({ silent: true });
        sites.left.restart();
        const again = open(sites, sites.left, 'ds/f', { create: false });
        assert.equal(again.size(), sectors * 512);
        possible.forEach((contents, sector) => {
          const found = read(sites, again, sector * 512, 512);
          const allowed = contents.some((name) =>
            samePayload(
              found,
              name === 'nothing' ? zeroes(512) : syntheticPayload(name, 512, sector * 512),
            ),
          );
          assert(allowed, `sector ${sector} holds none of ${contents.join(', ')}`);
        });
        assert(free(sites) >= allocated);
      }),
      { numRuns: 150 },
    );
  });
});
