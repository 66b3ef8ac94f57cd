/** Other people's programs on the disks of `tidemark run`, and on what it recovers. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createRandom } from '../../src/engine/world/random.ts';
import { attempt, needs, run } from '../programs.ts';
import {
  bundleCommandLine,
  diskSize,
  LabFolder,
  patience,
  type RunningEngine,
} from './engine-process.ts';
import { inSync, statusOf } from './lab-status.ts';

const vpg = 'file-server';

describe('other people’s programs on the disks of tidemark run', function () {
  this.timeout(600_000);
  let lab: LabFolder;
  let engine: RunningEngine;
  const uri = (name = 'FS01/data'): string => engine.ready.disks[name] ?? '';

  before(async function () {
    this.timeout(2 * patience);
    await bundleCommandLine();
    lab = new LabFolder();
    engine = await lab.start();
    await inSync(lab);
  });

  after(async () => {
    await lab.remove();
  });

  /** Opens the newest checkpoint that holds all that was written so far. */
  async function atCheckpoint<T>(tag: string, use: (image: string) => Promise<T>): Promise<T> {
    lab.json('checkpoint', vpg, '--tag', tag);
    const { images } = lab.json('failover-test', vpg, '--checkpoint', tag) as {
      readonly images: Readonly<Record<string, string>>;
    };
    try {
      return await use(images['FS01/data'] ?? '');
    } finally {
      lab.json('stop-test', vpg);
    }
  }

  it('nbdinfo: finds all disks, and what they can do', async function () {
    needs(this, 'nbdinfo');
    const listed = await run(
      'nbdinfo',
      '--json',
      '--list',
      `nbd+unix:///?socket=${socketOf(uri())}`,
    );
    const { exports } = JSON.parse(listed) as {
      exports: Record<string, unknown>[];
    };
    const names = exports.map((each) => each['export-name']);
    assert.deepEqual(names.sort(), ['FS01/data', 'FS01/system']);
    for (const each of exports) {
      assert.equal(each['export-size'], diskSize);
      for (const can of ['can_flush', 'can_fua', 'can_trim', 'can_zero', 'can_multi_conn']) {
        assert.equal(each[can], true, can);
      }
      assert.equal(each['is_read_only'], false);
    }
  });

  it('qemu-io: patterns, zeroes and trims on the disk are at the checkpoint what they were', async function () {
    needs(this, 'qemu-io', 'qemu-img', 'nbdcopy');
    const io = (on: string, ...commands: readonly string[]): Promise<string> =>
      run('qemu-io', '-f', 'raw', ...commands.flatMap((command) => ['-c', command]), on);
    await io(
      uri(),
      'write -P 0x5a 1M 2M',
      'write -z 1536k 64k',
      'discard 2M 256k',
      'write -f -P 7 513 1025',
    );
    const before = join(lab.path, 'before.img');
    await run('nbdcopy', uri(), before);
    await atCheckpoint('patterns', async (image) => {
      await run('qemu-img', 'compare', '-f', 'raw', '-F', 'raw', before, image);
      const read = await io(
        image,
        'read -P 0x5a 1M 512k',
        'read -P 0 1536k 64k',
        'read -P 0 2M 256k',
      );
      assert.doesNotMatch(read, /failed/);
    });
  });

  it('fio: what it wrote with verify=crc32c it finds on the disk, and again at the checkpoint', async function () {
    needs(this, 'fio');
    const words = (on: string): string[] => [
      ...['--name=v', '--ioengine=nbd', `--uri=${on}`, '--rw=randwrite', '--bsrange=4k-64k'],
      ...[
        '--size=8m',
        '--iodepth=8',
        '--verify=crc32c',
        '--verify_state_save=0',
        '--verify_fatal=1',
        '--randseed=7',
      ],
      '--output=/dev/null',
    ];
    await run('fio', ...words(uri()), '--do_verify=1', '--fsync=32');
    await atCheckpoint('verified', (image) => run('fio', ...words(image), '--verify_only'));
    const other = await attempt('fio', ...words(uri('FS01/system')), '--verify_only');
    assert.notEqual(other.status, 0, 'it notices where it has not written');
  });

  it('mkfs.ext4 and e2fsck: a file system made on the disk is clean at the checkpoint, with its files', async function () {
    needs(this, 'mke2fs', 'e2fsck', 'debugfs', 'nbdcopy');
    const [made, copy, hello] = ['made.img', 'copy.img', 'hello'].map((name) =>
      join(lab.path, name),
    );
    assert(made && copy && hello);
    writeFileSync(hello, 'good morning\n'.repeat(10_000));
    writeFileSync(made, '');
    truncateSync(made, diskSize);
    await run('mke2fs', '-q', '-t', 'ext4', '-F', made);
    await run('debugfs', '-w', '-R', `write ${hello} hello`, made);
    await run('nbdcopy', '--flush', made, uri());
    await atCheckpoint('formatted', (image) => run('nbdcopy', image, copy));
    await run('e2fsck', '-fn', copy);
    const found = join(lab.path, 'found');
    await run('debugfs', '-R', `dump hello ${found}`, copy);
    assert.deepEqual(readFileSync(found), readFileSync(hello));
  });

  it('lives through garbage on its NBD socket, and serves on', async function () {
    needs(this, 'nbdinfo');
    const random = createRandom(1);
    const garbage = (length: number): Buffer =>
      Buffer.from(Uint8Array.from({ length }, () => random.integer(256)));
    for (const bytes of [garbage(100_000), garbage(3), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
      await new Promise<void>((closed) => {
        const socket = createConnection({ path: socketOf(uri()) });
        socket.on('error', () => undefined);
        socket.on('data', () => undefined);
        socket.on('close', () => {
          closed();
        });
        // Whoever says too little is not waited for.
        socket.write(bytes, () => setTimeout(() => socket.destroy(), 500));
      });
    }
    assert.match(await run('nbdinfo', '--size', uri()), new RegExp(`^${diskSize}$`, 'm'));
    assert.equal(statusOf(lab).engine.pid, engine.pid);
  });

  it('fails reads beyond the end of an image that shrinks under it, and everything else goes on', async function () {
    needs(this, 'qemu-io');
    const io = (on: string, ...commands: readonly string[]): Promise<{ stdout: string }> =>
      attempt('qemu-io', '-f', 'raw', ...commands.flatMap((command) => ['-c', command]), on);
    truncateSync(lab.image, diskSize / 2);
    const { stdout } = await io(uri(), `read ${diskSize / 2} 64k`);
    assert.match(stdout, /read failed: Input\/output error/);
    assert.doesNotMatch((await io(uri(), 'read 0 64k')).stdout, /failed/);
    const other = await io(uri('FS01/system'), 'write -P 3 0 64k', 'read -P 3 0 64k');
    assert.doesNotMatch(other.stdout, /failed/);
    assert.equal(statSync(lab.image).size, diskSize / 2, 'it is as it was left');
    assert.equal(statusOf(lab).engine.pid, engine.pid);
    await engine.kill('SIGTERM');
    assert.deepEqual(engine.exit, { code: 0, signal: null });
    const refused = lab.run('run', 'lab.dr.yaml');
    assert.equal(refused.status, 2);
    assert.match(refused.told, /FS01\/data: .*data\.img/);
  });
});

function socketOf(uri: string): string {
  return new URL(uri).searchParams.get('socket') ?? '';
}
