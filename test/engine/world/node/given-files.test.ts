import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeUniverse } from '../../../../src/engine/world/node.ts';
import { fromFileName, toFileName } from '../../../../src/engine/world/node/file-names.ts';
import { ImageCheck } from '../../../../src/engine/world/node/images.ts';
import { bytesPayload, zeroes } from '../../../../src/engine/world/payloads.ts';
import type { StoredFile, WorldError } from '../../../../src/engine/world/world.ts';
import { loadTwoSites } from '../two-sites.ts';

const disk = 'ds/vms/vm/data.disk';

describe('files of the user on the real machine', () => {
  let folder: string;
  let universe: NodeUniverse | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-given-'));
  });

  afterEach(async () => {
    await new Promise<void>((resolve) => {
      if (universe) universe.stop(resolve);
      else resolve();
    });
    universe = undefined;
    rmSync(folder, { recursive: true });
  });

  function storage(file: string): ReturnType<NodeUniverse['createProcess']>['world']['storage'] {
    const topology = loadTwoSites();
    const [site] = [...topology.sites.values()];
    assert(site);
    const given = new Map([[site, new Map([[disk, file]])]]);
    universe = new NodeUniverse(topology, { folder: join(folder, 'state'), given, seed: 1 });
    return universe.createProcess('host', { site }).world.storage;
  }

  function ended(
    ask: (done: (error: WorldError | undefined) => void) => void,
  ): Promise<WorldError | undefined> {
    return new Promise((resolve) => {
      ask(resolve);
    });
  }

  async function open(file: string, writeThrough = false): Promise<StoredFile> {
    const files = storage(file);
    return new Promise((resolve, reject) => {
      files.open(disk, { create: true, writeThrough }, (error, opened) => {
        if (opened) resolve(opened);
        else reject(error ?? new Error('no file'));
      });
    });
  }

  it('tells when it was changed last, also where what replaced its content has an older time', async () => {
    const file = join(folder, 'disk.img');
    writeFileSync(file, Buffer.alloc(100, 'x'));
    const opened = await open(file);
    const changed = (): Promise<number> =>
      new Promise((resolve, reject) => {
        opened.changed?.((error, time) => {
          if (time === undefined) reject(error ?? new Error('no time'));
          else resolve(time);
        });
      });
    const first = await changed();
    await new Promise((later) => setTimeout(later, 20));
    writeFileSync(file, Buffer.alloc(100, 'y'));
    utimesSync(file, 1, 1);
    assert.ok((await changed()) > first);
  });

  it('reads and writes the file itself, and never makes it longer or shorter', async () => {
    const file = join(folder, 'disk.img');
    writeFileSync(file, Buffer.alloc(100, 'x'));
    const opened = await open(file);
    assert.equal(opened.size(), 100);
    assert.equal(
      await ended((done) => {
        opened.write(98, [bytesPayload(Uint8Array.of(1, 2))], done);
      }),
      undefined,
    );
    assert.deepEqual([...readFileSync(file).subarray(97)], [120, 1, 2]);
    const beyond = await ended((done) => {
      opened.write(99, [bytesPayload(Uint8Array.of(1, 2))], done);
    });
    assert.equal(beyond?.code, 'out-of-range');
    const resized = await ended((done) => {
      opened.truncate(50, done);
    });
    assert.equal(resized?.code, 'input-output');
    assert.equal(readFileSync(file).length, 100);
  });

  it('neither makes a file that is not there nor removes one that is', async () => {
    const file = join(folder, 'disk.img');
    await assert.rejects(open(file), { code: 'not-found' });
    await new Promise<void>((resolve) => {
      universe?.stop(resolve);
    });
    writeFileSync(file, 'x');
    const files = storage(file);
    const removed = await ended((done) => {
      files.remove(disk, done);
    });
    assert.equal(removed?.code, 'input-output');
    assert.equal(readFileSync(file, 'utf8'), 'x');
  });

  it('says that a file has become shorter', async () => {
    const file = join(folder, 'disk.img');
    writeFileSync(file, Buffer.alloc(100, 'x'));
    const opened = await open(file);
    truncateSync(file, 10);
    const error = await ended((done) => {
      opened.read(0, 100, done);
    });
    assert.equal(error?.code, 'input-output');
    assert.match(error.message, /ends at 10 bytes now and had 100: somebody else made it shorter/);
  });

  it('never syncs again what a sync has failed for, and writes nothing to it', async function () {
    // The one file whose sync fails for everybody is a pipe, which Windows has not.
    if (process.platform === 'win32') this.skip();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const opened = await open(pipe);
    const first = await ended((done) => {
      opened.sync(done);
    });
    assert.equal(first?.code, 'input-output');
    assert.match(
      first.message,
      /what of it is on the disk is not known, so nothing is written to it/,
    );
    const again = await ended((done) => {
      opened.sync(done);
    });
    assert.equal(again, first, 'the system is not asked again');
    const written = await ended((done) => {
      opened.write(0, [zeroes(0)], done);
    });
    assert.equal(written, first);
  });

  it('looks at an image before anything is done with it', () => {
    const images = join(folder, 'lab');
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(images);
    mkdirSync(elsewhere);
    writeFileSync(join(images, 'good'), 'four');
    writeFileSync(join(elsewhere, 'far'), 'four');
    linkSync(join(images, 'good'), join(images, 'same'));
    symlinkSync(join(elsewhere, 'far'), join(images, 'way-out'));
    mkdirSync(join(images, 'folder'));
    const look = (image: string, size = 4, anywhere = false): string => {
      const check = new ImageCheck({ folder: images, anywhere });
      const found = check.look({ subject: 'vm/data', image, size });
      return typeof found === 'string' ? found : `${found.code}: ${found.message}`;
    };
    assert.equal(look('good'), join(images, 'good'));
    assert.match(look('none'), /^image-missing: vm\/data: .*made by: truncate -s 4 /);
    assert.match(look('folder'), /^image-missing: .* is not a file$/);
    assert.match(look('good', 5), /^image-size: .* has 4 bytes and is shorter than the disk's 5/);
    assert.match(look('good', 3), /^image-size: .* longer than the disk's 3; set the size/);
    assert.match(look('../elsewhere/far'), /^image-outside: /);
    assert.match(look(join(elsewhere, 'far')), /^image-outside: /);
    assert.match(look('way-out'), /^image-outside: .* it is a link to /);
    assert.equal(look('../elsewhere/far', 4, true), join(elsewhere, 'far'));
    const check = new ImageCheck({ folder: images, anywhere: false });
    check.look({ subject: 'a/data', image: 'good', size: 4 });
    const twice = check.look({ subject: 'b/data', image: 'same', size: 4 });
    assert(typeof twice === 'object' && twice.code === 'image-shared');
    assert.match(twice.message, /is that of a\/data as well/);
  });

  it('makes a file name of any name, and the name again of it', () => {
    const names = [
      'FS01',
      '..',
      '...',
      '',
      'nul',
      'NUL.txt',
      'com1',
      'a/b',
      'a\\b',
      '100%',
      '%2F',
      'ü€😀',
      ' x ',
    ];
    const made = names.map(toFileName);
    assert.deepEqual(made.map(fromFileName), names);
    assert.equal(new Set(made).size, names.length);
    for (const name of made) assert.doesNotMatch(name, /[/\\:*?"<>|]|^\.+$|[. ]$|^nul(\.|$)/i);
  });
});
