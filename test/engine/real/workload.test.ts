import assert from 'node:assert/strict';
import { parseBlockTrace } from '../../../src/engine/lab.ts';
import type { RealLab } from '../../../src/engine/real-lab.ts';
import { disk, Ground, inSync, nextCheckpoint, read, realTopology, until } from './real-labs.ts';

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

describe('the workload of a lab on the real machine', function () {
  this.timeout(120_000);
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

  const busy = (extra = 'changeRate: 1MiB/s'): ReturnType<typeof realTopology> =>
    realTopology(['db: { host: kvm-l2,', `db: { host: kvm-l2, ${extra},`]);
  const received = (of: RealLab): number =>
    of
      .snapshot()
      .sites.flatMap(({ vras }) => vras)
      .filter(({ name }) => name === 'Right/kvm-r2')
      .reduce((sum, { receive }) => sum + receive, 0);

  it('writes through the disks that everybody uses, and is replicated as anything else, but never over an image', async () => {
    const topology = realTopology(
      ['db: { host: kvm-l2,', 'db: { host: kvm-l2, changeRate: 1MiB/s,'],
      ['web: { host: kvm-l1,', 'web: { host: kvm-l1, changeRate: 1MiB/s,'],
    );
    lab = await ground.start(topology, { workload: true });
    const running = lab;
    await inSync(running);
    await until('traffic', running, () => received(running) > 0);
    await nextCheckpoint(running);
    // What the user keeps in an image of his own is left alone.
    assert.ok(isZero(await read(disk(running, 'web/data'), 0, 8 * 1024 * 1024)));
    assert.ok(!isZero(await read(disk(running, 'db/data'), 0, 4 * 1024 * 1024)));
  });

  it('writes nothing unless it was asked to', async () => {
    lab = await ground.start(busy());
    await inSync(lab);
    await nextCheckpoint(lab);
    assert.ok(isZero(await read(disk(lab, 'db/data'), 0, 4 * 1024 * 1024)));
  });

  it('plays a recorded trace, at its times', async () => {
    const trace = parseBlockTrace(['1,0,2a,4096,0', '1,1,2a,4096,2048'].join('\n'));
    lab = await ground.start(busy('trace: db.csv'), { workload: true, traceOf: () => trace });
    const running = lab;
    await inSync(running);
    await nextCheckpoint(running);
    assert.ok(!isZero(await read(disk(running, 'db/data'), 0, 4096)));
    assert.ok(!isZero(await read(disk(running, 'db/data'), 1024 * 1024, 4096)));
    assert.ok(isZero(await read(disk(running, 'db/data'), 4096, 4096)));
  });

  it('waits while its host is off, and goes on when that is back', async () => {
    const topology = busy();
    lab = await ground.start(topology, { workload: true });
    const running = lab;
    const site = topology.sites.get('Left');
    const host = site?.hosts.get('kvm-l2');
    assert.ok(site && host);
    await inSync(running);
    await until('traffic', running, () => received(running) > 0);
    running.power({ kind: 'host', site, host }, 'powerOff');
    await until('silence', running, () => received(running) === 0);
    running.power({ kind: 'host', site, host }, 'powerOn');
    await until('traffic again', running, () => received(running) > 0);
  });
});
