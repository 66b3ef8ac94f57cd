import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RealLab } from '../../../src/engine/real-lab.ts';
import {
  disk,
  failoverTest,
  Ground,
  inSync,
  mib,
  nextCheckpoint,
  read,
  shop,
  until,
  write,
} from './real-labs.ts';

describe('an engine that starts again', () => {
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

  it('synchronises what was active, and not all of its disks', async () => {
    lab = await ground.start();
    await inSync(lab);
    const before = Buffer.alloc(8192, 'before');
    await write(disk(lab, 'web/data'), mib, before);
    const known = await nextCheckpoint(lab);
    await lab.stop();
    for (const folder of ['web', 'db']) {
      const path = join(ground.state, 'sites', 'Left', 'ds-l', 'vms', folder);
      assert.ok(existsSync(join(path, 'activity')), readdirSync(path).join());
    }

    lab = await ground.start();
    const next = lab;
    const seen = new Set<string>();
    next.onChange(() => seen.add(shop(next).subStatus));
    const after = Buffer.alloc(8192, 'after');
    await write(disk(lab, 'web/data'), 5 * mib, after);
    await until('a checkpoint', lab, () => (shop(next).checkpoints.newest ?? 0) > known);
    await nextCheckpoint(lab);
    const causes = shop(lab).gaps.map(({ cause }) => cause);
    assert.ok(!causes.includes('delta-sync'), causes.join());
    assert.ok(!seen.has('DeltaSync') && !seen.has('InitialSync'), [...seen].join());
    const images = await failoverTest(lab);
    const image = images.get('web/data');
    assert(image);
    assert.deepEqual(Buffer.from(await read(image, mib, 8192)), before);
    assert.deepEqual(Buffer.from(await read(image, 5 * mib, 8192)), after);
  });
});
