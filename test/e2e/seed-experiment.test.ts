/** The seed's experiment on real disks: files are copied while the protected site's ZVM is down. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DiskBrowser } from '../../src/restore/disk-browser.ts';
import { needs, run } from '../programs.ts';
import { fingerprint, makeExt4, makeTree, MiB, withDisk } from '../restore/made-disk.ts';
import { bundleCommandLine, LabFolder, until } from './engine-process.ts';

const diskSize = 1024 * MiB;

interface Status {
  readonly vpgs: readonly {
    readonly status: string;
    readonly checkpoints: { readonly count: number; readonly newest?: string };
  }[];
  readonly sites: readonly {
    readonly name: string;
    readonly zvmUp: boolean;
    readonly vras: readonly {
      readonly transmit: number;
      readonly receive: number;
      readonly diskWrite: number;
      readonly sendBuffer: number;
    }[];
  }[];
}

interface Checkpoints {
  readonly gaps: readonly { readonly from: string; readonly to?: string; readonly cause: string }[];
}

interface Opened {
  readonly checkpoint: { readonly time: string };
  readonly images: Readonly<Record<string, string>>;
}

describe('the experiment of the seed, on real disks', () => {
  let lab: LabFolder;

  before(async function () {
    needs(this, 'mke2fs', 'e2fsck', 'nbdcopy');
    await bundleCommandLine();
  });

  beforeEach(() => {
    lab = new LabFolder(
      ['data: { size: 16MiB,', 'data: { size: 1GiB,'],
      ['bandwidth: 100Mbit/s', 'bandwidth: 10Gbit/s'],
    );
    truncateSync(lab.image, diskSize);
  });

  afterEach(() => lab.remove());

  const status = (): Status => lab.json('status') as Status;
  const newest = (): string => status().vpgs[0]?.checkpoints.newest ?? '';
  const zvmUp = (): boolean => status().sites.every((site) => site.zvmUp);

  /** What ext4 on a recovered disk holds, after other people's program has found it clean. */
  const filesAt = async (checkpoint: string): Promise<[string, Map<string, string>]> => {
    const opened = lab.json('failover-test', 'file-server', '--checkpoint', checkpoint) as Opened;
    const copy = join(lab.path, 'copy.img');
    const out = join(lab.path, 'out');
    await run('nbdcopy', opened.images['FS01/data'] ?? '', copy);
    lab.json('stop-test', 'file-server', '--success', 'true');
    await run('e2fsck', '-fn', copy);
    const files = await withDisk(copy, async (disk) => {
      const browser = new DiskBrowser(disk);
      try {
        return await fingerprint((await browser.restore('/', out, { name: 'files' })).path);
      } finally {
        await browser.close();
      }
    });
    files.delete('lost+found');
    rmSync(copy);
    rmSync(out, { recursive: true });
    return [opened.checkpoint.time, files];
  };

  it('OUT-1, OUT-2, OUT-6: 500 MB copied with the protected ZVM off are in the next checkpoint, in none before', async () => {
    const empty = join(lab.path, 'empty');
    const tree = join(lab.path, 'tree');
    mkdirSync(empty);
    mkdirSync(tree);
    await makeExt4(lab.image, empty, diskSize);
    const engine = await lab.start();
    await until(() => status().vpgs[0]?.status === 'MeetingSLA' && newest() !== '', 'protection');

    lab.json('power', 'off', 'Prod_Site/zvm');
    await until(() => !zvmUp(), 'the protected ZVM to be off');
    const last = newest();

    await makeTree(tree, { files: 300, largest: 500 * MiB, links: true });
    const expected = await fingerprint(tree);
    const filled = join(lab.path, 'filled.img');
    await makeExt4(filled, tree, diskSize);
    const disk = engine.ready.disks['FS01/data'] ?? '';
    const copying = spawn('nbdcopy', ['--flush', filled, disk], { stdio: 'inherit' });
    const copied = once(copying, 'close') as Promise<[number | null]>;
    const most = { transmit: 0, receive: 0, diskWrite: 0 };
    const look = (): void => {
      for (const vra of status().sites.flatMap((site) => site.vras)) {
        most.transmit = Math.max(most.transmit, vra.transmit);
        most.receive = Math.max(most.receive, vra.receive);
        most.diskWrite = Math.max(most.diskWrite, vra.diskWrite);
      }
    };
    for (let over = false; !over;) {
      over = (await Promise.race([copied, nextLook()])) !== undefined;
      look();
    }
    assert.deepEqual((await copied)[0], 0);
    rmSync(filled);
    // The copy may be over before anybody has counted: what is measured of it comes to be seen behind it.
    await until(() => {
      look();
      return Object.values(most).every((rate) => rate > MiB);
    }, 'all three rates to rise');
    await until(() => status().sites.every(({ vras }) => vras.every((vra) => vra.sendBuffer === 0)), 'the buffers to be empty'); // prettier-ignore
    assert.equal(newest(), last, 'a checkpoint was made with the protected ZVM off');

    lab.json('power', 'on', 'Prod_Site/zvm');
    await until(() => newest() > last, 'a checkpoint');
    const [first, files] = await filesAt('latest');
    assert.ok(first > last);
    assert.deepEqual(files, expected);
    const [then, none] = await filesAt(last);
    assert.equal(then, last);
    assert.deepEqual([...none.keys()], []);
    const { gaps } = lab.json('checkpoints', 'file-server') as Checkpoints;
    assert.deepEqual(
      gaps.map(({ from, cause }) => [from, cause]),
      [[last, 'zvm-down']],
    );
  });
});

function nextLook(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1000, undefined);
  });
}
