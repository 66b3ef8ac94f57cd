/** The engine process: from a topology to a running lab that clients can reach, and back to nothing. */
import { dirname, join, resolve } from 'node:path';
import { ControlServer } from '../control/control-server.ts';
import type { EngineInfo } from '../control/questions.ts';
import { createNbdServer, type NbdServer } from '../nbd/server.ts';
import type { RealLab } from '../lab/real-lab.ts';
import { LabError, RealLabError, startRealLab, type RealLabOptions } from '../real-lab.ts';
import { scriptWords } from '../../topology/scripts.ts';
import type { Topology } from '../../topology/model.ts';
import { createNodeStreams } from '../world/node/streams.ts';
import type { StreamListener, Streams } from '../world/streams.ts';
import { WorldError } from '../world/world.ts';
import { collectBuffersSeldom } from './buffer-garbage.ts';
import {
  endpointOf,
  nbdUri,
  publishEndpoint,
  publishedEndpoint,
  withdrawEndpoint,
  type Endpoint,
} from './endpoint.ts';
import { EngineLock, LockedError } from './engine-lock.ts';
import { LabEngine } from './lab-engine.ts';
import { LogFile } from './log-file.ts';
import { processView } from './process-identity.ts';
import { runScript } from './recovery-scripts.ts';
import { ReportFiles } from './report-files.ts';
import { ServedDisks } from './served-disks.ts';
import { claimStateFolder, prepareStateFolder, StateFolderError } from './state-folder.ts';
import { systemClock } from './system-clock.ts';
import { Unused } from './unused.ts';

export interface EngineOptions {
  readonly topology: Topology;
  readonly topologyFile: string;
  readonly stateFolder: string;
  /** Of Tidemark. */
  readonly version: string;
  /** Milliseconds without any client after which it ends by itself; undefined: never. */
  readonly endsUnusedAfter: number | undefined;
  /** Whether disk images may lie outside of the topology's folder. */
  readonly imagesAnywhere: boolean;
  /** Whether the scripts of the topology are run. */
  readonly allowScripts: boolean;
  /** Whether the VMs write what the topology says that they do; see `RealLabOptions`. */
  readonly workload: boolean;
  readonly traceOf?: RealLabOptions['traceOf'];
  ready(ready: Ready): void;
}

/** What `tidemark run` prints when the disks can be used. */
export interface Ready {
  /** Path of the socket that the protocol is spoken on. */
  readonly control: string;
  /** NBD URI by `VM/disk`. */
  readonly disks: Readonly<Record<string, string>>;
}

export interface RunningEngine {
  /** Ends it in order; may be called more than once. */
  stop(why: string): void;
  /** Settles when everything is closed and the state folder is free. */
  readonly ended: Promise<void>;
  /** Takes note of what ends the process now. */
  lastWords(message: string): void;
}

/** How it went; errors of a bundle cannot be told by their class outside of it. */
export type Started =
  | { readonly ok: true; readonly engine: RunningEngine }
  | { readonly ok: false; readonly reason: string };

/** How long disks may take to finish what their clients have asked for, in milliseconds. */
const drainTime = 5000;

export async function startEngine(options: EngineOptions): Promise<Started> {
  collectBuffersSeldom();
  try {
    return { ok: true, engine: await Engine.start(options) };
  } catch (error) {
    if (isForeseen(error)) return { ok: false, reason: error.message };
    throw error;
  }
}

function isForeseen(error: unknown): error is Error {
  return [LockedError, StateFolderError, RealLabError, LabError, WorldError].some(
    (kind) => error instanceof kind,
  );
}

/** What has been opened so far, to be closed in the opposite order. */
type Closing = () => Promise<void> | void;

class Engine implements RunningEngine {
  readonly ended: Promise<void>;
  readonly #log: LogFile;
  #finish: () => void = () => undefined;
  #closings: Closing[] = [];
  #isStopping = false;

  private constructor(log: LogFile) {
    this.#log = log;
    this.ended = new Promise((done) => {
      this.#finish = done;
    });
  }

  static async start(options: EngineOptions): Promise<Engine> {
    const folder = resolve(options.stateFolder);
    await prepareStateFolder(folder);
    const streams = createNodeStreams();
    const started = new Date();
    const lock = await EngineLock.acquire(folder, {
      view: processView(),
      since: started.toISOString(),
      answers: () => answers(streams, folder),
    });
    const log = new LogFile({ path: join(folder, 'engine.log'), now: () => new Date() });
    const engine = new Engine(log);
    engine.#closings.push(() => lock.release());
    try {
      await claimStateFolder(folder, options.topologyFile);
      await engine.#run(options, folder, streams, started.getTime());
      return engine;
    } catch (error) {
      log.write(`could not start: ${error instanceof Error ? error.message : String(error)}`);
      await engine.#close();
      throw error;
    }
  }

