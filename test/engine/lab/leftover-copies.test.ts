import assert from 'node:assert/strict';
import { isCopy } from '../../../src/engine/lab/leftover-copies.ts';
import { realTopology } from '../real/real-labs.ts';

describe('what a killed engine leaves of a clone', () => {
  const topology = realTopology();

  it('is the copy of a disk of the topology, of an operation of one of its ZVMs', () => {
    for (const path of ['Right 106-1795950007995/web/data.disk', 'Left 1-5/db/data.disk']) {
      assert.ok(isCopy(path, topology), path);
    }
  });

  it('is nothing else that lies there', () => {
    for (const path of [
      'data.disk',
      'web/data.disk',
      'Right 106-1795950007995/data.disk',
      'Right 106-1795950007995/web/data.img',
      'Right 106-1795950007995/web/other.disk',
      'Right 106-1795950007995/mail/data.disk',
      'Right 106-1795950007995/web/data.disk/data.disk',
      'Elsewhere 106-1795950007995/web/data.disk',
      'Right 106/web/data.disk',
      'Right-106-17/web/data.disk',
      '../Right 1-1/web/data.disk',
    ]) {
      assert.ok(!isCopy(path, topology), path);
    }
  });
});
