import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { qemuOptions } from '../../src/restore/qemu-machine.ts';
import { needs } from '../programs.ts';
import { bundleCommandLine, commandLine, LabFolder, patience, until } from './engine-process.ts';
import { installedKernel, makeInitramfs, makeRootDisk } from './linux-machine.ts';

const vpg = 'file-server';

/** On its first start it writes a letter to itself and waits; on every other one it reads it and ends. */
const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
echo
echo "NICS $(ls /sys/class/net | grep -v '^lo$' | wc -l)"
if [ -f /srv/letter ]; then
  echo "FOUND $(cat /srv/letter)"
  sync
  poweroff -f
fi
cat /proc/sys/kernel/random/uuid > /srv/letter
sync
echo "WROTE $(cat /srv/letter)"
while true; do sleep 1; done
`;

interface Reply {
  readonly result: string;
}

class Console {
  readonly child: ChildProcess;
  printed = '';
  told = '';
  ended = false;

  constructor(program: string, args: readonly string[], cwd: string) {
    this.child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.told += chunk.toString()));
    this.child.once('error', (error) => {
      this.told += error.message;
      this.ended = true;
    });
    this.child.once('close', () => {
      this.ended = true;
    });
  }

  /** What stands behind a word at the start of a line, once it is there. */
  async line(word: string): Promise<string> {
    const pattern = new RegExp(`^${word} ([^\\r\\n]*)\\r?$`, 'm');
    await until(() => pattern.test(this.printed) || this.ended, `a line ${word}`);
    const found = pattern.exec(this.printed)?.[1];
    assert.ok(found !== undefined, `no line ${word}: ${this.told}\n${this.printed}`);
    return found;
  }
}

describe('A Linux VM that runs from its protected disk', function () {
  this.timeout(900_000);
  const lab = new LabFolder();
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-vm-'));
  const consoles: Console[] = [];

  before(async function () {
    this.timeout(patience);
    await bundleCommandLine();
  });
  after(async () => {
    for (const { child } of consoles) child.kill('SIGKILL');
    await lab.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds its file when it is recovered, with its site gone, and no network near it', async function () {
    needs(this, 'qemu-system-x86_64', 'busybox', 'mke2fs');
    const kernel = installedKernel();
    // A machine may run in a container, with no kernel of its own.
    if (!kernel) this.skip();
    const initramfs = await makeInitramfs(kernel, folder, '/dev/vdb');
    await makeRootDisk(lab.image, folder, init);
    const engine = await lab.start();
    const { disks } = engine.ready;
    const headless = [
      '-nographic',
      '-no-reboot',
      '-kernel',
      kernel.image,
      '-initrd',
      initramfs,
      '-append',
      'console=ttyS0 quiet panic=-1',
    ];
    const machine = {
      name: 'FS01',
      memory: 256 * 2 ** 20,
      bus: 'virtio',
      // A machine that tests run on is often a virtual one itself, whose KVM cannot be relied on.
      accel: 'tcg',
      disks: [disks['FS01/system'] ?? '', disks['FS01/data'] ?? ''],
    } as const;
    const protectedVm = new Console(
      'qemu-system-x86_64',
      [...qemuOptions(machine), ...headless],
      folder,
    );
    consoles.push(protectedVm);
    const letter = await protectedVm.line('WROTE');
    assert.match(letter, /^[\da-f-]{36}$/);
    assert.equal((lab.json('checkpoint', vpg, '--tag', 'written') as Reply).result, 'success');

    lab.run('power', 'off', 'Prod_Site');
    protectedVm.child.kill('SIGKILL');

    const nothing = lab.run('boot', vpg, 'FS01');
    assert.equal(nothing.status, 2);
    assert.match(nothing.told, /FS01 has no recovered disks now/);

    const test = lab.json('failover-test', vpg, '--checkpoint', 'written') as Reply;
    assert.equal(test.result, 'success');
    const words = [
      'boot',
      vpg,
      'FS01',
      '--memory',
      '256MiB',
      '--bus',
      'virtio',
      '--accel',
      'tcg',
      '--',
    ];
    const recovered = new Console(...commandLine(...words, ...headless), lab.path);
    consoles.push(recovered);
    assert.equal(await recovered.line('FOUND'), letter);
    assert.equal(await recovered.line('NICS'), '0');
    await until(() => recovered.ended, 'the end of the VM');
    assert.equal(recovered.child.exitCode, 0);
    assert.equal(lab.run('stop-test', vpg).status, 0);
  });
});
