import assert from 'node:assert/strict';
import type { FrameEntry } from '../../../src/engine/journal/frame.ts';
import { openJournal } from '../../../src/engine/journal/journal.ts';
import type { Image, Journal } from '../../../src/engine/journal/journal.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { joinPayloads, samePayload, syntheticPayload } from '../../../src/engine/world/payloads.ts';
import type { World } from '../../../src/engine/world/world.ts';
import { createTwoSites } from '../world/two-sites.ts';

const BLOCK = 64 * 1024;
const BLOCKS = 64;

const options = {
  stream: 'Accounting/db1',
  disks: [{ name: 'scsi:0:0', size: BLOCK * BLOCKS }],
  history: 600_000,
  journalFolder: 'ds/journal/Accounting/db1',
  replicaFolder: 'ds/replica/Accounting/db1',
};

describe('journal: in the simulated world', () => {
  it('lives through power cuts at any moment, with payloads that are never bytes', () => {
    const sites = createTwoSites({ seed: 11 });
    const { universe } = sites;
    let world: World = sites.right.world;
    let journal = open(world);
    const disk: Payload[] = Array.from({ length: BLOCKS }, () =>
      syntheticPayload('none', BLOCK, 0),
    );
    const images = new Map<number, readonly Payload[]>();
    let epoch = 0;
    let sequence = 0;
    let checkpoint = 0;
    let acknowledged = 0;

    function open(of: World): Journal {
      let opened: Journal | undefined;
      openJournal(of, options, (error, value) => {
        if (error !== undefined) throw error;
        opened = value;
      });
      universe.run(universe.now + 5000);
      assert.ok(opened !== undefined);
      return opened;
    }

    function append(entries: readonly FrameEntry[], parts: readonly Payload[], marker = 0): void {
      const raw = joinPayloads(parts);
      const { encoding, data } = world.codec.compress(raw, 1);
      const checksum = data.checksum();
      const firstSequence = sequence + 1;
      sequence += entries.length;
      const frame = { stream: options.stream, epoch, firstSequence, entries, encoding, data };
      journal.append({ ...frame, rawLength: raw.length, checksum }, (error) => {
        assert.equal(error, undefined);
        acknowledged = Math.max(acknowledged, marker);
      });
    }

    function resync(): void {
      epoch += 1;
      sequence = 0;
      const time = universe.now;
      const writes = disk.map((_, block) => {
        const offset = block * BLOCK;
        return { kind: 'write', time, disk: 0, offset, length: BLOCK, rawOffset: offset } as const;
      });
      append([{ kind: 'sync-begin', time, sync: 'initial' }], []);
      append(writes, disk);
      append([{ kind: 'sync-end', time, sync: 'initial' }], []);
    }

    for (let life = 0; life < 6; life += 1) {
      resync();
      for (let tick = 0; tick < 150; tick += 1) {
        const block = (tick * 7 + life) % BLOCKS;
        const payload = syntheticPayload(`write ${life}/${tick}`, BLOCK, 0);
        disk[block] = payload;
        const time = universe.now;
        const place = { disk: 0, offset: block * BLOCK, length: BLOCK, rawOffset: 0 };
        append([{ kind: 'write', time, ...place }], [payload]);
        checkpoint += 1;
        images.set(checkpoint, [...disk]);
        append([{ kind: 'checkpoint', time, checkpoint }], [], checkpoint);
        universe.run(universe.now + 4990 + ((tick * 13) % 20));
        if (tick % 3 === 0)
          journal.age(universe.now, (error) => {
            assert.equal(error, undefined);
          });
      }
      append([{ kind: 'zero', time: universe.now, disk: 0, offset: 0, length: BLOCK }], []);
      universe.run(universe.now + life * 0.3);
      sites.right.kill({ silent: true });
      disk[0] = syntheticPayload(`after life ${life}`, BLOCK, 0);
      world = sites.right.restart();
      journal = open(world);
      assert.equal(journal.damage, undefined);
      assert.ok((journal.newest()?.checkpoint ?? 0) >= acknowledged);
      const ids = journal
        .checkpoints()
        .flatMap(({ checkpoint: first, count, step }) =>
          Array.from({ length: count }, (_, index) => first + index * step),
        );
      assert.ok(ids.length > 100, `${ids.length} checkpoints`);
      for (const id of ids.filter((_, index) => index % 10 === 0 || index === ids.length - 1)) {
        const expected = images.get(id);
        assert.ok(expected !== undefined && samePayload(contentAt(id), joinPayloads(expected)));
      }
    }

    function contentAt(id: number): Payload {
      let content: Payload | undefined;
      journal.openImage(id, { scratchFolder: `ds/scratch/${id}` }, (error, image?: Image) => {
        if (image === undefined) throw error ?? new Error('no image');
        image.read(0, 0, BLOCK * BLOCKS, (unread, payload) => {
          if (unread !== undefined) throw unread;
          content = payload;
          image.close((problem) => {
            assert.equal(problem, undefined);
          });
        });
      });
      universe.run(universe.now + 2000);
      assert.ok(content !== undefined);
      return content;
    }
  });
});
