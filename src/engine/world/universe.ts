/**
 * What a lab is built in: the topology's links and datastores, and processes with a World each. One that
 * is simulated lives in virtual time (`simulated.ts`), the other on the machine that it runs on (`node.ts`).
 */
import type { Link, Site, Topology } from '../../topology/model.ts';
import type { Endpoint } from '../../topology/reachability.ts';
import type { LinkChange } from './network/link-state.ts';
import type { Instant, Timer, World } from './world.ts';

export type { LinkChange } from './network/link-state.ts';

export interface Universe {
  readonly topology: Topology;
  /** Milliseconds; what {@link Universe.schedule} counts by. */
  readonly now: Instant;

  /**
   * Starts a process. Its name is unique in the universe. Throws a RangeError for a name or an address
   * that is taken.
   */
  createProcess(name: string, options: ProcessOptions): EngineProcess;
  /** Calls back at a time; one that has passed counts as now. No process's end takes it back. */
  schedule(at: Instant, run: () => void): Timer;
  /** The same for what is done again and again at steady times, one every `period` ms: see `Clock.beat`. */
  beat(at: Instant, period: number, run: () => void): Timer;

  /** Nothing crosses the link any more. What was under way waits, and nobody is told. */
  cut(link: Link): void;
  /** The link is as the topology says again, after a cut as after a change. */
  heal(link: Link): void;
  degrade(link: Link, change: LinkChange): void;

  /** What a site's clock shows. */
  clockOf(site: Site): Instant;
  /** Bytes. */
  space(site: Site, datastore: string): { readonly capacity: number; readonly free: number };
}

/** A process of the engine: it can be ended and started again over the same files. */
export interface EngineProcess {
  readonly name: string;
  readonly site: Site;
  readonly endpoint: Endpoint | undefined;
  /** The World of the present life, or of the last one. */
  readonly world: World;
  readonly alive: boolean;
  /** Ends the process. One that has ended already can still lose the power of its machine. */
  kill(options?: KillOptions): void;
  /** Starts the process anew, killing it first where it runs. Its machine has power again. */
  restart(): World;
}

export interface ProcessOptions {
  /** Gives the clock and the datastores. */
  readonly site: Site;
  /** Where the process is in the network; a process without one talks to nobody. */
  readonly endpoint?: Endpoint | undefined;
  /** The endpoint's one address is a stand-in: where it is taken, the next lower free one is used. */
  readonly dhcp?: boolean;
  /**
   * The largest packet, in bytes, that its machine insists on sending: what is larger than the way lets
   * through never arrives, as with a VRA whose path MTU discovery fails. Absent: it sends what fits.
   */
  readonly packetSize?: number;
  /** The CPU that it shares with others. Absent: one that nobody else uses. */
  readonly cpu?: SharedCpu;
}

/** A CPU that something outside of the engine is said to take a share of, 0 to 1. */
export interface SharedCpu {
  taken: number;
}

export interface KillOptions {
  /**
   * The machine lost power: nobody is told, and what was not synced may be lost. Otherwise only the
   * process ends: its peers hear `closed`, and what its system had taken is kept.
   */
  readonly silent?: boolean;
}
