/** What tests of NBD on the real machine share: its clock, and a server at a socket of its own. */
import { join } from 'node:path';
import { createNbdServer } from '../../../src/engine/nbd/server.ts';
import type { NbdServer, ServerTls } from '../../../src/engine/nbd/server.ts';
import { createNodeStreams } from '../../../src/engine/world/node/streams.ts';
import type { StreamAddress } from '../../../src/engine/world/streams.ts';
import type { Clock } from '../../../src/engine/world/world.ts';
import { withFolder } from '../../programs.ts';

export const machineClock: Clock = {
  now: () => Date.now(),
  timeOfDay: () => 0,
  elapsed: () => performance.now(),
  after: (delay, run) => {
    const timer = setTimeout(run, delay);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
  beat: (delay, _period, run) =>
    machineClock.after(delay, () => {
      run(0);
    }),
};

export interface Serving {
  readonly server: NbdServer;
  readonly folder: string;
  readonly socket: string;
  /** What programs call an export by. */
  readonly uri: (name: string) => string;
}

/** Serves at a unix socket in a folder of its own for as long as `use` takes. */
export async function serving<T>(
  use: (serving: Serving) => Promise<T>,
  tls?: ServerTls,
): Promise<T> {
  return withFolder(async (folder) => {
    const server = createNbdServer({ streams: createNodeStreams(), clock: machineClock, tls });
    const socket = join(folder, 'nbd');
    await listen(server, { kind: 'unix', path: socket });
    try {
      const uri = (name: string): string => `nbd+unix:///${name}?socket=${socket}`;
      return await use({ server, folder, socket, uri });
    } finally {
      await new Promise<void>((resolve) => {
        server.close(resolve);
      });
    }
  });
}

export function listen(server: NbdServer, address: StreamAddress): Promise<StreamAddress> {
  return new Promise((resolve, reject) => {
    server.listen(address, (error, listener) => {
      if (listener) resolve(listener.address);
      else reject(error ?? new Error('nobody listens'));
    });
  });
}
