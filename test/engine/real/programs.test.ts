/** Other people's programs on the disks of a lab: protected, replicated and recovered. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealLab } from '../../../src/engine/real-lab.ts';
import { serving } from '../nbd/machine.ts';
import { needs, run } from '../../programs.ts';
import type { Serving } from '../nbd/machine.ts';
import {
  disk,
  diskSize,
  failoverTest,
  Ground,
  inSync,
  mib,
  nextCheckpoint,
  shop,
  succeeded,
} from './real-labs.ts';

describe('a lab on the real machine, before other programs', () => {
  let ground: Ground;
  let lab: RealLab | undefined;

  beforeEach(() => {
    ground = new Ground();
  });

  afterEach(async () => {
    await lab?.stop();
    lab = undefined;
    ground.remove();
  });

  /** Serves the disks of a lab that is in sync. */
  async function servingLab(use: (lab: RealLab, serving: Serving) => Promise<void>): Promise<void> {
    const started = await ground.start();
    lab = started;
    await inSync(started);
    await serving(async (served) => {
      for (const [name, each] of started.disks()) served.server.add({ name, disk: each });
      await use(started, served);
    });
  }

  /** Serves the images of a failover test of the newest checkpoint. */
  async function offerImages(of: RealLab, { server }: Serving, time: number): Promise<void> {
    const images = await failoverTest(of, { kind: 'time', time, inclusive: true });
    for (const [name, image] of images) server.add({ name: `image/${name}`, disk: image });
  }

  it('fio: verifies checksums through a protected disk, while it is replicated', async function () {
    needs(this, 'fio', 'qemu-img');
    await servingLab(async (of, served) => {
      const { uri } = served;
      const output = await run(
        'fio',
        ...['--name=v', '--ioengine=nbd', `--uri=${uri('web/data')}`, '--rw=randwrite'],
        ...['--bsrange=512-64k', '--blockalign=512', '--iodepth=16', '--size=16m', '--fsync=32'],
        ...['--verify=crc32c', '--do_verify=1', '--verify_state_save=0', '--verify_fatal=1'],
      );
      assert.match(output, /err= 0/);
      const time = await nextCheckpoint(of);
      await offerImages(of, served, time);
      const raw = ['-f', 'raw', '-F', 'raw'];
      await run('qemu-img', 'compare', ...raw, uri('web/data'), uri('image/web/data'));
      assert.equal(shop(of).health, 'ok');
    });
  });

  it('mke2fs, e2fsck: a file system at a checkpoint is clean and holds its files', async function () {
    needs(this, 'mke2fs', 'e2fsck', 'debugfs', 'nbdcopy', 'qemu-io');
    await servingLab(async (of, served) => {
      const { folder, uri } = served;
      const tree = join(folder, 'tree');
      await mkdir(tree);
      const content = randomBytes(2 * mib);
      await writeFile(join(tree, 'file'), content);
      const made = join(folder, 'made');
      await writeFile(made, new Uint8Array(0));
      await run('mke2fs', '-q', '-t', 'ext4', '-d', tree, made, '16m');
      await run('nbdcopy', '--flush', made, uri('web/data'));
      const time = await nextCheckpoint(of);
      // What comes behind the checkpoint must not be in its image.
      await run('qemu-io', '-f', 'raw', '-c', 'write -P 0xee 0 8M', '-c', 'flush', uri('web/data'));
      await offerImages(of, served, time);
      const recovered = join(folder, 'recovered');
      await run('nbdcopy', uri('image/web/data'), recovered);
      await run('e2fsck', '-fn', recovered);
      const dumped = join(folder, 'dumped');
      await run('debugfs', '-R', `dump file ${dumped}`, recovered);
      assert.ok(content.equals(await readFile(dumped)));
      assert.ok((await readFile(made)).equals(await readFile(recovered)));
    });
  });

  it('nbdcopy, qemu-io: an image is writable, and its end lets its clients go', async function () {
    needs(this, 'nbdcopy', 'qemu-io', 'nbdinfo');
    await servingLab(async (of, served) => {
      const { folder, server, uri } = served;
      const from = join(folder, 'from');
      await writeFile(from, randomBytes(diskSize));
      await run('nbdcopy', '--flush', from, uri('db/data'));
      const time = await nextCheckpoint(of);
      await offerImages(of, served, time);
      const back = join(folder, 'back');
      await run('nbdcopy', uri('image/db/data'), back);
      assert.ok((await readFile(from)).equals(await readFile(back)));
      const patterns = ['write -P 0x77 1M 128k', 'read -P 0x77 1M 128k', 'write -z 3M 64k', 'read -P 0 3M 64k']; // prettier-ignore
      const commands = patterns.flatMap((pattern) => ['-c', pattern]);
      const output = await run('qemu-io', '-f', 'raw', ...commands, uri('image/db/data'));
      assert.doesNotMatch(output, /verification failed|error/i);
      // The protected disk knows nothing of it.
      await run('nbdcopy', uri('db/data'), back);
      assert.ok((await readFile(from)).equals(await readFile(back)));
      const list = await run('nbdinfo', '--list', '--json', `nbd+unix:///?socket=${served.socket}`);
      assert.equal((JSON.parse(list) as { exports: unknown[] }).exports.length, 4);
      await new Promise<void>((resolve) => {
        server.remove('image/db/data', resolve);
      });
      succeeded(await of.request(undefined, { kind: 'stop-test', vpg: 'shop' }));
      assert.ok(disk(of, 'db/data'));
    });
  });
});
