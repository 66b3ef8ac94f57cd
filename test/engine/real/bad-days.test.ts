import assert from 'node:assert/strict';
import {
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../../src/topology/model.ts';
import type { RealLab } from '../../../src/engine/real-lab.ts';
import {
  Ground,
  disk,
  diskSize,
  failoverTest,
  inSync,
  mib,
  nextCheckpoint,
  read,
  realTopology,
  shop,
  succeeded,
  until,
  write,
} from './real-labs.ts';

describe('a real lab on a bad day', () => {
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

  it('does not start without an image, or with one of another size, and touches nothing', async () => {
    const image = join(ground.folder, 'images', 'web.img');
    truncateSync(image, diskSize - 1);
    await assert.rejects(ground.start(), { code: 'image-size', subject: 'web/data' });
    assert.equal(readFileSync(image).length, diskSize - 1);
    rmSync(image);
    await assert.rejects(ground.start(), { code: 'image-missing', subject: 'web/data' });
    assert.deepEqual(readdirSync(join(ground.folder, 'images')), []);
    assert(!existsSync(ground.state));
  });

  it('does not touch a state that is of another version, damaged or not its own', async () => {
    lab = await ground.start();
    await lab.stop();
    const marker = join(ground.state, 'state.json');
    for (const [text, code, message] of [
      [
        '{"format":"tidemark-state","version":3}',
        'state-version',
        /of version 3, this engine's is 2: a newer release/,
      ],
      [
        '{"format":"tidemark-state","version":1}',
        'state-version',
        /of version 1, this engine's is 2: no release can read it/,
      ],
      ['{"format":"something else"}', 'state-unusable', /not the state of this engine/],
      ['{"format":"tidemark', 'state-unusable', /damaged/],
    ] as const) {
      writeFileSync(marker, text);
      await assert.rejects(ground.start(), { code, message });
      assert.equal(readFileSync(marker, 'utf8'), text);
    }
    rmSync(marker);
    await assert.rejects(ground.start(), { code: 'state-unusable', message: /which version/ });
    writeFileSync(marker, '{"format":"tidemark-state","version":2}');
    writeFileSync(join(ground.state, 'estate.json'), '{');
    await assert.rejects(ground.start(), { code: 'state-unusable', message: /estate.json/ });
  });

  it('removes the copies of a clone that its end cut off, and nothing else that lies there', async () => {
    lab = await ground.start();
    await write(disk(lab, 'web/data'), 0, Buffer.alloc(mib, 'x'));
    await inSync(lab);
    await nextCheckpoint(lab);
    await failoverTest(lab);
    succeeded(await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' }));
    const clones = join(ground.state, 'sites', 'Right', 'ds-r', 'clones');
    const copies = (): string[] =>
      existsSync(clones)
        ? readdirSync(clones, { recursive: true })
            .map(String)
            .filter((name) => name.endsWith('.disk'))
        : [];
    // Nobody takes them over: the engine ends first.
    const checkpoint = { kind: 'latest' } as const;
    void lab.request(undefined, { kind: 'clone', vpg: 'shop', checkpoint });
    await until('a copy', lab, () => copies().length > 0);
    await lab.stop();
    assert.ok(copies().length > 0);
    const kept = join(clones, 'web-of-last-year.disk');
    writeFileSync(kept, 'mine');

    lab = await ground.start();
    await until('the copies are gone', lab, () => copies().length === 1);
    assert.deepEqual(copies(), ['web-of-last-year.disk']);
    assert.equal(readFileSync(kept, 'utf8'), 'mine');
  });

  it('finds checkpoints, power and cut links again after a restart', async () => {
    lab = await ground.start();
    await inSync(lab);
    const first = Buffer.alloc(8192, 'first');
    const second = Buffer.alloc(8192, 'second');
    await write(disk(lab, 'web/data'), 0, first);
    const time = await nextCheckpoint(lab);
    await write(disk(lab, 'web/data'), 0, second);
    const left = realTopology().sites.get('Left');
    assert(left);
    lab.power({ kind: 'zvm', site: left }, 'powerOff');
    await lab.stop();
    await assert.rejects(read(disk(lab, 'web/data'), 0, 1), { code: 'closed' });

    lab = await ground.start();
    const [site] = lab.snapshot().sites;
    assert.equal(site?.zvmUp, false, 'what was switched off stays off');
    assert.deepEqual(
      lab.snapshot().outages.map(({ component, kind, to }) => ({ component, kind, to })),
      [{ component: 'Left/zvm', kind: 'power-off', to: undefined }],
    );
    assert.deepEqual(Buffer.from(await read(disk(lab, 'web/data'), 0, 8192)), second);
    const images = await failoverTest(lab, { kind: 'time', time, inclusive: true });
    const image = images.get('web/data');
    assert(image);
    assert.deepEqual(Buffer.from(await read(image, 0, 8192)), first);
    succeeded(await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' }));
  });

  it('answers for disks whose host is down, and goes on when it is back', async () => {
    lab = await ground.start();
    const web = disk(lab, 'web/data');
    await inSync(lab);
    await write(web, 0, Buffer.alloc(4096, 1));
    const host = hostOf('kvm-l1');
    const cut = Array.from({ length: 50 }, (_, at) => write(web, at * 4096, Buffer.alloc(4096, 2)));
    lab.power({ kind: 'host', site: host.site, host }, 'powerOff');
    const ends = await Promise.allSettled(cut);
    for (const end of ends) {
      if (end.status === 'rejected') assert.equal((end.reason as { code?: string }).code, 'closed');
    }
    await assert.rejects(write(web, 0, Buffer.alloc(4096, 3)), { code: 'closed' });
    lab.power({ kind: 'host', site: host.site, host }, 'powerOn');
    const again = lab;
    let up = false;
    await until('the disk is back', lab, () => {
      read(web, 0, 4096).then(
        () => (up = true),
        () => undefined,
      );
      return up;
    });
    await until(
      'in sync again',
      again,
      () => shop(again).replicating && shop(again).subStatus === 'None',
    );
  });

  it('says that an image has become shorter, and runs everything else', async () => {
    lab = await ground.start();
    const problems: string[] = [];
    lab.onProblem(({ subject, message }) => problems.push(`${subject}: ${message}`));
    const image = join(ground.folder, 'images', 'web.img');
    truncateSync(image, mib);
    await assert.rejects(read(disk(lab, 'web/data'), 2 * mib, 4096), /made it shorter/);
    const host = hostOf('kvm-l1');
    lab.power({ kind: 'host', site: host.site, host }, 'powerOff');
    lab.power({ kind: 'host', site: host.site, host }, 'powerOn');
    await until('a problem', lab, () => problems.length > 0);
    assert.match(problems.join('\n'), /^web: The disks of web cannot be opened: .*1048576 bytes/);
    assert.equal(readFileSync(image).length, mib, 'it is not brought to its size');
    await write(disk(lab, 'db/data'), 0, Buffer.alloc(4096, 1));
  });

  it('keeps guests writing and checkpoints exact when a datastore is full', async () => {
    const small = realTopology([
      /ds-r: \{ capacity: 40GiB, free: 40GiB \}/,
      'ds-r: { capacity: 24MiB, free: 24MiB }',
    ]);
    lab = await ground.start(small);
    const running = lab;
    await inSync(lab);
    const before = Buffer.alloc(4096, 'before');
    await write(disk(lab, 'web/data'), 0, before);
    const time = await nextCheckpoint(lab);
    // Noise, which compression cannot make smaller.
    const noise = Buffer.alloc(mib);
    for (let round = 0; round < 40; round++) {
      for (let at = 0; at < mib; at += 4)
        noise.writeUInt32LE(Math.imul(at + round, 0x9e3779b1) >>> 0, at);
      for (let at = 1; at < mib; at++)
        noise[at] = (noise[at] ?? 0) ^ Math.imul((noise[at - 1] ?? 0) + at, 167);
      await write(disk(lab, 'web/data'), (round % 15) * mib + 4096, Buffer.from(noise));
    }
    await until('an alert of storage', lab, () =>
      running.snapshot().alerts.some(({ id }) => id === 'VRA0007' || id === 'STR0002'),
    );
    const images = await failoverTest(lab, { kind: 'time', time, inclusive: true });
    const image = images.get('web/data');
    assert(image);
    assert.deepEqual(Buffer.from(await read(image, 0, 4096)), before);
    succeeded(await lab.request(undefined, { kind: 'stop-test', vpg: 'shop' }));
    const now = Buffer.from(await read(disk(lab, 'web/data'), 9 * mib + 4096, mib));
    await lab.stop();

    lab = await ground.start(realTopology());
    await inSync(lab);
    const later = await nextCheckpoint(lab);
    const fresh = (await failoverTest(lab, { kind: 'time', time: later, inclusive: true })).get(
      'web/data',
    );
    assert(fresh);
    assert.deepEqual(Buffer.from(await read(fresh, 9 * mib + 4096, mib)), now);
  });

  function hostOf(name: string): Host {
    const host = realTopology().sites.get('Left')?.hosts.get(name);
    assert(host);
    return host;
  }
});
