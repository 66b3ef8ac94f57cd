/** What the drill suite and the process that lives through one drill say to each other. */

export interface DrillTask {
  /** The topology's text. */
  readonly text: string;
  /** How the file is called in messages. */
  readonly uri: string;
  readonly drill: string;
}

export interface DrillTaken {
  readonly verdict: 'passed' | 'failed';
  /** What failed, in words. */
  readonly failures: readonly string[];
  /** Milliseconds of virtual time, warm-up included. */
  readonly lived: number;
  /** Milliseconds from the text to the outcome. */
  readonly wall: number;
  /** Milliseconds of processor time for the same, all threads. */
  readonly processor: number;
  /** Events of the simulation: timers, messages, finished I/O. */
  readonly events: number;
  readonly checkpoints: number;
  /** Resident memory before the run, in MiB: the price of a process with the engine loaded. */
  readonly memoryBefore: number;
  /** What the engine holds on to at the end, after a collection of garbage: MiB of heap and buffers. */
  readonly heldMemory: number;
  /** The most memory that was resident, garbage not yet collected included, in MiB. */
  readonly peakMemory: number;
}

export type DrillAnswer =
  | { readonly type: 'taken'; readonly taken: DrillTaken }
  | { readonly type: 'failed'; readonly message: string };
