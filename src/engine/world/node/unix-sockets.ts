/** Sockets in the file system: whom they are for, and what dead processes leave behind. */
import { chmod, lstat, mkdir, stat, unlink } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import { getuid, platform } from 'node:process';
import { WorldError } from '../world.ts';
import type { Done } from '../world.ts';

const isWindows = platform === 'win32';

/** Bytes of a socket's path, without the zero behind it: `sun_path` of Linux, and of macOS and BSD. */
const longestPath = platform === 'linux' ? 107 : 103;

/**
 * Makes the folder for a socket and clears away a socket at which nobody answers any more. Refuses a folder that
 * others may enter, and whatever else stands at the path.
 */
export function makeWayForSocket(path: string, done: Done): void {
  if (isWindows) {
    setImmediate(done, undefined);
    return;
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > longestPath) {
    const why = `a socket's path may be ${longestPath} bytes long, and this has ${bytes}; choose a folder nearer the root`;
    setImmediate(done, new WorldError('out-of-range', path, why));
    return;
  }
  const folder = dirname(path);
  mkdir(folder, { recursive: true, mode: 0o700 }, (failed) => {
    if (failed) {
      done(new WorldError('input-output', folder, `the folder cannot be made (${failed.message})`));
      return;
    }
    stat(folder, (unknown, stats) => {
      if (unknown) done(new WorldError('input-output', folder, unknown.message));
      else if (getuid !== undefined && stats.uid !== getuid())
        done(notOurs(folder, 'belongs to another user'));
      else if ((stats.mode & 0o077) !== 0) done(notOurs(folder, 'can be entered by other users'));
      else clearStale(path, done);
    });
  });
}

function notOurs(folder: string, why: string): WorldError {
  const help = 'use a folder of your own, with rights for you alone (chmod 700)';
  return new WorldError('input-output', folder, `${why}, so no socket is made in it; ${help}`);
}

function clearStale(path: string, done: Done): void {
  lstat(path, (absent, stats) => {
    if (absent) {
      const missing = absent.code === 'ENOENT';
      done(missing ? undefined : new WorldError('input-output', path, absent.message));
      return;
    }
    if (!stats.isSocket()) {
      const why = 'is not a socket, so it is not replaced by one';
      done(new WorldError('input-output', path, why));
      return;
    }
    const probe = createConnection({ path });
    probe.once('connect', () => {
      probe.destroy();
      done(new WorldError('input-output', path, 'another process listens there'));
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      probe.destroy();
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') removeSocket(path, done);
      else done(new WorldError('input-output', path, error.message));
    });
  });
}

/** Takes a fresh socket from everybody but its owner. */
export function ownSocket(path: string, done: Done): void {
  if (isWindows) {
    setImmediate(done, undefined);
    return;
  }
  chmod(path, 0o600, (error) => {
    done(error ? new WorldError('input-output', path, error.message) : undefined);
  });
}

/** Removes a socket that nobody listens at any more; one that is gone already is as gone as it should be. */
export function removeSocket(path: string, done: Done): void {
  if (isWindows) {
    setImmediate(done, undefined);
    return;
  }
  unlink(path, (error) => {
    const remains = error && error.code !== 'ENOENT';
    done(remains ? new WorldError('input-output', path, error.message) : undefined);
  });
}
