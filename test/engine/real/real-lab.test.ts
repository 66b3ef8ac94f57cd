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
  write,
} from './real-labs.ts';

describe('a lab on the real machine', () => {
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

  it('replicates what is written to a real disk and recovers it at a checkpoint', async () => {
    lab = await ground.start();
    const web = disk(lab, 'web/data');
    const before = Buffer.alloc(64 * 1024, 'before ');
    const after = Buffer.alloc(64 * 1024, 'after ');
    await inSync(lab);
    await write(web, mib, before);
    await write(disk(lab, 'db/data'), 4096, before);
    const time = await nextCheckpoint(lab);
    await write(web, mib, after);
    assert.deepEqual(
      readFileSync(join(ground.folder, 'images/web.img')).subarray(mib, mib + after.length),
      after,
    );
    const images = await failoverTest(lab, { kind: 'time', time, inclusive: true });
    const image = images.get('web/data');
    assert(image);
    assert.deepEqual(Buffer.from(await read(image, mib, before.length)), before);
    await write(image, mib, after);
    assert.deepEqual(Buffer.from(await read(image, mib, after.length)), after);
    const db = images.get('db/data');
    assert(db);
    assert.deepEqual(Buffer.from(await read(db, 4096, before.length)), before);
    succeeded(await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' }));
    assert.deepEqual(lab.images(), []);
    await assert.rejects(read(image, 0, 1), { code: 'closed' });
    assert.equal(shop(lab).health, 'ok');
  });
});