  async #run(
    options: EngineOptions,
    folder: string,
    streams: Streams,
    started: number,
  ): Promise<void> {
    const { topology, endsUnusedAfter, version } = options;
    const topologyFile = resolve(options.topologyFile);
    const topologyFolder = dirname(topologyFile);
    const report = (problem: string): void => {
      this.#log.write(problem);
    };
    report(`Tidemark ${version}, process ${process.pid}, starts for ${topologyFile}`);
    const lab = await startRealLab(topology, {
      stateFolder: folder,
      topologyFolder,
      imagesAnywhere: options.imagesAnywhere,
      workload: options.workload,
      traceOf: options.traceOf,
      runScript: (script, done) => {
        const what = `the ${scriptWords[script.which]} of ${script.vpg}`;
        if (!options.allowScripts) {
          report(`${what} was not run: the engine was started without --allow-scripts`);
          done(127);
          return;
        }
        report(`runs ${what}`);
        runScript(script, topologyFolder, (exit) => {
          report(`${what} ended with ${exit}`);
          done(exit);
        });
      },
    });
    this.#closings.push(() => lab.stop());
    lab.onProblem(({ subject, message }) => {
      report(`${subject}: ${message}`);
    });

    const reports = new ReportFiles(folder, topology, report);
    const file = (): void => {
      reports.follow(lab.snapshot());
    };
    const unfollow = lab.onChange(file);
    this.#closings.push(async () => {
      unfollow();
      file();
      await reports.settled();
    });
    file();

    const endpoint = endpointOf(folder, process.pid);
    const nbd = createNbdServer({ streams, clock: systemClock });
    this.#closings.push(() => closeNbd(nbd));
    await new Promise<void>((done, fail) => {
      nbd.listen({ kind: 'unix', path: endpoint.nbd }, (error) => {
        if (error) fail(error);
        else done();
      });
    });
    const served = new ServedDisks(lab, nbd, endpoint.nbd, report);
    lab.onChange(() => {
      served.renew();
    });

    const info: EngineInfo = {
      version,
      pid: process.pid,
      topology: topologyFile,
      state: folder,
      started,
      stays: endsUnusedAfter === undefined,
    };
    const stop = (): void => {
      this.stop('a client asked for it');
    };
    const control = new ControlServer(
      new LabEngine({ topology, lab, served, info, stop, report }),
      { clock: systemClock },
    );
    const listener = await listen(streams, endpoint, control);
    this.#closings.push(() => {
      control.stop();
      return new Promise<void>((done) => {
        listener.close(done);
      });
    });
    await publishEndpoint(folder, endpoint);
    this.#closings.push(() => withdrawEndpoint(folder));
    if (endsUnusedAfter !== undefined) {
      const unused = new Unused(
        systemClock,
        endsUnusedAfter,
        () => control.clients + served.clients,
      );
      unused.start(() => {
        this.stop(`nobody has used it for ${endsUnusedAfter / 1000} s`);
      });
      this.#closings.push(() => {
        unused.stop();
      });
    }
    report('is ready');
    options.ready({ control: endpoint.control, disks: urisOf(lab, endpoint) });
  }

  stop(why: string): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#log.write(`ends: ${why}`);
    void this.#close().then(() => {
      this.#log.write('has ended');
      this.#finish();
    });
  }

  lastWords(message: string): void {
    this.#log.write(message);
  }

  async #close(): Promise<void> {
    const closings = this.#closings;
    this.#closings = [];
    for (const close of closings.reverse()) {
      try {
        await close();
      } catch (error) {
        // What comes after it has to be closed all the same.
        this.#log.write(`while ending: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

function listen(
  streams: Streams,
  { control: path }: Endpoint,
  control: ControlServer,
): Promise<StreamListener> {
  return new Promise((done, fail) => {
    streams.listen(
      { kind: 'unix', path },
      (stream) => control.accept(stream),
      (error, listener) => {
        if (listener) done(listener);
        else fail(error ?? new Error(`nothing listens at ${path}`));
      },
    );
  });
}

/** Clients get the time to be answered; one that does not go then is let go. */
function closeNbd(nbd: NbdServer): Promise<void> {
  return new Promise((done) => {
    const patience = systemClock.after(drainTime, done);
    nbd.close(() => {
      patience.cancel();
      done();
    });
  });
}

function urisOf(lab: RealLab, { nbd }: Endpoint): Readonly<Record<string, string>> {
  return Object.fromEntries([...lab.disks().keys()].map((disk) => [disk, nbdUri(nbd, disk)]));
}

/** Whether somebody accepts connections where the last engine of a folder did. */
async function answers(streams: Streams, folder: string): Promise<boolean> {
  const endpoint = await publishedEndpoint(folder);
  if (!endpoint) return false;
  return new Promise((done) => {
    const stream = streams.connect(
      { kind: 'unix', path: endpoint.control },
      {
        opened: () => {
          done(true);
          stream.destroy();
        },
        received: () => undefined,
        closed: () => {
          done(false);
        },
      },
    );
  });
}
