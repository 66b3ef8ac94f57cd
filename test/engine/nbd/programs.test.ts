/** The server before programs that nobody here wrote. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile, mkdir, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFileDisk, RamDisk } from './disks.ts';
import type { FileDisk } from './disks.ts';
import { makeCertificates } from './certificates.ts';
import { listen, serving } from './machine.ts';
import { attempt, needs, run, withFolder, running } from '../../programs.ts';

const MiB = 1024 * 1024;

interface ExportOfNbdinfo {
  readonly 'export-name': string;
  readonly 'export-size': number;
  readonly description?: string;
  readonly contexts?: readonly string[];
  readonly [key: string]: unknown;
}

describe('NBD server, before other programs', () => {
  it('nbdinfo: finds every export and all that it can do', async function () {
    needs(this, 'nbdinfo');
    await serving(async ({ server, socket, uri }) => {
      server.add({ name: 'vm/disk-0', description: 'Disk of a VM', disk: new RamDisk(64 * MiB) });
      server.add({ name: 'image', disk: new RamDisk(5000, { readOnly: true }) });
      const list = await run('nbdinfo', '--list', '--json', `nbd+unix:///?socket=${socket}`);
      const { exports } = JSON.parse(list) as { exports: ExportOfNbdinfo[] };
      const names = exports.map((each) => [each['export-name'], each['export-size']]);
      assert.deepEqual(names, [['vm/disk-0', 64 * MiB], ['image', 5000]]); // prettier-ignore
      assert.equal(exports[0]?.description, 'Disk of a VM');
      assert.deepEqual(exports[0].contexts, ['base:allocation']);
      for (const can of [
        'cache',
        'df',
        'fast_zero',
        'flush',
        'fua',
        'multi_conn',
        'trim',
        'zero',
      ]) {
        assert.equal(exports[0][`can_${can}`], true, can);
      }
      assert.equal(exports[1]?.['is_read_only'], true);
      assert.equal(exports[1]['can_trim'], false);
      for (const can of ['connect', 'multi-conn', 'structured-reply', 'df', 'flush', 'fua']) {
        const { status } = await attempt('nbdinfo', '--can', can, uri('image'));
        assert.equal(status, 0, `--can ${can}`);
      }
      const { status } = await attempt('nbdinfo', '--can', 'connect', uri('absent'));
      assert.notEqual(status, 0);
    });
  });

  it('nbdinfo: maps what is allocated', async function () {
    needs(this, 'nbdinfo', 'nbdsh');
    await serving(async ({ server, uri }) => {
      server.add({ name: 'd', disk: new RamDisk(MiB) });
      await run('nbdsh', '-u', uri('d'), '-c', 'h.pwrite(b"x" * 8192, 65536)');
      const map = JSON.parse(await run('nbdinfo', '--map', '--json', uri('d'))) as unknown;
      assert.deepEqual(map, [
        { offset: 0, length: 65536, type: 3, description: 'hole,zero' },
        { offset: 65536, length: 8192, type: 0, description: 'data' },
        { offset: 73728, length: MiB - 73728, type: 3, description: 'hole,zero' },
      ]);
    });
  });

  it('nbdcopy: what was copied in comes out again', async function () {
    needs(this, 'nbdcopy');
    await serving(async ({ server, folder, uri }) => {
      const size = 24 * MiB + 513;
      server.add({ name: 'd', disk: new RamDisk(size) });
      const content = randomBytes(size);
      content.fill(0, 3 * MiB, 9 * MiB);
      const from = join(folder, 'from');
      const to = join(folder, 'to');
      await writeFile(from, content);
      await run('nbdcopy', '--flush', '--connections=4', from, uri('d'));
      await run('nbdcopy', uri('d'), to);
      assert.ok(content.equals(await readFile(to)));
    });
  });

  it('nbdsh: FUA, zeroes, trims and requests that are aligned to nothing', async function () {
    needs(this, 'nbdsh');
    await serving(async ({ server, uri }) => {
      const disk = new RamDisk(40 * MiB);
      server.add({ name: 'd', disk });
      await nbdsh(
        uri('d'),
        'h.pwrite(b"A" * 65537, 1, nbd.CMD_FLAG_FUA)',
        'assert h.pread(65539, 0) == b"\\0" + b"A" * 65537 + b"\\0"',
        'h.flush()',
        'h.zero(4095, 3, nbd.CMD_FLAG_FUA)',
        'h.zero(4096, 8192, nbd.CMD_FLAG_NO_HOLE)',
        'h.zero(10 * 1024 * 1024, 4 * 1024 * 1024, nbd.CMD_FLAG_FAST_ZERO)',
        'h.trim(4096, 16384, nbd.CMD_FLAG_FUA)',
        'h.cache(65536, 0)',
        'assert h.pread(8, 0) == b"\\0AA" + b"\\0" * 5',
        'assert h.pread(1, 4098) == b"A"',
        'big = bytes(range(256)) * (32 * 4096)',
        'h.pwrite(big, 4097)',
        'assert h.pread(len(big), 4097) == big',
        'whole = bytearray()',
        'def chunk(part, offset, status, error): whole.extend(part)',
        'h.pread_structured(70000, 4097, chunk, nbd.CMD_FLAG_DF)',
        'assert bytes(whole) == big[:70000]',
        'h.shutdown()',
      );
      assert.deepEqual(disk.calls, [
        'write 1 65537 fua',
        'flush',
        'zero 3 4095 fua',
        'zero 8192 4096 keep',
        `zero ${4 * MiB} ${10 * MiB}`,
        'trim 16384 4096 fua',
        `write 4097 ${32 * MiB}`,
      ]);
    });
  });

  it('nbdsh: what is not allowed gets its errno, and the client stays', async function () {
    needs(this, 'nbdsh');
    await serving(async ({ server, uri }) => {
      server.add({ name: 'rw', disk: new RamDisk(MiB) });
      server.add({ name: 'ro', disk: new RamDisk(MiB, { readOnly: true }) });
      const refused = [
        'import errno',
        'h.set_strict_mode(0)',
        'def refused(code, f, *args):',
        '    try:',
        '        f(*args)',
        '    except nbd.Error as e:',
        '        assert e.errno == code, (args, e.errno)',
        '    else:',
        '        raise Exception("done: " + str(args))',
      ];
      await nbdsh(
        uri('rw'),
        ...refused,
        'size = h.get_size()',
        'refused("EINVAL", h.pread, 512, size)',
        'refused("EINVAL", h.pread, 2, size - 1)',
        'refused("EINVAL", h.pread, 512, 2**62)',
        'refused("ENOSPC", h.pwrite, b"x" * 512, size - 511)',
        'refused("ENOSPC", h.zero, 512, size)',
        'refused("EINVAL", h.trim, 512, size)',
        'refused("EINVAL", h.cache, 512, size)',
        'refused("EINVAL", h.pread, 512, 0, nbd.CMD_FLAG_FAST_ZERO)',
        'refused("EINVAL", h.pwrite, b"x" * 100, 0, nbd.CMD_FLAG_NO_HOLE)',
        'refused("EINVAL", h.pread, 33 * 1024 * 1024, 0)',
        'h.pwrite(b"still here", 0)',
        'assert h.pread(10, 0) == b"still here"',
      );
      await nbdsh(
        uri('ro'),
        ...refused,
        'refused("EPERM", h.pwrite, b"x" * 512, 0)',
        'refused("EPERM", h.zero, 512, 0)',
        'refused("EPERM", h.trim, 512, 0)',
        'h.flush()',
        'assert h.pread(512, 0) == b"\\0" * 512',
      );
    });
  });

  it('nbdsh: a flush on one connection covers what another has written', async function () {
    needs(this, 'nbdsh');
    await serving(async ({ server, uri }) => {
      const disk = new RamDisk(MiB);
      server.add({ name: 'd', disk });
      await nbdsh(
        uri('d'),
        'assert h.can_multi_conn()',
        'other = nbd.NBD()',
        `other.connect_uri("${uri('d')}")`,
        'other.pwrite(b"y" * 4096, 4096)',
        'h.flush()',
        'assert h.pread(4096, 4096) == b"y" * 4096',
      );
      assert.deepEqual(disk.calls, ['write 4096 4096', 'flush']);
    });
  });

  it('qemu-img: compares equal after a convert', async function () {
    needs(this, 'qemu-img');
    await serving(async ({ server, folder, uri }) => {
      const image = join(folder, 'image');
      const content = randomBytes(8 * MiB);
      content.fill(0, 2 * MiB, 5 * MiB);
      await writeFile(image, content);
      server.add({ name: 'd', disk: new RamDisk(8 * MiB) });
      await run('qemu-img', 'convert', '-n', '-f', 'raw', '-O', 'raw', image, uri('d'));
      await run('qemu-img', 'compare', '-f', 'raw', '-F', 'raw', image, uri('d'));
    });
  });

  it('qemu-io: patterns, FUA, zeroes and discards', async function () {
    needs(this, 'qemu-io');
    await serving(async ({ server, uri }) => {
      server.add({ name: 'd', disk: new RamDisk(16 * MiB) });
      const commands = [
        'write -P 0xab 1M 64k',
        'read -P 0xab 1M 64k',
        'write -f -P 0x11 2M 4k',
        'read -P 0x11 2M 4k',
        'write -P 0x22 4M 1M',
        'write -z 4M 512k',
        'read -P 0 4M 512k',
        'read -P 0x22 4608k 512k',
        'discard 8M 1M',
        'aio_write -P 0x33 12M 2M',
        'aio_flush',
        'read -P 0x33 12M 2M',
        'flush',
      ];
      const output = await run(
        'qemu-io',
        '-f',
        'raw',
        ...commands.flatMap((c) => ['-c', c]),
        uri('d'),
      );
      assert.doesNotMatch(output, /verification failed|error/i);
    });
  });

  it('fio: verifies checksums of random writes to a file', async function () {
    needs(this, 'fio');
    await serving(async ({ server, folder, uri }) => {
      const disk = await fileDisk(join(folder, 'disk'), 16 * MiB);
      server.add({ name: 'd', disk });
      const output = await run(
        'fio',
        ...['--name=v', '--ioengine=nbd', `--uri=${uri('d')}`, '--rw=randwrite'],
        ...['--bsrange=512-64k', '--blockalign=512', '--iodepth=16', '--size=16m', '--fsync=32'],
        ...[
          '--verify=crc32c',
          '--do_verify=1',
          '--verify_state_save=0',
          '--verify_backlog=256',
          '--verify_fatal=1',
        ],
      );
      assert.match(output, /err= 0/);
      await new Promise<void>((resolve) => {
        server.remove('d', () => {
          disk.close(resolve);
        });
      });
    });
  });

  it('nbdkit: is a proxy before the server', async function () {
    needs(this, 'nbdkit', 'nbdcopy', 'nbdinfo');
    await serving(async ({ server, folder, uri }) => {
      server.add({ name: 'd', disk: new RamDisk(4 * MiB) });
      const socket = join(folder, 'proxy');
      const args = ['-f', '-U', socket, '--filter=log', 'nbd', `uri=${uri('d')}`];
      await running('nbdkit', [...args, `logfile=${join(folder, 'log')}`], socket, async () => {
        const proxy = `nbd+unix:///?socket=${socket}`;
        const content = randomBytes(4 * MiB);
        content.fill(0, 1000, MiB);
        const from = join(folder, 'from');
        const to = join(folder, 'to');
        await writeFile(from, content);
        await run('nbdcopy', '--flush', from, proxy);
        await run('nbdcopy', proxy, to);
        assert.ok(content.equals(await readFile(to)));
        assert.equal((await attempt('nbdinfo', '--can', 'fua', proxy)).status, 0);
      });
    });
  });

  it('nbdsh: over TLS, with certificates on both sides', async function () {
    needs(this, 'nbdsh', 'openssl');
    await withFolder(async (folder) => {
      const { authority, server: identity } = await makeCertificates(folder);
      await serving(
        async ({ server, uri }) => {
          server.add({ name: 'd', disk: new RamDisk(4 * MiB) });
          const at = await listen(server, { kind: 'tcp', host: '127.0.0.1', port: 0 });
          assert.ok(at.kind === 'tcp');
          await run(
            'nbdsh',
            '-c',
            [
              'h.set_tls(nbd.TLS_REQUIRE)',
              `h.set_tls_certificates("${folder}")`,
              'h.set_export_name("d")',
              'h.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)',
              `h.connect_tcp("localhost", "${at.port}")`,
              'assert h.get_tls_negotiated()',
              'h.pwrite(b"secret" * 100000, 17)',
              'assert h.pread(600000, 17) == b"secret" * 100000',
              'h.shutdown()',
            ].join('\n'),
          );
          const { status, stderr } = await attempt('nbdsh', '-u', uri('d'), '-c', 'pass');
          assert.notEqual(status, 0);
          assert.match(stderr, /TLS/);
        },
        { identity, clientAuthorities: authority, required: true },
      );
    });
  });

  it('mke2fs, e2fsck: a file system that went through the server is clean', async function () {
    needs(this, 'mke2fs', 'e2fsck', 'nbdcopy', 'debugfs');
    await serving(async ({ server, folder, uri }) => {
      const tree = join(folder, 'tree');
      await mkdir(tree);
      const file = randomBytes(300_000);
      await writeFile(join(tree, 'file'), file);
      await copyFile(join(tree, 'file'), join(tree, 'copy'));
      const image = join(folder, 'image');
      await writeFile(image, new Uint8Array(0));
      await run('mke2fs', '-q', '-t', 'ext4', '-d', tree, image, '16m');
      server.add({ name: 'd', disk: new RamDisk(16 * MiB) });
      await run('nbdcopy', image, uri('d'));
      const back = join(folder, 'back');
      await run('nbdcopy', uri('d'), back);
      await run('e2fsck', '-fn', back);
      const dumped = join(folder, 'dumped');
      await run('debugfs', '-R', `dump copy ${dumped}`, back);
      assert.ok(file.equals(await readFile(dumped)));
    });
  });
});

function fileDisk(path: string, size: number): Promise<FileDisk> {
  return new Promise((resolve, reject) => {
    openFileDisk(path, size, (error, disk) => {
      if (disk) resolve(disk);
      else reject(error ?? new Error('no disk'));
    });
  });
}

async function nbdsh(uri: string, ...lines: readonly string[]): Promise<void> {
  await run('nbdsh', '-u', uri, '-c', lines.join('\n'));
}
