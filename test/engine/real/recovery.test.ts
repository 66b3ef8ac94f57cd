import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RealLab } from '../../../src/engine/real-lab.ts';
import {
  Ground,
  disk,
  failoverTest,
  inSync,
  mib,
  nextCheckpoint,
  read,
  shop,
  succeeded,
  until,
  write,
} from './real-labs.ts';

describe('a recovery for good on the real machine', () => {
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

  it('goes on with the recovered disks, is protected in reverse, and survives a restart', async () => {
    lab = await ground.start();
    await inSync(lab);
    const before = Buffer.alloc(8192, 'before');
    const lost = Buffer.alloc(8192, 'lost');
    const after = Buffer.alloc(8192, 'after');
    const last = Buffer.alloc(8192, 'last');
    await write(disk(lab, 'web/data'), mib, before);
    const time = await nextCheckpoint(lab);
    await write(disk(lab, 'web/data'), mib, lost);
    // By the second checkpoint the ZVM has heard that the first one made the replicas whole.
    await nextCheckpoint(lab);
    const checkpoint = { kind: 'time', time, inclusive: true } as const;
    const recover = { kind: 'failover', vpg: 'shop', checkpoint, shutdown: 'force' } as const;
    succeeded(await lab.request(undefined, recover));
    const recovering = lab;
    await until(
      'the recovered VM runs',
      lab,
      () => shop(recovering).subStatus === 'FailingOverBeforeCommit',
    );
    assert.deepEqual(Buffer.from(await read(disk(lab, 'web/data'), mib, 8192)), before);
    await write(disk(lab, 'web/data'), 2 * mib, after);
    succeeded(
      await lab.request(undefined, { kind: 'commit', vpg: 'shop', reverseProtection: true }),
    );
    await until('protected in reverse', lab, () => {
      const { from, subStatus, replicating } = shop(recovering);
      return from === 'Right' && subStatus === 'None' && replicating;
    });
    assert.deepEqual(Buffer.from(await read(disk(lab, 'web/data'), 2 * mib, 8192)), after);
    await write(disk(lab, 'web/data'), 3 * mib, last);
    await lab.stop();

    lab = await ground.start();
    const again = lab;
    const web = disk(lab, 'web/data');
    for (const [offset, content] of [
      [mib, before],
      [2 * mib, after],
      [3 * mib, last],
    ] as const) {
      assert.deepEqual(Buffer.from(await read(web, offset, 8192)), content);
    }
    await inSync(lab);
    assert.equal(shop(again).from, 'Right');
    const reversed = await nextCheckpoint(lab);
    const images = await failoverTest(lab, { kind: 'time', time: reversed, inclusive: true });
    const image = images.get('web/data');
    assert(image);
    assert.deepEqual(Buffer.from(await read(image, 3 * mib, 8192)), last);
    succeeded(await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' }));
    // The image is the replica now, and still a file of its size.
    assert.equal(readFileSync(join(ground.folder, 'images/web.img')).length, web.size);
  });
});
