/** The client before targets that nobody here wrote. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openReplicaDisks } from '../../../src/engine/disk/replica-disk.ts';
import type { ReplicaDisks } from '../../../src/engine/disk/replica-disk.ts';
import { openRemoteDisk } from '../../../src/engine/nbd/remote-disk.ts';
import type { RemoteDisk, RemoteDiskOptions } from '../../../src/engine/nbd/remote-disk.ts';
import { remoteFile } from '../../../src/engine/nbd/remote-file.ts';
import { parseNbdUri } from '../../../src/engine/nbd/uri.ts';
import { createNodeStreams } from '../../../src/engine/world/node/streams.ts';
import type { Payload } from '../../../src/engine/world/payload.ts';
import { bytesPayload, zeroes } from '../../../src/engine/world/payloads.ts';
import type { Answer, Done, Storage, World, WorldError } from '../../../src/engine/world/world.ts';
import { RamDisk } from './disks.ts';
import { machineClock, serving } from './machine.ts';
import { needs, withFolder, running } from '../../programs.ts';

const MiB = 1024 * 1024;

function open(socket: string, options: Partial<RemoteDiskOptions> = {}): Promise<RemoteDisk> {
  const subject = `nbd+unix:///?socket=${socket}`;
  return asked((done) => {
    openRemoteDisk(
      {
        streams: createNodeStreams(),
        clock: machineClock,
        target: parseNbdUri(subject),
        subject,
        ...options,
      },
      done,
    );
  });
}

function asked<T>(ask: (done: Answer<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, value) => {
      if (error) reject(error);
      else resolve(value as T);
    });
  });
}

function told(ask: (done: Done) => void): Promise<void> {
  return asked<undefined>((done) => {
    ask((error) => {
      done(error, undefined);
    });
  });
}

function image(folder: string, size: number): Promise<string> {
  const path = join(folder, 'image');
  return writeFile(path, new Uint8Array(size)).then(() => path);
}

/** Writes pieces of random content side by side, again where that fails. Answers how often it failed. */
async function fill(disk: RemoteDisk, content: Buffer, piece: number): Promise<number> {
  let failures = 0;
  let todo = Array.from({ length: content.length / piece }, (_, index) => index * piece);
  for (let round = 0; todo.length > 0; round++) {
    assert.ok(round < 100, 'it never succeeds');
    const failed: number[] = [];
    await Promise.all(
      todo.map((at) => {
        const data = bytesPayload(content.subarray(at, at + piece));
        return told((done) => {
          disk.write(at, data, false, done);
        }).catch((error: unknown) => {
          assert.equal((error as WorldError).code, 'input-output');
          failed.push(at);
        });
      }),
    );
    failures += failed.length;
    todo = failed;
  }
  return failures;
}

async function holds(disk: RemoteDisk, content: Buffer): Promise<void> {
  const read = await asked<Payload>((done) => {
    disk.read(0, content.length, done);
  });
  assert.ok(content.equals(read.bytes()));
}

describe('NBD client, before other targets', () => {
  it('nbdkit: error and delay filters, and what was written is there', async function () {
    needs(this, 'nbdkit');
    await withFolder(async (folder) => {
      const path = await image(folder, 8 * MiB);
      const socket = join(folder, 'target');
      const faults = ['error-pwrite-rate=20%', 'wdelay=5ms', 'rdelay=5ms'];
      const args = ['-f', '-U', socket, '--filter=error', '--filter=delay', 'file', path];
      const content = randomBytes(8 * MiB);
      await running('nbdkit', [...args, ...faults], socket, async () => {
        const disk = await open(socket);
        const failures = await fill(disk, content, 65_536);
        assert.ok(failures > 0, 'the filter did its work');
        await told((done) => {
          disk.flush(done);
        });
        await holds(disk, content);
        disk.close();
      });
      assert.ok(content.equals(await readFile(path)));
    });
  });

  it('nbdkit: killed in the middle, its writes go on over the next connection', async function () {
    needs(this, 'nbdkit');
    await withFolder(async (folder) => {
      const path = await image(folder, 8 * MiB);
      const socket = join(folder, 'target');
      const args = ['-f', '-U', socket, '--filter=delay', 'file', path, 'wdelay=200ms'];
      const content = randomBytes(8 * MiB);
      const { disk, writing } = await running('nbdkit', args, socket, async () => {
        const opened = await open(socket);
        const half = told((done) => {
          opened.write(0, bytesPayload(content.subarray(0, MiB)), false, done);
        });
        await half;
        return { disk: opened, writing: fill(opened, content, 65_536) };
      });
      await rm(socket);
      await running('nbdkit', args, socket, async () => {
        assert.equal(await writing, 0);
        const flush = (): Promise<void> =>
          told((done) => {
            disk.flush(done);
          });
        await assert.rejects(flush(), /before all that was written was durable/);
        await fill(disk, content, MiB);
        await flush();
        await holds(disk, content);
        disk.close();
      });
      assert.ok(content.equals(await readFile(path)));
    });
  });

  it('qemu-nbd: is written, zeroed, trimmed and mapped', async function () {
    needs(this, 'qemu-nbd');
    await withFolder(async (folder) => {
      const path = await image(folder, 8 * MiB);
      const socket = join(folder, 'target');
      const args = ['-f', 'raw', '-k', socket, '-t', '-e', '4', '--discard=unmap', path];
      await running('qemu-nbd', args, socket, async () => {
        const disk = await open(socket);
        assert.equal(disk.size, 8 * MiB);
        await fill(disk, Buffer.alloc(8 * MiB, 5), MiB);
        await told((done) => {
          disk.zero(MiB + 1, MiB, { fua: true, mayTrim: true }, done);
        });
        await told((done) => {
          disk.write(5 * MiB - 3, zeroes(6), true, done);
        });
        await told((done) => {
          disk.trim(6 * MiB, MiB, true, done);
        });
        await told((done) => {
          disk.flush(done);
        });
        const expected = Buffer.alloc(6 * MiB, 5).fill(0, MiB + 1, 2 * MiB + 1);
        expected.fill(0, 5 * MiB - 3, 5 * MiB + 3);
        await holds(disk, expected);
        disk.close();
      });
    });
  });

  it('the server of our own: replica disks live on it', async () => {
    await serving(async ({ server, socket }) => {
      const target = new RamDisk(4 * MiB);
      server.add({ name: '', disk: target });
      const disk = await open(socket);
      const storage = {
        open: (path: string, _options: unknown, done: Answer<unknown>) => {
          done(undefined, remoteFile(disk, { path, clock: machineClock }));
        },
        syncFolder: (_folder: string, done: Done) => {
          done(undefined);
        },
      } as unknown as Storage;
      const world = { storage, clock: machineClock } as unknown as World;
      const place = { name: 'disk', size: 4 * MiB };
      const replica = await asked<ReplicaDisks>((done) => {
        openReplicaDisks(world, 'store', [place], done);
      });
      const content = randomBytes(100_000);
      await told((done) => {
        replica.apply(
          [
            { disk: 0, offset: 5, payload: bytesPayload(content) },
            { disk: 0, offset: 50, payload: zeroes(1000) },
          ],
          done,
        );
      });
      await told((done) => {
        replica.sync(done);
      });
      content.fill(0, 45, 1045);
      const read = await asked<Payload>((done) => {
        replica.read(0, 5, 100_000, done);
      });
      assert.ok(content.equals(read.bytes()));
      assert.equal(target.calls.at(-1), 'flush');
      replica.close();
    });
  });
});
