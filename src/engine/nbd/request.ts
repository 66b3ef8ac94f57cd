/** A request of a client, and whether it may be done. */
import type { Agreement } from './exports.ts';
import type { Failure } from './failures.ts';
import { command, commandFlag, errno, maxPayload } from './protocol.ts';
import type { Cookie } from './replies.ts';

export interface Request {
  readonly cookie: Cookie;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly length: number;
}

/** The flags that a command may carry; FUA goes with all of them. */
function flagsFor(type: number, { structuredReplies }: Agreement): number {
  switch (type) {
    case command.read:
      return commandFlag.fua | (structuredReplies ? commandFlag.df : 0);
    case command.writeZeroes:
      return commandFlag.fua | commandFlag.noHole | commandFlag.fastZero;
    case command.blockStatus:
      return commandFlag.fua | commandFlag.reqOne;
    default:
      return commandFlag.fua;
  }
}

/** Why a request cannot be done, where it cannot. */
export function problemOf(
  { type, flags, offset, length }: Request,
  agreement: Agreement,
): Failure | undefined {
  const { disk } = agreement.served;
  const invalid = (message: string): Failure => ({ errno: errno.invalid, message });
  switch (type) {
    case command.read:
    case command.flush:
    case command.cache:
      break;
    case command.write:
    case command.trim:
    case command.writeZeroes:
      if (disk.readOnly) return { errno: errno.notPermitted, message: 'the disk is read-only' };
      break;
    case command.blockStatus:
      if (!agreement.allocation) return invalid('no metadata context was chosen');
      if (length === 0) return invalid('the status of nothing was asked for');
      break;
    default:
      return invalid(`command ${type} is not known here`);
  }
  const strange = flags & ~flagsFor(type, agreement);
  if (strange !== 0) return invalid(`flags 0x${strange.toString(16)} do not go with the command`);
  if (type === command.flush) {
    return offset === 0 && length === 0 ? undefined : invalid('a flush is of the whole disk');
  }
  if (length > maxPayload && (type === command.read || type === command.write)) {
    return invalid(`at most ${maxPayload} bytes can be read or written at once`);
  }
  if (offset + length > disk.size) {
    const writes = type === command.write || type === command.writeZeroes;
    const message = `the disk ends at ${disk.size}`;
    return { errno: writes ? errno.noSpace : errno.invalid, message };
  }
  if ((flags & commandFlag.fastZero) !== 0 && !disk.zeroesFast) {
    return { errno: errno.notSupported, message: 'zeroes are as slow as data here' };
  }
  return undefined;
}
