/** A disk on an NBD target, for whoever only reads and waits by promise. */
import type { Clock } from '../world/world.ts';
import type { Streams } from '../world/streams.ts';
import { openRemoteDisk } from './remote-disk.ts';
import { parseNbdUri } from './uri.ts';

export interface ReadableTarget {
  readonly streams: Streams;
  readonly clock: Clock;
  /** See {@link parseNbdUri}. */
  readonly uri: string;
  /** What it is called in errors. */
  readonly subject: string;
  /** Milliseconds that a read waits where the connection is lost; see `RemoteDiskOptions`. */
  readonly patience?: number | undefined;
}

export interface ReadableRemoteDisk {
  /** Bytes. */
  readonly size: number;
  /** Exactly that many bytes, which lie within the size. @throws WorldError */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): void;
}

/** @throws RangeError for a text that is no URI; WorldError where it cannot be reached */
export async function openReadableDisk(target: ReadableTarget): Promise<ReadableRemoteDisk> {
  const options = { ...target, target: parseNbdUri(target.uri) };
  return new Promise((resolve, reject) => {
    openRemoteDisk(options, (failure, disk) => {
      if (!disk) {
        reject(failure ?? new Error(`${target.subject} could not be opened`));
        return;
      }
      resolve({
        size: disk.size,
        read: (offset, length) =>
          new Promise((answer, fail) => {
            disk.read(offset, length, (error, payload) => {
              if (payload) answer(payload.bytes());
              else fail(error ?? new Error(`${target.subject} could not be read`));
            });
          }),
        close: () => {
          disk.close();
        },
      });
    });
  });
}
