/** What a command may do with the engines of this machine. */
import type { ControlClient } from '../../engine/control/control-client.ts';
import type { Topology } from '../../topology/model.ts';

export interface RunOptions {
  readonly topology: Topology;
  readonly topologyFile: string;
  /** The state folder; the one beside the topology where it is not given. */
  readonly state: string | undefined;
  /** Milliseconds without a client after which it ends; undefined: never. */
  readonly endsUnusedAfter: number | undefined;
  readonly imagesAnywhere: boolean;
  readonly runScripts: boolean;
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
  /** Runs an engine in this process until it ends, and prints a line when it is ready. Why it did not start is told. */
  run(options: RunOptions): Promise<'ended' | 'not-started'>;
}
