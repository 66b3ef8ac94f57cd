/**
 * The files of a simulated site, for a stretch of time that is not lived through event by event: what is done to
 * them takes no time, and is as durable as if it had been done long ago.
 */
import type { Payload } from './payload.ts';

export interface Ground {
  /** All of a file; undefined where there is none. */
  read(path: string): Payload | undefined;
  /** Writes to a file, making it where there is none. */
  write(path: string, offset: number, payload: Payload): void;
  /**
   * Makes a file of `length` bytes whose content is worked out when somebody first reads or changes it, and never
   * where it is removed before. `make` answers the content as parts one behind the other.
   *
   * @throws RangeError where there is such a file already
   */
  defer(path: string, length: number, make: () => readonly Payload[]): void;
  /** Removes a file; one that is not there is no error. */
  remove(path: string): void;
}
