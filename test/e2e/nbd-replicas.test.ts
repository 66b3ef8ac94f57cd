/** Replica disks on NBD targets that other people's program serves, well and badly. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { needs, run, running } from '../programs.ts';
import { bundleCommandLine, diskSize, LabFolder, patience, until } from './engine-process.ts';
import { inSync, vpgOf } from './lab-status.ts';

const vpg = 'file-server';
const nbd = 'nbd+unix:///?socket=targets/data.sock';
const withTarget: [string, string] = [
  '        recoveryHost: esx-d1\n',
  `        recoveryHost: esx-d1\n        replicas: { data: { nbd: "${nbd}" } }\n`,
];

describe('replica disks on an NBD target', function () {
  this.timeout(600_000);
  let lab: LabFolder;
  let target: string;
  let socket: string;

  before(async function () {
    this.timeout(patience);
    needs(this, 'nbdkit', 'qemu-io', 'nbdcopy');
    await bundleCommandLine();
  });

  beforeEach(() => {
    lab = new LabFolder(withTarget);
    mkdirSync(join(lab.path, 'targets'));
    target = join(lab.path, 'targets', 'data.img');
    socket = join(lab.path, 'targets', 'data.sock');
    writeFileSync(target, '');
    truncateSync(target, diskSize);
  });

  afterEach(() => lab.remove());

  const served = <T>(words: readonly string[], use: () => Promise<T>): Promise<T> =>
    running('nbdkit', ['-f', '-U', socket, ...words], socket, use);

  async function imageAt(tag: string): Promise<Buffer> {
    const { images } = lab.json('failover-test', vpg, '--checkpoint', tag) as {
      readonly images: Readonly<Record<string, string>>;
    };
    const copy = join(lab.path, 'copy.img');
    await run('nbdcopy', images['FS01/data'] ?? '', copy);
    lab.json('stop-test', vpg);
    return readFileSync(copy);
  }

  for (const [behaviour, words] of [
    ['works', ['file']],
    ['is slow', ['--filter=delay', 'file', 'rdelay=20ms', 'wdelay=20ms']],
    ['fails now and then', ['--filter=error', 'file', 'error-pwrite=EIO', 'error-pwrite-rate=20%']],
  ] as const) {
    it(`hold a checkpoint exactly, and become the disk when it is committed, where the target ${behaviour}`, async () => {
      const plugin = (words as readonly string[]).indexOf('file');
      const all = [...words.slice(0, plugin + 1), target, ...words.slice(plugin + 1)];
      await served(all, async () => {
        const engine = await lab.start();
        await inSync(lab);
        const disk = engine.ready.disks['FS01/data'] ?? '';
        await run('qemu-io', '-f', 'raw', '-c', 'write -P 0x61 1M 3M', '-c', 'flush', disk);
        lab.json('checkpoint', vpg, '--tag', 'before');
        const held = await imageAt('before');
        assert.ok(held.equals(readFileSync(lab.image)), 'the image is the protected disk');
        lab.json(
          'failover',
          vpg,
          '--checkpoint',
          'before',
          '--shutdown',
          'force',
          '--commit-policy',
          'none',
        );
        // A target that fails in the middle of it is tried again until it is done, which whoever asked is told.
        const { printed } = lab.run('commit', vpg, '--reverse-protection', 'false');
        assert.match(printed, /: done|tried again until it is done/);
        await until(() => vpgOf(lab).status === 'Recovered', 'the end of the commit');
        await engine.kill('SIGTERM');
        assert.ok(readFileSync(target).equals(held), 'the target is the disk at the checkpoint');
      });
    });
  }

  it('wait for a target that is not there yet', async () => {
    await lab.start();
    await until(
      () => (lab.json('alerts') as { id: string }[]).some(({ id }) => id === 'VRA0007'),
      'an alert of the target',
    );
    await served(['file', target], () => inSync(lab));
  });

  it('are refused outside of the topology’s folder', () => {
    lab.write(
      ['system: { size: 40GiB,', 'system: { size: 16MiB,'],
      [
        'data: { size: 200GiB, datastore: ds-p1 }',
        'data: { size: 16MiB, datastore: ds-p1, image: disks/data.img }',
      ],
      [withTarget[0], withTarget[1].replace('socket=targets', 'socket=/targets')],
    );
    rmSync(lab.state, { recursive: true, force: true });
    const { status, told } = lab.run('run', 'lab.dr.yaml');
    assert.equal(status, 2);
    assert.match(
      told,
      /FS01\/data: the socket \/targets\/data\.sock lies outside .*--images-anywhere allows it/,
    );
  });
});
