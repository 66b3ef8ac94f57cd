/** Who serves the disk that fio writes to: Tidemark's engine, what does the nearest job, and what does none. */
import { truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { BenchError } from '../suite.ts';
import { LabProcess } from './lab-process.ts';
import { awaitSocket, endProgram, startProgram } from './machine-programs.ts';

export interface Contestant {
  readonly name: string;
  readonly does: string;
  /** Serves a fresh disk of so many bytes out of a folder. */
  start(folder: string, size: number): Promise<Served>;
}

export interface Served {
  readonly uri: string;
  /** Resolves when whoever is written to second has everything too; at once where nobody is. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

async function makeDisk(path: string, size: number): Promise<string> {
  await writeFile(path, '');
  await truncate(path, size);
  return path;
}

const uriOf = (socket: string): string => `nbd+unix:///?socket=${socket}`;
const nobody = (): Promise<void> => Promise.resolve();

export const nbdkitFile: Contestant = {
  name: 'nbdkit file',
  does: 'replicates nothing',
  async start(folder, size) {
    const socket = join(folder, 'nbdkit.sock');
    const disk = await makeDisk(join(folder, 'nbdkit.img'), size);
    const child = startProgram('nbdkit', '-f', '-U', socket, 'file', disk);
    await awaitSocket(socket);
    return { uri: uriOf(socket), settled: nobody, stop: () => endProgram(child) };
  },
};

export const qemuNbd: Contestant = {
  name: 'qemu-nbd',
  does: 'replicates nothing',
  async start(folder, size) {
    const socket = join(folder, 'qemu-nbd.sock');
    const disk = await makeDisk(join(folder, 'qemu-nbd.img'), size);
    const words = ['-f', 'raw', '-k', socket, '-t', '-e', '8', '--cache=writeback', disk];
    const child = startProgram('qemu-nbd', ...words);
    await awaitSocket(socket);
    return { uri: uriOf(socket), settled: nobody, stop: () => endProgram(child) };
  },
};

export const mirror: Contestant = {
  name: 'qemu-storage-daemon mirror',
  does: 'writes every write to a second disk too, over NBD, before it is acknowledged',
  async start(folder, size) {
    const target = join(folder, 'target.sock');
    const second = await makeDisk(join(folder, 'target.img'), size);
    const first = await makeDisk(join(folder, 'source.img'), size);
    const socket = join(folder, 'mirror.sock');
    const monitor = join(folder, 'qmp.sock');
    const kit = startProgram('nbdkit', '-f', '-U', target, 'file', second);
    await awaitSocket(target);
    const daemon = startProgram(
      'qemu-storage-daemon',
      ...['--blockdev', `driver=file,node-name=f0,filename=${first}`],
      ...['--blockdev', 'driver=raw,node-name=d0,file=f0'],
      ...['--blockdev', `driver=nbd,node-name=t0,server.type=unix,server.path=${target}`],
      ...['--nbd-server', `addr.type=unix,addr.path=${socket}`],
      ...['--export', 'type=nbd,id=e0,node-name=d0,name=,writable=on'],
      ...['--chardev', `socket,path=${monitor},server=on,wait=off,id=q`],
      ...['--monitor', 'chardev=q'],
    );
    await awaitSocket(socket);
    await awaitSocket(monitor);
    const stop = async (): Promise<void> => {
      await endProgram(daemon);
      await endProgram(kit);
    };
    await startMirror(monitor);
    return { uri: uriOf(socket), settled: nobody, stop };
  },
};

/** Over QMP: the mirror begins, and is ready when both disks are alike. */
function startMirror(monitor: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(monitor);
    let text = '';
    const ask = (execute: string, words: object = {}): void => {
      socket.write(`${JSON.stringify({ execute, arguments: words })}\n`);
    };
    const patience = setTimeout(() => {
      socket.destroy();
      reject(new BenchError('The mirror was not ready within a minute.'));
    }, 60_000);
    socket.setEncoding('utf8').on('error', reject);
    socket.on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        if (line.includes('"QMP"')) {
          ask('qmp_capabilities');
          ask('blockdev-mirror', {
            'job-id': 'm',
            device: 'd0',
            target: 't0',
            sync: 'full',
            'copy-mode': 'write-blocking',
          });
        } else if (line.includes('"error"')) {
          clearTimeout(patience);
          socket.destroy();
          reject(new BenchError(`The mirror could not be started: ${line}`));
        } else if (line.includes('BLOCK_JOB_READY')) {
          clearTimeout(patience);
          socket.destroy();
          resolve();
        }
      }
    });
  });
}

export const engine: Contestant = {
  name: 'Tidemark',
  does: 'replicates through two VRAs into a durable journal, with a checkpoint every 5 s',
  async start(folder, size) {
    const lab = await LabProcess.start(join(folder, 'lab'), { size });
    return {
      uri: lab.disk,
      settled: () => lab.settled(),
      stop: () => lab.stop(),
    };
  },
};
