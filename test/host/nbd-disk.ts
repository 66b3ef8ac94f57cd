/** Disks of a running lab, used as a VM uses them. */
import { bytesPayload } from '../../src/engine/world/payloads.ts';
import { openRemoteDisk, type RemoteDisk } from '../../src/engine/nbd/remote-disk.ts';
import { parseNbdUri } from '../../src/engine/nbd/uri.ts';
import { createNodeStreams } from '../../src/engine/world/node/streams.ts';

const clock = {
  now: () => performance.now(),
  timeOfDay: () => 0,
  elapsed: () => performance.now(),
  after: (delay: number, run: () => void) => {
    const timer = setTimeout(run, delay);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
  beat: (delay: number, _period: number, run: (leftOut: number) => void) =>
    clock.after(delay, () => {
      run(0);
    }),
};

/** Opens the disk behind an NBD address for as long as it is used. */
export async function withDisk<T>(uri: string, use: (disk: OpenDisk) => Promise<T>): Promise<T> {
  const target = parseNbdUri(uri);
  const disk = await new Promise<RemoteDisk>((resolve, reject) => {
    openRemoteDisk(
      { streams: createNodeStreams(), clock, target, subject: uri },
      (error, opened) => {
        if (opened) resolve(opened);
        else reject(error ?? new Error(`${uri} cannot be opened`));
      },
    );
  });
  try {
    return await use(new OpenDisk(disk));
  } finally {
    disk.close();
  }
}

export class OpenDisk {
  readonly #disk: RemoteDisk;

  constructor(disk: RemoteDisk) {
    this.#disk = disk;
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#disk.write(offset, bytesPayload(bytes), true, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#disk.read(offset, length, (error, payload) => {
        if (payload) resolve(payload.bytes());
        else reject(error ?? new Error('nothing was read'));
      });
    });
  }
}
