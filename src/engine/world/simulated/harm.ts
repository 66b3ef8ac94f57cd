/**
 * What can be watched in a universe and what can be done to it beyond what a topology describes: for tests
 * that torture the engine. All of it is off by default; while it is off, it costs a comparison.
 */
import type { Payload } from '../payload.ts';
import type { Instant, Message } from '../world.ts';

/** Hears what happens at the moment at which it does. It must not change anything. */
export interface Observer {
  /** A process hands a message over, to the process behind the connection where there is one yet. */
  sent?(from: string, to: string | undefined, message: Message): void;
  /** A write begins: from here on it is seen by readers. */
  wrote?(process: string, path: string, offset: number, parts: readonly Payload[]): void;
  /** Any other I/O begins. */
  touched?(process: string, path: string): void;
  /**
   * In a stretch that time leaps over a guest of a process wrote to a disk. Told for each disk's machine in order,
   * together with its {@link leaptMarker}s.
   */
  leaptWrite?(process: string, path: string, offset: number, payload: Payload, at: Instant): void;
  /** Behind all of a VM's writes that were told so far a marker was placed in a stream of it. */
  leaptMarker?(vra: string, vpg: string, stream: string, checkpoint: number, at: Instant): void;
}

/** The observer of a universe, for those who live in it. */
export interface Watch {
  observer: Observer | undefined;
}

/** I/O of a process on a file. */
export interface StorageCall {
  readonly process: string;
  readonly path: string;
  /** Bytes; 0 for a sync. */
  readonly offset: number;
  readonly length: number;
}

/** Reported as done, but nothing of it happened (`phantom`), or somewhere else in the file. */
export type WriteFate = 'failed' | 'phantom' | { readonly misdirectedTo: number };

/**
 * What becomes of I/O on a datastore; undefined: what should.
 *
 * - A read that fails is an `input-output` error, and so is a write, of which nothing is written.
 * - `sync` is asked for syncs and for writes that are to be durable when they are done. One that `failed`
 *   says so, and what it was for can be read, but is never written back: as on Linux, whose next sync then
 *   succeeds ("fsyncgate"). One that is `lying` reports success; what it was for becomes durable with
 *   the next honest sync or after 30 s.
 */
export interface StorageFaults {
  write?(call: StorageCall): WriteFate | undefined;
  read?(call: StorageCall): 'failed' | undefined;
  sync?(call: StorageCall): 'failed' | 'lying' | undefined;
}
