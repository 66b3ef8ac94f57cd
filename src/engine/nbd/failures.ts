/** What went wrong with a request, in the words of the protocol and in ours. */
import { WorldError } from '../world/world.ts';
import { errno } from './protocol.ts';

export interface Failure {
  readonly errno: number;
  /** For people. */
  readonly message: string;
}

export function failureOf(error: WorldError): Failure {
  switch (error.code) {
    case 'no-space':
      return { errno: errno.noSpace, message: 'there is no space left for it' };
    case 'out-of-range':
      return { errno: errno.invalid, message: 'it does not lie within the disk' };
    case 'closed':
      return { errno: errno.shutdown, message: 'the disk is no longer served' };
    case 'corrupt':
      return { errno: errno.inputOutput, message: 'what is stored there is corrupt' };
    case 'not-found':
    case 'input-output':
      return { errno: errno.inputOutput, message: 'the disk could not do it' };
  }
}

/** What a client makes of a server's error. */
export function errorOf(failed: number, subject: string, message: string | undefined): WorldError {
  const said = message === undefined || message === '' ? '' : `: ${message}`;
  const why = (what: string): string => `the NBD server answered ${what}${said}`;
  switch (failed) {
    case errno.noSpace:
      return new WorldError('no-space', subject, why('that it has no space left (ENOSPC)'));
    case errno.invalid:
    case errno.overflow:
      return new WorldError('out-of-range', subject, why('that the request is not valid (EINVAL)'));
    case errno.shutdown:
      return new WorldError('closed', subject, why('that it is shutting down (ESHUTDOWN)'));
    case errno.notPermitted:
      return new WorldError('input-output', subject, why('that it may not be written to (EPERM)'));
    case errno.noMemory:
      return new WorldError('input-output', subject, why('that it is out of memory (ENOMEM)'));
    case errno.notSupported:
      return new WorldError('input-output', subject, why('that it cannot do this (ENOTSUP)'));
    case errno.inputOutput:
      return new WorldError('input-output', subject, why('with an input/output error (EIO)'));
    default:
      return new WorldError('input-output', subject, why(`with error ${failed}`));
  }
}
