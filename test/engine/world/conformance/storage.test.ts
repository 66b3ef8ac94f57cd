import assert from 'node:assert/strict';
import type { Payload } from '../../../../src/engine/world/payload.ts';
import {
  bytesPayload,
  joinPayloads,
  samePayload,
  zeroes,
} from '../../../../src/engine/world/payloads.ts';
import type { EngineProcess } from '../../../../src/engine/world/universe.ts';
import type { Done, OpenOptions, StoredFile } from '../../../../src/engine/world/world.ts';
import { answered, codeOf, given, kinds } from './worlds.ts';
import type { Bed } from './worlds.ts';

const mebibyte = 1024 * 1024;
const path = 'ds/folder/file';

function open(
  bed: Bed,
  process: EngineProcess,
  name = path,
  options: OpenOptions = { create: true },
): Promise<StoredFile> {
  return given<StoredFile>(bed, (done) => {
    process.world.storage.open(name, options, done);
  });
}

async function write(bed: Bed, file: StoredFile, offset: number, ...parts: Payload[]) {
  const code = await codeOf(bed, (done) => {
    file.write(offset, parts, done);
  });
  assert.equal(code, undefined);
}

function read(bed: Bed, file: StoredFile, offset: number, length: number): Promise<Payload> {
  return given<Payload>(bed, (done) => {
    file.read(offset, length, done);
  });
}

function text(value: string): Payload {
  return bytesPayload(new TextEncoder().encode(value));
}

function bytes(length: number, seed: number): Payload {
  const made = new Uint8Array(length);
  for (let at = 0; at < length; at++) made[at] = at * 7 + seed;
  return bytesPayload(made);
}

