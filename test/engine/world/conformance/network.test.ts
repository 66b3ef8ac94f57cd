import assert from 'node:assert/strict';
import { bytesPayload } from '../../../../src/engine/world/payloads.ts';
import type {
  CloseReason,
  Connection,
  ConnectionHandler,
  Message,
} from '../../../../src/engine/world/world.ts';
import { leftAddress, rightAddress } from '../two-sites.ts';
import { kinds } from './worlds.ts';
import type { Bed } from './worlds.ts';

const port = 4007;

interface Said extends Message {
  readonly kind: 'said';
  readonly number: number;
}

class Ear implements ConnectionHandler {
  openings = 0;
  readonly heard: number[] = [];
  readonly closings: CloseReason[] = [];
  readonly payloads: Uint8Array[] = [];

  opened(): void {
    this.openings++;
  }

  received(message: Message): void {
    this.heard.push((message as Said).number);
    for (const payload of message.payloads ?? []) this.payloads.push(payload.bytes());
  }

  closed(reason: CloseReason): void {
    this.closings.push(reason);
  }
}

function say(connection: Connection, number: number): void {
  const said: Said = { kind: 'said', number };
  connection.send(said);
}

for (const [kind, create] of kinds) {
  describe(`the network of a World (${kind})`, () => {
    let bed: Bed;
    let near: Ear;
    let far: Ear;
    let accepted: Connection | undefined;

    beforeEach(() => {
      bed = create();
      near = new Ear();
      far = new Ear();
      accepted = undefined;
    });

    afterEach(() => bed.end());

    function listen(): void {
      bed.right.world.network.listen(port, (connection, from) => {
        assert.equal(from, leftAddress);
        accepted = connection;
        return far;
      });
    }

    async function connected(): Promise<Connection> {
      listen();
      const connection = bed.left.world.network.connect(rightAddress, port, near);
      await bed.until(() => near.openings > 0);
      return connection;
    }

    it('carries messages both ways, in order, also those said before it is open', async () => {
      listen();
      const connection = bed.left.world.network.connect(rightAddress, port, near);
      for (let number = 0; number < 100; number++) say(connection, number);
      assert.equal(near.openings, 0);
      await bed.until(() => far.heard.length === 100);
      assert.deepEqual(
        far.heard,
        Array.from({ length: 100 }, (_, number) => number),
      );
      assert(accepted);
      const payloads = [bytesPayload(Uint8Array.of(1, 2, 3))];
      const said: Said = { kind: 'said', number: 7, payloads };
      accepted.send(said);
      await bed.until(() => near.heard.length === 1);
      assert.deepEqual(near.payloads, [Uint8Array.of(1, 2, 3)]);
      assert.equal(near.openings, 1);
    });

    it('takes as long as the link does', async () => {
      const connection = await connected();
      const before = bed.universe.now;
      say(connection, 1);
      await bed.until(() => far.heard.length === 1);
      assert(bed.universe.now - before >= 11, 'a link of 12 ms');
    });

    it('says `refused` where nobody listens and `unreachable` where nobody is', async () => {
      bed.left.world.network.connect(rightAddress, port, near);
      await bed.until(() => near.closings.length > 0);
      assert.deepEqual(near.closings, ['refused']);
      const other = new Ear();
      bed.left.world.network.connect('10.10.10.99', port, other);
      const blocked = new Ear();
      bed.left.world.network.connect(rightAddress, 4005, blocked);
      await bed.until(() => other.closings.length > 0 && blocked.closings.length > 0);
      assert.deepEqual([...other.closings, ...blocked.closings], ['unreachable', 'unreachable']);
      assert.equal(near.openings + other.openings + blocked.openings, 0);
    });

    it('tells the other side of an end, once, and carries nothing afterwards', async () => {
      const connection = await connected();
      say(connection, 1);
      connection.close();
      say(connection, 2);
      await bed.until(() => far.closings.length > 0);
      await bed.pass(50);
      assert.deepEqual(far.heard, [1]);
      assert.deepEqual(far.closings, ['closed']);
      assert.deepEqual(near.closings, []);
    });

    it('tells of the end of a process, but not of the end of its machine', async () => {
      await connected();
      bed.right.kill();
      await bed.until(() => near.closings.length > 0);
      assert.deepEqual(near.closings, ['closed']);
      bed.right.restart();
      near = new Ear();
      await connected();
      bed.right.kill({ silent: true });
      await bed.pass(100);
      assert.deepEqual(near.closings, []);
      assert.deepEqual(far.closings, []);
    });

    it('calls nobody back whose process has ended', async () => {
      const connection = await connected();
      say(connection, 1);
      assert(accepted);
      say(accepted, 2);
      bed.left.kill();
      await bed.pass(100);
      assert.deepEqual(near.heard, []);
      assert.deepEqual(near.closings, []);
    });

    it('keeps what a cut holds up, until the link is healed', async () => {
      const connection = await connected();
      bed.universe.cut(bed.link);
      say(connection, 1);
      say(connection, 2);
      await bed.pass(100);
      assert.deepEqual(far.heard, []);
      bed.universe.heal(bed.link);
      await bed.until(() => far.heard.length === 2);
      assert.deepEqual(far.heard, [1, 2]);
    });

    it('slows down with a link that is degraded', async () => {
      const connection = await connected();
      bed.universe.degrade(bed.link, { latency: 150 });
      const before = bed.universe.now;
      say(connection, 1);
      await bed.until(() => far.heard.length === 1);
      assert(bed.universe.now - before >= 149);
    });
  });
}
