/** A file system that is really full: the system itself says so, not the engine's account of it. */
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RealLab } from '../../../src/engine/real-lab.ts';
import { attempt, needs, run } from '../../programs.ts';
import {
  Ground,
  disk,
  failoverTest,
  inSync,
  mib,
  nextCheckpoint,
  read,
  succeeded,
  until,
  write,
} from './real-labs.ts';

describe('a real lab whose recovery site is on a small file system', () => {
  const ground = new Ground();
  const datastore = join(ground.state, 'sites', 'Right', 'ds-r');
  let lab: RealLab | undefined;
  let mounted = false;

  after(async () => {
    await lab?.stop();
    if (mounted) await run('umount', datastore);
    ground.remove();
  });

  /** Puts a file system of its own under the datastore, with what lies in it. */
  async function moveToFileSystemOf(mebibytes: number): Promise<boolean> {
    const aside = join(ground.folder, 'aside');
    cpSync(datastore, aside, { recursive: true });
    const size = `size=${mebibytes}m,mode=700`;
    const { status } = await attempt('mount', '-t', 'tmpfs', '-o', size, 'tmpfs', datastore);
    mounted = status === 0;
    if (mounted) cpSync(aside, datastore, { recursive: true });
    rmSync(aside, { recursive: true });
    return mounted;
  }

  it('keeps guests writing and checkpoints exact while it is full, and goes on when it has room', async function () {
    needs(this, 'mount', 'umount');
    lab = await ground.start();
    await lab.stop();
    lab = undefined;
    // Only where a user may mount.
    if (!(await moveToFileSystemOf(32))) this.skip();

    lab = await ground.start();
    const running = lab;
    await inSync(lab);
    const before = Buffer.alloc(4096, 'before');
    await write(disk(lab, 'web/data'), 0, before);
    const time = await nextCheckpoint(lab);
    let last = Buffer.alloc(0);
    for (let round = 0; round < 40; round++) {
      // Each its own: what is written is sent on later, from the same memory.
      last = randomFillSync(Buffer.alloc(mib));
      await write(disk(lab, 'web/data'), (round % 15) * mib + 4096, last);
    }
    await until('an alert of storage', lab, () =>
      running.snapshot().alerts.some(({ id }) => id === 'VRA0007' || id === 'STR0002'),
    );
    const image = (await failoverTest(lab, { kind: 'time', time, inclusive: true })).get(
      'web/data',
    );
    assert(image);
    assert.deepEqual(Buffer.from(await read(image, 0, 4096)), before);
    succeeded(await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' }));

    await run('mount', '-o', 'remount,size=400m', datastore);
    await inSync(lab);
    const later = await nextCheckpoint(lab);
    const fresh = (await failoverTest(lab, { kind: 'time', time: later, inclusive: true })).get(
      'web/data',
    );
    assert(fresh);
    assert.deepEqual(Buffer.from(await read(fresh, 9 * mib + 4096, mib)), last);
    assert.deepEqual(Buffer.from(await read(fresh, 0, 4096)), before);
    succeeded(await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' }));
  });
});
