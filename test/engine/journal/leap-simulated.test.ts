import assert from 'node:assert/strict';
import type { FrameEntry } from '../../../src/engine/journal/frame.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import type { Image, Journal, JournalAnswer } from '../../../src/engine/journal/journal.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { samePayload, syntheticPayload, zeroes } from '../../../src/engine/world/payloads.ts';
import { createRandom } from '../../../src/engine/world/random.ts';
import type { SimulatedUniverse } from '../../../src/engine/world/simulated.ts';
import { createTwoSites } from '../world/two-sites.ts';
import { ItemStretch, tell } from './quiet-stretch-fixture.ts';
import type { ToldItem } from './quiet-stretch-fixture.ts';
import { DISK_BYTES, journalOptions, offered, Sender } from './shadow.ts';

const FOLDER = 'ds/journal';

describe('journal: leaping in the simulated world', () => {
  it('leaves what the loss of power takes nothing from', () => {
    const sites = createTwoSites({ seed: 5 });
    const { universe } = sites;
    const ground = universe.ground(sites.rightSite);
    const random = createRandom(5);
    const sender = new Sender();
    const options = journalOptions({ history: 200_000, promotionBytes: undefined });
    let { world } = sites.right;
    let journal = run(open);
    const add = (stretch: ItemStretch, entries: readonly FrameEntry[] = []): void => {
      // The sender's own frames are made for another codec: a stretch's can be appended as well.
      let sequence = stretch.firstSequence;
      const frames = stretch.items.flatMap((item) => {
        const made = stretch.framesOf(item, sequence);
        sequence += made.reduce((sum, frame) => sum + frame.entries.length, 0);
        return made;
      });
      if (entries.length > 0) {
        const data = zeroes(0);
        const { stream, epoch, sequence: last } = sender;
        frames.push({
          ...{ stream, epoch, firstSequence: last + 1, entries, encoding: 'none' },
          ...{ rawLength: 0, data, checksum: data.checksum() },
        });
        sender.sequence += entries.length;
      }
      for (const frame of frames) {
        journal.append(frame, (error) => {
          assert.equal(error, undefined);
        });
      }
      universe.run(universe.now + 5000);
    };
    const told = (bunches: number): ItemStretch =>
      tell(sender, random, world.codec, { bunches, interval: 5000 });
    const here = (): ItemStretch => new ItemStretch(sender, [], world.codec);

    add(here(), [{ kind: 'sync-begin', time: 0, sync: 'initial' }]);
    add(here(), [{ kind: 'sync-end', time: 0, sync: 'initial' }]);
    for (let round = 0; round < 6; round += 1) {
      add(told(20));
      run((done) => {
        journal.age(sender.time, (error) => {
          done(error, true);
        });
      });
      const stretch = told(round % 2 === 0 ? 25 : 400);
      assert.equal(journal.quiet, true);
      journal.leap(stretch, sender.time, ground);
      if (round % 3 > 0) {
        sites.right.kill({ silent: true });
        world = sites.right.restart();
        journal = run(open);
      }
      const { epoch, sequence } = sender;
      assert.deepEqual(journal.position, { epoch, sequence });
      const files = universe.files(sites.rightSite, FOLDER).filter((name) => name.endsWith('.seg'));
      const sizes = files.map(
        (name) => universe.peek(sites.rightSite, `${FOLDER}/${name}`)!.length,
      );
      assert.equal(
        journal.bytes,
        sizes.reduce((sum, size) => sum + size, 0),
      );
      const ids = offered(journal);
      assert.ok(ids.length > 20 && sender.images.has(ids[0]!));
      for (const id of ids.filter((_, index) => index % 7 === 0).concat(ids.at(-1)!)) {
        const opened = run<Image>((done) => {
          journal.openImage(id, { scratchFolder: `ds/scratch/${id}` }, done);
        });
        for (const [disk, expected] of sender.images.get(id)!.entries()) {
          const content = run<Payload>((done) => {
            opened.read(disk, 0, DISK_BYTES, done);
          });
          assert.ok(Buffer.from(content.bytes()).equals(expected), `checkpoint ${id}`);
        }
        run((done) => {
          opened.close((error) => {
            done(error, true);
          });
        });
      }
    }

    function open(done: JournalAnswer<Journal>): void {
      openJournal(world, options, done);
    }

    function run<T>(call: (done: JournalAnswer<T>) => void): T {
      return answerOf(universe, call);
    }
  });

  it('finds what lies far behind the beginning of a long segment', () => {
    const MIB = 1024 * 1024;
    const sites = createTwoSites({ seed: 6 });
    const { universe, rightSite } = sites;
    const options = journalOptions({ history: 86_400_000, disks: [{ name: 'd', size: 16 * MIB }] });
    let { world } = sites.right;
    let journal = answerOf<Journal>(universe, (done) => {
      openJournal(world, options, done);
    });
    const begin: FrameEntry[] = [
      { kind: 'sync-begin', time: 0, sync: 'initial' },
      { kind: 'sync-end', time: 0, sync: 'initial' },
      { kind: 'checkpoint', time: 0, checkpoint: 1 },
    ];
    const data = zeroes(0);
    const { stream } = options;
    journal.append(
      {
        ...{ stream, epoch: 1, firstSequence: 1, entries: begin, encoding: 'none' },
        ...{ rawLength: 0, data, checksum: data.checksum() },
      },
      (error) => {
        assert.equal(error, undefined);
      },
    );
    universe.run(universe.now + 1000);
    const items = Array.from({ length: 400 }, (_, index): ToldItem[] => {
      const [time, checkpoint] = [5000 * index, index + 2];
      const write = { disk: 0, offset: (index % 16) * MIB, length: MIB, content: index };
      return [
        { time, marker: undefined, writes: [write] },
        { time, marker: { checkpoint, time }, writes: [] },
      ];
    }).flat();
    const at = { stream, epoch: 1, sequence: begin.length };
    const stretch = new ItemStretch(at, items, world.codec, MIB);
    journal.leap(stretch, 400 * 5000, universe.ground(rightSite));
    const sizes = universe
      .files(rightSite, FOLDER)
      .filter((name) => name.endsWith('.seg'))
      .map((name) => universe.peek(rightSite, `${FOLDER}/${name}`)!.length);
    assert.ok(Math.max(...sizes) > 100 * MIB && Math.max(...sizes) < 130 * MIB, sizes.join());
    for (const isAnew of [false, true]) {
      if (isAnew) {
        sites.right.kill({ silent: true });
        world = sites.right.restart();
        journal = answerOf(universe, (done) => {
          openJournal(world, options, done);
        });
      }
      for (const checkpoint of [200, 401]) {
        const opened = answerOf<Image>(universe, (done) => {
          journal.openImage(checkpoint, { scratchFolder: 'ds/scratch' }, done);
        });
        for (let block = 0; block < 16; block += 1) {
          const last = checkpoint - 2;
          const content = last - ((last - block) % 16);
          const payload = answerOf<Payload>(universe, (done) => {
            opened.read(0, block * MIB, MIB, done);
          });
          assert.ok(samePayload(payload, syntheticPayload(content, MIB)), `block ${block}`);
        }
        answerOf(universe, (done) => {
          opened.close((error) => {
            done(error, true);
          });
        });
      }
    }
  });

  function answerOf<T>(universe: SimulatedUniverse, call: (done: JournalAnswer<T>) => void): T {
    let answer: T | undefined;
    call((error, value) => {
      if (error !== undefined) throw error;
      answer = value;
    });
    universe.runWhile(() => answer === undefined, universe.now + 60_000);
    assert.ok(answer !== undefined);
    return answer;
  }
});
