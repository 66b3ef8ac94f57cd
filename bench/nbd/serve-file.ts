/** A process that serves one file with our server: `node serve-file.ts SOCKET FILE SIZE`. */
import { argv, stdout } from 'node:process';
import { createNbdServer } from '../../src/engine/nbd/server.ts';
import { createNodeStreams } from '../../src/engine/world/node/streams.ts';
import { openFileDisk } from '../../test/engine/nbd/disks.ts';
import { machineClock } from '../../test/engine/nbd/machine.ts';

const [, , socket = '', file = '', size = '0'] = argv;
const server = createNbdServer({ streams: createNodeStreams(), clock: machineClock });
openFileDisk(file, Number(size), (error, disk) => {
  if (!disk) throw error ?? new Error('no disk');
  server.add({ name: '', disk });
  server.listen({ kind: 'unix', path: socket }, (failed) => {
    if (failed) throw failed;
    stdout.write('listening\n');
  });
});
