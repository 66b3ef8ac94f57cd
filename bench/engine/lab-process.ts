/** `tidemark run` on a lab of two sites and one disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlClient } from '../../src/engine/control/control-client.ts';
import { createNodeStreams } from '../../src/engine/world/node/streams.ts';
import { BenchError } from '../suite.ts';
import { endProgram } from './machine-programs.ts';

export interface LabSettings {
  /** Bytes of the disk, whole MiB. */
  readonly size: number;
  /** Minutes; an hour unless given. No product offers less, but it is full soon. */
  readonly history?: number;
}

function topology({ size, history = 60 }: LabSettings): string {
  const disk = `VM: { host: kvm-Here, disks: { disk: { size: ${size / 1024 ** 2}MiB, datastore: ds-Here } } }`;
  return `
version: 1
name: One disk, two sites
sites:
${site('Here', 100, disk)}
${site('There', 200, '')}
links:
  wan: { joins: [Here/wan, There/wan], bandwidth: 100Gbit/s, latency: 0ms }
pairings: [[Here, There]]
vpgs:
  vpg:
    from: Here
    to: There
    vms: { VM: { recoveryHost: kvm-There, datastore: ds-There } }
${history < 60 ? '    # tidemark-disable-next-line journal/history-range -- it is full soon' : ''}
    journal: { history: ${history}m, hardLimit: 100GiB, datastore: ds-There }
`;
}

function site(name: string, subnet: number, vms: string): string {
  const net = `192.168.${subnet}`;
  return `  ${name}:
    platform: kvm
    networks: { wan: { cidr: ${net}.0/24 } }
    zvm: { license: true, nics: { wan: { network: wan, address: ${net}.10/24, gateway: ${net}.1 } } }
    datastores: { ds-${name}: { capacity: 2TiB, free: 2TiB } }
    hosts:
      kvm-${name}: { vra: { memory: 2GiB, datastore: ds-${name}, network: wan, address: ${net}.21/24, gateway: ${net}.1 } }
    vms: { ${vms} }`;
}

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
  readonly #memoryReport: string;

  private constructor(child: ChildProcess, ready: Ready, memoryReport: string) {
    this.#child = child;
    this.#memoryReport = memoryReport;
    this.pid = child.pid ?? 0;
    this.disk = ready.disks['VM/disk'] ?? '';
    const streams = createNodeStreams();
    this.control = new ControlClient(
      (handler) => streams.connect({ kind: 'unix', path: ready.control }, handler),
      { client: 'bench' },
    );
  }

  /** Resolves when the lab is in sync and has its first checkpoint. */
  static async start(folder: string, settings: LabSettings): Promise<LabProcess> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'lab.dr.yaml'), topology(settings));
    const cli = resolve('dist/cli.js');
    const memoryReport = join(folder, 'memory.json');
    const node = ['--expose-gc', '--import', resolve('bench/engine/report-memory.ts')];
    const words = [cli, 'run', join(folder, 'lab.dr.yaml'), '--state', join(folder, 'state')];
    const child = spawn(process.execPath, [...node, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TIDEMARK_MEMORY_REPORT: memoryReport },
    });
    const ready = await new Promise<Ready>((found, failed) => {
      createInterface(child.stdout).once('line', (line) => {
        found(JSON.parse(line) as Ready);
      });
      child.once('exit', (code) => {
        failed(new BenchError(`tidemark run ended with ${code ?? 'a signal'}.`));
      });
    });
    const lab = new LabProcess(child, ready, memoryReport);
    await lab.#until((vpg) => vpg.status === 'MeetingSLA' && vpg.checkpoints.count > 0);
    return lab;
  }

  /** Resolves with the first checkpoint after everything written until now. */
  async settled(): Promise<void> {
    const { now } = await this.control.ask({ kind: 'snapshot' });
    await this.#until((vpg) => (vpg.checkpoints.newest ?? -Infinity) > now);
  }

  /** Bytes that the engine keeps, on the heap and beside it: what a collection of garbage leaves. */
  async memory(): Promise<number> {
    await rm(this.#memoryReport, { force: true });
    process.kill(this.pid, 'SIGUSR2');
    for (const end = performance.now() + patience; performance.now() < end;) {
      const text = await readFile(this.#memoryReport, 'utf8').catch(() => undefined);
      if (text !== undefined) {
        const { heapUsed, external } = JSON.parse(text) as { heapUsed: number; external: number };
        return heapUsed + external;
      }
      await sleep(50);
    }
    throw new BenchError('The engine did not tell of its memory.');
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
