import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QuestionError } from '../../../src/engine/control/questions.ts';
import type { ExportedDisk } from '../../../src/engine/nbd/exported-disk.ts';
import { checkCloneTarget, writeClone } from '../../../src/engine/process/clone-files.ts';
import { bytesPayload } from '../../../src/engine/world/payloads.ts';
import { WorldError } from '../../../src/engine/world/world.ts';

/** A disk full of one byte, which breaks from an offset on. */
function disk(size: number, byte: number, brokenFrom = Infinity): ExportedDisk {
  const never = (): never => {
    throw new Error('A copy is only read.');
  };
  return {
    size,
    readOnly: true,
    zeroesFast: false,
    read: (offset, length, done) => {
      if (offset + length > brokenFrom) {
        done(new WorldError('input-output', 'the copy', 'the medium is broken'), undefined);
      } else done(undefined, bytesPayload(new Uint8Array(length).fill(byte)));
    },
    write: never,
    flush: never,
    zero: never,
    trim: never,
  };
}

const mib = 1024 * 1024;

describe('a clone', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-clone-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const write = (
    disks: Readonly<Record<string, ExportedDisk>>,
    signal = new AbortController().signal,
    progress: (done: number, total: number) => void = () => undefined,
  ) =>
    writeClone(
      { folder, format: 'raw' },
      { disks: new Map(Object.entries(disks)), uriOf: () => '', signal, progress },
    );
  const notPossible = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof QuestionError);
    assert.equal(error.code, 'not-possible');
    assert.match(error.message, pattern);
    return true;
  };

  it('is a file for each disk, and tells how far it is', async () => {
    const told: number[][] = [];
    const paths = await write(
      { 'A/one': disk(mib, 1), 'A/two': disk(2 * mib, 2) },
      undefined,
      (done, total) => told.push([done, total]),
    );
    assert.deepEqual(Object.keys(paths), ['A/one', 'A/two']);
    assert.ok(readFileSync(join(folder, 'A-two.raw')).equals(Buffer.alloc(2 * mib, 2)));
    assert.deepEqual(readdirSync(folder).sort(), ['A-one.raw', 'A-two.raw']);
    assert.deepEqual(told.at(-1), [3 * mib, 3 * mib]);
  });

  it('of which one disk cannot be written leaves nothing, neither whole nor half', async () => {
    const broken = { 'A/one': disk(mib, 1), 'A/two': disk(16 * mib, 2, 8 * mib) };
    await assert.rejects(write(broken), notPossible(/the medium is broken/));
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is given up when its client has left', async () => {
    const leaving = new AbortController();
    const progress = (done: number): void => {
      if (done > mib) leaving.abort();
    };
    const disks = { 'A/one': disk(mib, 1), 'A/two': disk(64 * mib, 2) };
    await assert.rejects(
      write(disks, leaving.signal, progress),
      notPossible(/The client has left/),
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is refused beforehand where a file is there already, or no folder can be', async () => {
    writeFileSync(join(folder, 'A-one.raw'), 'mine');
    const target = { folder, format: 'raw' } as const;
    await assert.rejects(checkCloneTarget(target, ['A/one']), notPossible(/is there already/));
    await checkCloneTarget(target, ['A/two']);
    const below = { folder: join(folder, 'A-one.raw', 'x'), format: 'raw' } as const;
    await assert.rejects(checkCloneTarget(below, []), notPossible(/Nothing can be written to/));
    assert.equal(readFileSync(join(folder, 'A-one.raw'), 'utf8'), 'mine');
  });

  it('stays in its folder, whatever a VM is called', async () => {
    const paths = await write({ '../../evil/..': disk(512, 1) });
    const [path = ''] = Object.values(paths);
    assert.ok(existsSync(path));
    assert.equal(readdirSync(folder).length, 1);
  });
});
