/** What a journal, or an image of it, refuses or fails with. */
import type { WorldError } from '../world/world.ts';

export type JournalErrorCode =
  /** The frame does not begin right behind the position. The sender has to attach again. */
  | 'out-of-sequence'
  /** An epoch that the journal has left, or a greater one that does not begin with a sync. */
  | 'wrong-epoch'
  /** A frame of another stream, with impossible numbers, or with data that fails its checksum. */
  | 'bad-frame'
  /** What the journal holds on its datastore is damaged: the message names file and offset. */
  | 'corrupt'
  /** The checkpoint was in this journal and has been promoted to the replica disks. */
  | 'checkpoint-aged-out'
  /** No such checkpoint ever reached this journal, or none that can be served. */
  | 'checkpoint-unknown'
  /** A sync is filling the replica and no checkpoint has followed it yet. */
  | 'replica-incomplete'
  /** The image has written as much as its scratch limit allows. */
  | 'scratch-full'
  /** Beyond the end of a disk, or a disk that the stream does not have. */
  | 'out-of-range'
  /** The datastore has no room left. Worth trying again later. */
  | 'no-space'
  /** The datastore failed; `cause` is the {@link WorldError}. Worth trying again later. */
  | 'storage-failed'
  /** The journal or image has been closed. */
  | 'closed';

export class JournalError extends Error {
  readonly code: JournalErrorCode;
  /** The stream, file or image that it happened to. */
  readonly subject: string;

  constructor(code: JournalErrorCode, subject: string, message: string, cause?: WorldError) {
    super(`${subject}: ${message}`, cause === undefined ? undefined : { cause });
    this.name = 'JournalError';
    this.code = code;
    this.subject = subject;
  }
}

/** What the datastore said, in the journal's words. */
export function storageFailure(error: WorldError, doing: string): JournalError {
  const code =
    error.code === 'no-space' || error.code === 'corrupt' || error.code === 'closed'
      ? error.code
      : 'storage-failed';
  return new JournalError(code, error.subject, `${doing}: ${error.message}`, error);
}