for (const [kind, create] of kinds) {
  describe(`the storage of a World (${kind})`, () => {
    let bed: Bed;

    beforeEach(() => {
      bed = create();
    });

    afterEach(() => bed.end());

    it('makes a file and its folders only where it is asked to', async () => {
      const { storage } = bed.left.world;
      const missing = await codeOf(bed, (done) => {
        storage.open(path, { create: false }, done);
      });
      assert.equal(missing, 'not-found');
      const made = await open(bed, bed.left);
      assert.equal(made.path, path);
      assert.equal(made.size(), 0);
      await open(bed, bed.left, path, { create: false });
    });

    it('knows no datastore but those of the site', async () => {
      const { error } = await answered(bed, (done) => {
        bed.left.world.storage.open('other/file', { create: true }, done);
      });
      assert.equal(error?.code, 'not-found');
      assert.match(error.message, /no datastore other; it has ds/);
      assert.equal(bed.left.world.storage.space('other/file'), undefined);
      const space = bed.left.world.storage.space(path);
      assert(space && space.free > 0 && space.free <= space.capacity);
    });

    it('reads back what was written in parts, with zeroes in the holes', async () => {
      for (const writeThrough of [false, true]) {
        const options = { create: true, writeThrough };
        const file = await open(bed, bed.left, `ds/through-${writeThrough}`, options);
        await write(bed, file, 10, text('one '), text('two '), zeroes(3), text('three'));
        assert.equal(file.size(), 26);
        const all = await read(bed, file, 0, 26);
        assert.equal(
          new TextDecoder().decode(all.bytes()),
          `${'\0'.repeat(10)}one two \0\0\0three`,
        );
        await write(bed, file, 14, text('TWO'));
        const middle = await read(bed, file, 12, 6);
        assert.equal(new TextDecoder().decode(middle.bytes()), 'e TWO ');
      }
    });

    it('keeps what is larger than one call of the system takes', async () => {
      const file = await open(bed, bed.left);
      const parts = Array.from({ length: 1500 }, (_, index) => bytes(13_001, index));
      await write(bed, file, 5, ...parts);
      const all = await read(bed, file, 5, 1500 * 13_001);
      assert.equal(all.checksum(), joinPayloads(parts).checksum());
    });

    it('writes zeroes over data, over holes and beyond the end', async () => {
      const file = await open(bed, bed.left);
      await write(bed, file, 0, bytes(3 * mebibyte, 1));
      await write(bed, file, mebibyte / 2 + 1, zeroes(2 * mebibyte));
      await write(bed, file, 4 * mebibyte, zeroes(3 * mebibyte + 5));
      assert.equal(file.size(), 7 * mebibyte + 5);
      const all = await read(bed, file, 0, file.size());
      assert(samePayload(all.slice(0, mebibyte / 2 + 1), bytes(mebibyte / 2 + 1, 1)));
      const zeroed = all.slice(mebibyte / 2 + 1, mebibyte * 2.5 + 1);
      assert(samePayload(zeroed, zeroes(2 * mebibyte)));
      const behind = all.slice(mebibyte * 2.5 + 1, 3 * mebibyte);
      assert(samePayload(behind, bytes(3 * mebibyte, 1).slice(mebibyte * 2.5 + 1, 3 * mebibyte)));
      assert(samePayload(all.slice(3 * mebibyte, file.size()), zeroes(4 * mebibyte + 5)));
    });

    it('writes nothing, and still says so', async () => {
      const file = await open(bed, bed.left);
      await write(bed, file, 100);
      await write(bed, file, 0, zeroes(0));
      assert.equal((await read(bed, file, 0, 0)).length, 0);
    });

    it('refuses what does not lie in the file', async () => {
      const file = await open(bed, bed.left);
      await write(bed, file, 0, bytes(100, 1));
      for (const [offset, length] of [
        [0, 101],
        [100, 1],
        [-1, 1],
        [5, -1],
      ] as const) {
        const code = await codeOf(bed, (done) => {
          file.read(offset, length, done);
        });
        assert.equal(code, 'out-of-range', `${length} bytes at ${offset}`);
      }
      const code = await codeOf(bed, (done) => {
        file.write(-1, [text('x')], done);
      });
      assert.equal(code, 'out-of-range');
    });

    it('grows with zeroes and loses what is cut off', async () => {
      const file = await open(bed, bed.left);
      const cut = async (size: number): Promise<void> => {
        const code = await codeOf(bed, (done) => {
          file.truncate(size, done);
        });
        assert.equal(code, undefined);
        assert.equal(file.size(), size);
      };
      await cut(10);
      await write(bed, file, 0, text('0123456789'));
      await cut(4);
      await cut(6);
      assert.equal(new TextDecoder().decode((await read(bed, file, 0, 6)).bytes()), '0123\0\0');
    });

    it('syncs as often as it is asked, each time with an answer', async () => {
      const file = await open(bed, bed.left);
      let left = 5;
      for (let count = 0; count < 5; count++) {
        file.write(count * 100, [bytes(100, count)], () => undefined);
        file.sync((error) => {
          assert.equal(error, undefined);
          left--;
        });
      }
      await bed.until(() => left === 0);
      await write(bed, file, 0, text('x'));
      const folder = await codeOf(bed, (done) => {
        bed.left.world.storage.syncFolder('ds/folder', done);
      });
      assert.equal(folder, undefined);
    });

    it('lists the files below a folder, sorted, and removes them', async () => {
      const { storage } = bed.left.world;
      const list = (folder: string): Promise<readonly string[]> =>
        given<readonly string[]>(bed, (done) => {
          storage.list(folder, done);
        });
      assert.deepEqual(await list('ds/nothing'), []);
      for (const name of ['b', 'a/deep/file', 'a.b', '10', '9']) {
        (await open(bed, bed.left, `ds/list/${name}`)).close();
      }
      await open(bed, bed.left, 'ds/listless');
      assert.deepEqual(await list('ds/list'), ['10', '9', 'a.b', 'a/deep/file', 'b']);
      const remove = (name: string): Promise<string | undefined> =>
        codeOf(bed, (done) => {
          storage.remove(name, done);
        });
      assert.equal(await remove('ds/list/b'), undefined);
      assert.equal(await remove('ds/list/b'), 'not-found');
      assert.deepEqual(await list('ds/list'), ['10', '9', 'a.b', 'a/deep/file']);
    });

    it('takes names for what they are, whatever a system makes of them', async () => {
      const names = ['..', '.', 'con', 'a:b', 'a%3Ab', 'ends.', 'ends ', 'ü', 'tab\t', '*?<>|"\\'];
      for (const name of names) {
        const file = await open(bed, bed.left, `ds/names/${name}/file`);
        await write(bed, file, 0, text(name));
        file.close();
      }
      for (const name of names) {
        const file = await open(bed, bed.left, `ds/names/${name}/file`, { create: false });
        const held = await read(bed, file, 0, file.size());
        assert.equal(new TextDecoder().decode(held.bytes()), name);
      }
      const listed = await given<readonly string[]>(bed, (done) => {
        bed.left.world.storage.list('ds/names', done);
      });
      assert.deepEqual([...listed], names.map((name) => `${name}/file`).sort());
    });

    it('answers nothing but `closed` once a file is closed', async () => {
      const file = await open(bed, bed.left);
      await write(bed, file, 0, text('x'));
      file.close();
      file.close();
      const asks: ((done: Done) => void)[] = [
        (done) => {
          file.read(0, 1, done);
        },
        (done) => {
          file.write(0, [text('y')], done);
        },
        (done) => {
          file.sync(done);
        },
        (done) => {
          file.truncate(0, done);
        },
        (done) => {
          file.written?.(done);
        },
      ];
      for (const ask of asks) assert.equal(await codeOf(bed, ask), 'closed');
    });

    it('shows one file to all who have it open', async () => {
      const one = await open(bed, bed.left);
      const other = await open(bed, bed.left, path, { create: false, writeThrough: true });
      await write(bed, one, 0, text('hello'));
      assert.equal(other.size(), 5);
      await write(bed, other, 3, text('p!'));
      assert.equal(new TextDecoder().decode((await read(bed, one, 0, 5)).bytes()), 'help!');
    });

    it('names ranges outside of which there is nothing', async () => {
      const file = await open(bed, bed.left);
      await given<undefined | true>(bed, (done) => {
        file.truncate(8 * mebibyte, (error) => {
          done(error, true);
        });
      });
      const ranges = async (): Promise<readonly { offset: number; length: number }[]> =>
        given(bed, (done) => {
          file.written?.(done);
        });
      assert.deepEqual(await ranges(), []);
      await write(bed, file, mebibyte, bytes(4096, 1));
      const covered = (await ranges()).some(
        ({ offset, length }) => offset <= mebibyte && offset + length >= mebibyte + 4096,
      );
      assert(covered);
    });

    it('ends with its process, whose next life finds what was synced', async () => {
      const file = await open(bed, bed.left);
      await write(bed, file, 0, text('kept'));
      await given<true>(bed, (done) => {
        file.sync((error) => {
          done(error, true);
        });
      });
      let heard = 0;
      const hear = (): void => {
        heard++;
      };
      const { storage } = bed.left.world;
      file.write(4, [text(' or not')], hear);
      file.read(0, 4, hear);
      file.sync(hear);
      storage.open('ds/another', { create: true }, hear);
      storage.list('ds', hear);
      bed.left.kill();
      storage.open(path, { create: false }, hear);
      bed.left.restart();
      const again = await open(bed, bed.left, path, { create: false });
      assert.equal(new TextDecoder().decode((await read(bed, again, 0, 4)).bytes()), 'kept');
      await bed.pass(20);
      assert.equal(heard, 0, 'nobody is left to be told');
    });
  });
}
