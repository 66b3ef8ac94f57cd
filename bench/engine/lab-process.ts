/** `tidemark run` on a lab of two sites and one disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlClient } from '../../src/engine/control/control-client.ts';
import { createNodeStreams } from '../../src/engine/world/node/streams.ts';
import { BenchError } from '../suite.ts';
import { endProgram } from './machine-programs.ts';

const topology = (size: number): string => `
version: 1
name: One disk, two sites
sites:
  Here:
    platform: kvm
    networks: { wan: { cidr: 192.168.100.0/24 } }
    zvm:
      license: true
      nics: { wan: { network: wan, address: 192.168.100.10/24, gateway: 192.168.100.1 } }
    datastores: { ds-here: { capacity: 2TiB, free: 2TiB } }
    hosts:
      kvm-1: { vra: { memory: 2GiB, datastore: ds-here, network: wan, address: 192.168.100.21/24, gateway: 192.168.100.1 } }
    vms:
      VM: { host: kvm-1, disks: { disk: { size: ${size / 1024 ** 2}MiB, datastore: ds-here } } }
  There:
    platform: kvm
    networks: { wan: { cidr: 192.168.200.0/24 } }
    zvm:
      license: true
      nics: { wan: { network: wan, address: 192.168.200.10/24, gateway: 192.168.200.1 } }
    datastores: { ds-there: { capacity: 2TiB, free: 2TiB } }
    hosts:
      kvm-2: { vra: { memory: 2GiB, datastore: ds-there, network: wan, address: 192.168.200.21/24, gateway: 192.168.200.1 } }
links:
  wan: { joins: [Here/wan, There/wan], bandwidth: 100Gbit/s, latency: 0ms }
pairings: [[Here, There]]
vpgs:
  vpg:
    from: Here
    to: There
    vms: { VM: { recoveryHost: kvm-2, datastore: ds-there } }
    journal: { history: 1h, hardLimit: 100GiB, datastore: ds-there }
`;

/** How long anything may take, in milliseconds. */
const patience = 600_000;

interface Ready {
  readonly control: string;
  readonly disks: Readonly<Record<string, string>>;
}

export class LabProcess {
  readonly control: ControlClient;
  /** NBD URI of the protected disk. */
  readonly disk: string;
  readonly pid: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.disk = ready.disks['VM/disk'] ?? '';
    const streams = createNodeStreams();
    this.control = new ControlClient(
      (handler) => streams.connect({ kind: 'unix', path: ready.control }, handler),
      { client: 'bench' },
    );
  }

  /** Resolves when the lab is in sync and has its first checkpoint. */
  static async start(folder: string, size: number): Promise<LabProcess> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'lab.dr.yaml'), topology(size));
    const cli = resolve('dist/cli.js');
    const words = [cli, 'run', join(folder, 'lab.dr.yaml'), '--state', join(folder, 'state')];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ready = await new Promise<Ready>((found, failed) => {
      createInterface(child.stdout).once('line', (line) => {
        found(JSON.parse(line) as Ready);
      });
      child.once('exit', (code) => {
        failed(new BenchError(`tidemark run ended with ${code ?? 'a signal'}.`));
      });
    });
    const lab = new LabProcess(child, ready);
    await lab.#until((vpg) => vpg.status === 'MeetingSLA' && vpg.checkpoints.count > 0);
    return lab;
  }

  /** Resolves with the first checkpoint after everything written until now. */
  async settled(): Promise<void> {
    const { now } = await this.control.ask({ kind: 'snapshot' });
    await this.#until((vpg) => (vpg.checkpoints.newest ?? -Infinity) > now);
  }

  async stop(): Promise<void> {
    this.control.close();
    await endProgram(this.#child);
  }

  async #until(
    isSo: (vpg: {
      readonly status: string;
      readonly checkpoints: { readonly count: number; readonly newest?: number | undefined };
    }) => boolean,
  ): Promise<void> {
    for (const end = performance.now() + patience; performance.now() < end;) {
      const { vpgs } = await this.control.ask({ kind: 'snapshot' });
      if (vpgs[0] && isSo(vpgs[0])) return;
      await sleep(100);
    }
    throw new BenchError('The VPG did not come to where it was awaited.');
  }
}
