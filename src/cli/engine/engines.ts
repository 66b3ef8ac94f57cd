/** What a command may do with the engines of this machine. */
import type { ControlClient } from '../../engine/control/control-client.ts';
import type { FiledReport } from '../../engine/process/filed-reports.ts';
import type { BlockTrace } from '../../engine/lab.ts';
import type { DiskBrowser } from '../../restore/disk-browser.ts';
import type { Topology, Vm } from '../../topology/model.ts';

export interface RunOptions {
  readonly topology: Topology;
  readonly topologyFile: string;
  /** The state folder; the one beside the topology where it is not given. */
  readonly state: string | undefined;
  /** Milliseconds without a client after which it ends; undefined: never. */
  readonly endsUnusedAfter: number | undefined;
  readonly imagesAnywhere: boolean;
  readonly allowScripts: boolean;
  readonly workload: boolean;
  /** The recorded trace that a VM writes. */
  readonly traceOf: (vm: Vm) => BlockTrace;
}

/** A disk that an engine serves, and what looks for files in it. */
export interface OpenedDisk {
  readonly browser: Pick<DiskBrowser, 'volumes' | 'volumeOf' | 'list' | 'restore'>;
  close(): Promise<void>;
}

export interface EngineAccess {
  /** The engine has a working folder of its own. */
  absolutePath(path: string): string;
  /**
   * Connects to the engine of a state folder, which has said hello then.
   *
   * @throws Error that says that there is none
   */
  connect(state: string): Promise<ControlClient>;
  /** Recovery reports that lie in a state folder, the newest first; see `filedReports`. */
  filedReports(state: string): Promise<readonly FiledReport[]>;
  /**
   * Opens a disk by its NBD URI. `read` hears of the bytes that come from it.
   *
   * @throws Error that says why it cannot be read
   */
  openDisk(uri: string, subject: string, read: (bytes: number) => void): Promise<OpenedDisk>;
  /** Aborts the signal where the person interrupts this process, which goes on until it has cleaned up. */
  untilInterrupted<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Runs an engine in this process until it ends, and prints a line when it is ready. Why it did not start is told. */
  run(options: RunOptions): Promise<'ended' | 'not-started'>;
}
