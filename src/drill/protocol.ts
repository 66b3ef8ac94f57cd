/** What the window (or any other caller) and a process that runs drills say to each other. */
import type { Timeline } from '../engine/api.ts';
import type { CarriedFiles } from '../topology/include/carried-files.ts';

/** A place in a file of the topology. Line and column from 0, as editors count. */
export interface DrillRange {
  readonly uri: string;
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

export interface DrillFailure {
  /** The expectation (or the step) that failed. */
  readonly range: DrillRange;
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
}

export interface DrillOperation {
  readonly verb: string;
  readonly vpg?: string | undefined;
  /** Milliseconds from the drill's start. */
  readonly at: number;
  /** `incomplete`: done, but not all of it, such as a new address that was not set. */
  readonly result: 'success' | 'incomplete' | 'refused' | 'not-supported';
  readonly reason?: string | undefined;
  /** Named writes whose every byte the recovered image holds. */
  readonly contains: readonly string[];
  /** Named writes of which it holds some bytes and lacks others. */
  readonly partly: readonly string[];
  readonly range: DrillRange;
}

/** How a drill went. Times are in milliseconds from its start. */
export interface DrillOutcome {
  readonly name: string;
  /** Where the drill's name stands. */
  readonly range: DrillRange;
  readonly describes?: string | undefined;
  readonly facts: readonly string[];
  readonly verdict: 'passed' | 'failed';
  readonly seed: number;
  readonly duration: number;
  readonly failures: readonly DrillFailure[];
  readonly operations: readonly DrillOperation[];
  readonly timeline: Timeline;
}

export type DrillRequest =
  | {
      readonly type: 'run';
      /** How the file is called in messages. */
      readonly uri: string;
      readonly text: string;
      /** The files that it includes. */
      readonly included?: CarriedFiles;
      /** All drills of the topology where it is absent. */
      readonly drills?: readonly string[];
      readonly seed?: number;
    }
  /** The run stops at the next slice of virtual time; what has finished stays reported. */
  | { readonly type: 'cancel' };

export type DrillEvent =
  | { readonly type: 'started'; readonly drill: string }
  /** `done` of `total` milliseconds of virtual time. */
  | {
      readonly type: 'progress';
      readonly drill: string;
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: 'finished'; readonly outcome: DrillOutcome }
  /** The topology cannot be rehearsed: what stands in the way, each at its place. */
  | {
      readonly type: 'refused';
      readonly problems: readonly { readonly range: DrillRange; readonly message: string }[];
    }
  /** A mistake of ours. */
  | { readonly type: 'crashed'; readonly drill?: string; readonly message: string }
  | { readonly type: 'ended'; readonly cancelled: boolean };
