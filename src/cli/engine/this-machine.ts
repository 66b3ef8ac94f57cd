/** Engines on this machine: one to be run in this process, others over their sockets. */
import { resolve } from 'node:path';
import { ControlClient, DisconnectedError } from '../../engine/control/control-client.ts';
import { publishedEndpoint } from '../../engine/process/endpoint.ts';
import { filedReports } from '../../engine/process/filed-reports.ts';
import { stateFolderOf } from '../../engine/process/state-folder.ts';
import { openReadableDisk } from '../../engine/nbd/readable-disk.ts';
import { systemClock } from '../../engine/process/system-clock.ts';
import { version } from '../../engine/version.ts';
import { createNodeStreams } from '../../engine/world/node/streams.ts';
import { DiskBrowser } from '../../restore/disk-browser.ts';
import { exitStatus } from '../shell.ts';
import { NoEngineError } from './access.ts';
import type { EngineAccess, OpenedDisk, RunOptions } from './engines.ts';

export const enginesOfThisMachine: EngineAccess = {
  absolutePath: (path) => resolve(path),
  connect,
  filedReports: (state) => filedReports(resolve(state)),
  openDisk,
  untilInterrupted,
  run,
};

async function connect(state: string): Promise<ControlClient> {
  const folder = resolve(state);
  const none = (): NoEngineError =>
    new NoEngineError(
      `No engine runs with the state folder ${folder}. “tidemark run FILE” starts one, and --state says where it keeps its state.`,
    );
  const endpoint = await publishedEndpoint(folder);
  if (!endpoint) throw none();
  const streams = createNodeStreams();
  const address = { kind: 'unix', path: endpoint.control } as const;
  const client = new ControlClient((handler) => streams.connect(address, handler), {
    client: `tidemark ${version}, process ${process.pid}`,
  });
  try {
    await client.hello();
  } catch (error) {
    if (error instanceof DisconnectedError && error.code === undefined) throw none();
    throw error;
  }
  return client;
}

/** Milliseconds that a read waits for an engine that does not answer. */
const readPatience = 10_000;

async function openDisk(
  uri: string,
  subject: string,
  read: (bytes: number) => void,
): Promise<OpenedDisk> {
  const streams = createNodeStreams();
  const clock = systemClock;
  const disk = await openReadableDisk({ streams, clock, uri, subject, patience: readPatience });
  const browser = new DiskBrowser({
    size: disk.size,
    read: async (offset, length) => {
      const bytes = await disk.read(offset, length);
      read(bytes.length);
      return bytes;
    },
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      disk.close();
    },
  };
}

const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function untilInterrupted<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => {
    // Who asks twice will not wait.
    if (controller.signal.aborted) process.exit(exitStatus.unable);
    controller.abort();
  };
  for (const signal of interruptions) process.on(signal, interrupt);
  try {
    return await run(controller.signal);
  } finally {
    for (const signal of interruptions) process.off(signal, interrupt);
  }
}

/** Major and minor version of Node from which on it has all that an engine needs. */
const oldestNode = [22, 15] as const;

async function run(options: RunOptions): Promise<'ended' | 'not-started'> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    throw new NoEngineError(
      `An engine needs Node ${oldestNode.join('.')} or later, and this is ${process.versions.node}.`,
    );
  }
  // A bundle of its own, so that other commands neither load it nor need what it needs of Node.
  const { startEngine } = await import('../../engine/main.ts');
  const tell = (message: string): void => {
    process.stderr.write(`${message}\n`);
  };
  const started = await startEngine({
    ...options,
    stateFolder: options.state ?? stateFolderOf(options.topologyFile),
    version,
    ready: (ready) => {
      process.stdout.write(`${JSON.stringify({ ready: true, ...ready })}\n`);
    },
  });
  if (!started.ok) {
    tell(started.reason);
    return 'not-started';
  }
  const { engine } = started;
  let isAsked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Who asks twice will not wait; the next start finds everything as a loss of power would leave it.
      if (isAsked) process.exit(exitStatus.wrong);
      isAsked = true;
      engine.stop(signal);
    });
  }
  const crash = (error: unknown): void => {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    engine.lastWords(`crashed: ${what}`);
    tell(`The engine has crashed: ${what}`);
    // What it was doing is unknown; the next start finds everything as a loss of power would leave it.
    process.exit(exitStatus.unable);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  await engine.ended;
  return 'ended';
}
