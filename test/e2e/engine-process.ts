/** `tidemark run` as a process of its own, and the other commands as processes that talk to it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import {
  copySevenZip,
  engineBeside,
  requireInModules,
  restoreWorker,
} from '../../scripts/command-line-bundle.mjs';

const bundles = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
const cli = join(bundles, 'cli.js');
let bundled: Promise<void> | undefined;

// Several files of tests share them, and which of them ends last nobody knows.
process.once('exit', () => {
  rmSync(bundles, { recursive: true, force: true });
});

/** Bundles the command line once: Node would read hundreds of sources at every start. */
export function bundleCommandLine(): Promise<void> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<void> {
  await build({
    entryPoints: {
      cli: 'src/cli/main.ts',
      engine: 'src/engine/main.ts',
      'restore-worker': restoreWorker,
    },
    outdir: bundles,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: requireInModules,
    plugins: [engineBeside],
    alias: { yaml: './node_modules/yaml/browser/index.js' },
  });
  await copySevenZip(bundles);
  writeFileSync(join(bundles, 'package.json'), '{"type":"module"}');
}

/** A command as a process: what to run, and its arguments. */
export function commandLine(...args: readonly string[]): [string, string[]] {
  return [process.execPath, [cli, ...args]];
}

const example = readFileSync('examples/seed-lab.dr.yaml', 'utf8');

export const diskSize = 16 * 1024 * 1024;
/** The most that anything may take on a machine that is busy, in milliseconds. */
export const patience = 120_000;

export interface Ran {
  readonly status: number | null;
  readonly printed: string;
  readonly told: string;
}

export interface Ready {
  readonly ready: true;
  readonly control: string;
  readonly disks: Readonly<Record<string, string>>;
}

/** A folder with the example's lab on small disks, one of them an image that is there. */
export class LabFolder {
  readonly path: string;
  readonly topology: string;
  readonly image: string;
  readonly #engines: RunningEngine[] = [];

  constructor(...changes: readonly [string, string][]) {
    this.path = mkdtempSync(join(tmpdir(), 'tidemark-e2e-'));
    this.topology = join(this.path, 'lab.dr.yaml');
    this.image = join(this.path, 'disks', 'data.img');
    mkdirSync(join(this.path, 'disks'));
    writeFileSync(this.image, '');
    truncateSync(this.image, diskSize);
    this.write(
      ['system: { size: 40GiB,', 'system: { size: 16MiB,'],
      [
        'data: { size: 200GiB, datastore: ds-p1 }',
        'data: { size: 16MiB, datastore: ds-p1, image: disks/data.img }',
      ],
      ...changes,
    );
  }

  write(...changes: readonly [string, string][]): void {
    let text = example;
    for (const [from, to] of changes) {
      assert.ok(text.includes(from), `nothing to change at ${from}`);
      text = text.replace(from, to);
    }
    writeFileSync(this.topology, text);
  }

  get state(): string {
    return join(this.path, '.tidemark');
  }

  /** Runs a command to its end. */
  run(...args: readonly string[]): Ran {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: this.path,
      encoding: 'utf8',
      timeout: patience,
    });
    return { status, printed: stdout, told: stderr };
  }

  /** The same, of a command that does it and prints JSON. */
  json(...args: readonly string[]): unknown {
    const { status, printed, told } = this.run(...args, '--format', 'json');
    assert.ok(
      status === 0 || args[0] === 'status',
      `${args.join(' ')}: ${status} ${told}${printed}`,
    );
    return JSON.parse(printed);
  }

  /** Starts an engine, and waits until it is ready. */
  async start(...args: readonly string[]): Promise<RunningEngine> {
    const engine = this.launch(...args);
    await engine.isReady();
    return engine;
  }

  /** Starts an engine. */
  launch(...args: readonly string[]): RunningEngine {
    const engine = new RunningEngine(
      spawn(process.execPath, [cli, 'run', 'lab.dr.yaml', ...args], {
        cwd: this.path,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    this.#engines.push(engine);
    return engine;
  }

  /** Kills whatever is left, and removes everything. */
  async remove(): Promise<void> {
    for (const engine of this.#engines) await engine.kill('SIGKILL');
    rmSync(this.path, { recursive: true, force: true });
  }
}

export class RunningEngine {
  readonly #child: ChildProcess;
  printed = '';
  told = '';
  exit: { readonly code: number | null; readonly signal: string | null } | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.told += chunk.toString()));
    child.once('close', (code, signal) => {
      this.exit = { code, signal };
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ready(): Ready {
    return JSON.parse(this.printed.slice(0, this.printed.indexOf('\n'))) as Ready;
  }

  async isReady(): Promise<void> {
    await until(() => this.printed.includes('\n') || this.exit !== undefined, 'a ready engine');
    assert.equal(this.exit, undefined, `the engine has ended: ${this.told}`);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.exit === undefined) this.#child.kill(signal);
    await this.ended();
  }

  ended(): Promise<void> {
    return until(() => this.exit !== undefined, 'the end of the engine');
  }
}

/** Looks again and again, until it is so or the patience is over. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + patience;
  while (!isSo()) {
    assert.ok(performance.now() < end, `${what} did not come within ${patience / 1000} s`);
    await new Promise((look) => setTimeout(look, 100));
  }
}

/** Patterns written to and read from a disk by QEMU. */
export function qemuIo(uri: string, ...commands: readonly string[]): Ran {
  const words = commands.flatMap((command) => ['-c', command]);
  const { status, stdout, stderr } = spawnSync('qemu-io', ['-f', 'raw', ...words, uri], {
    encoding: 'utf8',
    timeout: patience,
  });
  return { status, printed: stdout, told: stderr };
}
