/** A failure to look into a disk or to bring a file out of it. */

export type RestoreErrorCode =
  /** The disk, or the partition, has no file system that can be read. */
  | 'no-file-system'
  | 'not-found'
  /** A folder was wanted and it is a file, or the other way round. */
  | 'wrong-kind'
  /** What the disk holds there contradicts itself, or could not be read. */
  | 'damaged'
  /** The target has something of that name already. */
  | 'taken'
  /** The target cannot be written. */
  | 'target'
  /** Whoever asked did not want it any more. */
  | 'cancelled';

export class RestoreError extends Error {
  readonly code: RestoreErrorCode;

  constructor(code: RestoreErrorCode, message: string) {
    super(message);
    this.name = 'RestoreError';
    this.code = code;
  }
}
