import { WorldError } from '../world.ts';
import type { WorldErrorCode } from '../world.ts';

const codes: Readonly<Record<string, WorldErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  EBADF: 'closed',
};

/** What the system said, in the World's words. `what` is what was tried, such as `writing`. */
export function worldError(
  error: NodeJS.ErrnoException,
  subject: string,
  what: string,
): WorldError {
  const code = codes[error.code ?? ''] ?? 'input-output';
  return new WorldError(code, subject, `${what} failed: ${explained(error)}`);
}

function explained(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'ENOSPC':
      return 'no space is left on its file system';
    case 'EDQUOT':
      return "the user's quota on its file system is used up";
    case 'EFBIG':
      return 'it would be larger than its file system allows';
    case 'EACCES':
    case 'EPERM':
      return `the user has no permission for it (${error.code})`;
    case 'EROFS':
      return 'its file system is read-only';
    case 'EMFILE':
    case 'ENFILE':
      return `too many files are open (${error.code}): raise the limit, as with ulimit -n`;
    case 'EIO':
      return 'the device reports an input/output error';
    default:
      return error.message;
  }
}
