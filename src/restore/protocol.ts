/** What passes between a {@link DiskBrowser} and the worker in which 7-Zip runs. */
import type { Volume } from './disk-files.ts';
import type { Extracted } from './extract.ts';
import type { Entry } from './listing.ts';
import type { RestoreErrorCode } from './restore-error.ts';

export interface WorkerStart {
  /** Bytes of the disk. */
  readonly size: number;
  /** {@link readState} and, in the second place, the length of what was read or of the error's text. */
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}

/** States of the first place of `control`. */
export const readState = { asked: 0, answered: 1, failed: 2 } as const;

/**
 * Stops this thread until what was asked has been answered. To be woken is not enough: the wake-up of the answer before
 * may come late, behind the next question.
 */
export function awaitAnswer(state: Int32Array): void {
  while (Atomics.load(state, 0) === readState.asked) Atomics.wait(state, 0, readState.asked);
}

export type WorkerRequest =
  | { readonly id: number; readonly kind: 'volumes' }
  | { readonly id: number; readonly kind: 'volume'; readonly path: string }
  | { readonly id: number; readonly kind: 'list'; readonly path: string }
  | { readonly id: number; readonly kind: 'stat'; readonly path: string }
  | { readonly id: number; readonly kind: 'follow'; readonly path: string }
  | {
      readonly id: number;
      readonly kind: 'restore';
      readonly path: string;
      readonly folder: string;
      /** Its own unless given. */
      readonly name: string | undefined;
      /** See `ExtractTarget`. */
      readonly partial: string;
      readonly overwrite: boolean;
    };

export type WorkerAnswer =
  | { readonly kind: 'read'; readonly offset: number; readonly length: number }
  | { readonly kind: 'done'; readonly id: number; readonly value: WorkerValue }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly code: RestoreErrorCode | undefined;
      readonly message: string;
    };

/** Where a path leads, links followed. */
export interface Followed {
  /** As the disk's paths are. */
  readonly path: string;
  /** What the paths of its file system begin with: `3/`, or nothing where the disk is not partitioned. */
  readonly root: string;
  readonly entry: Entry;
}

export type WorkerValue =
  readonly Volume[] | Volume | undefined | readonly Entry[] | Entry | Followed | Extracted;
