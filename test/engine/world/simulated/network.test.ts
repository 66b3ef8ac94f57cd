import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SimulatedProcess } from '../../../../src/engine/world/simulated.ts';
import type {
  Connection,
  ConnectionHandler,
  Message,
  World,
} from '../../../../src/engine/world/world.ts';
import { syntheticPayload } from '../../../../src/engine/world/payloads.ts';
import { createTwoSites, createZvm, rightAddress, rightZvmAddress } from '../two-sites.ts';
import type { TwoSites } from '../two-sites.ts';

const port = 4007;
/** One way over the link and the machines at both ends. */
const latency = 12.1;

interface Heard {
  readonly what: string;
  readonly at: number;
}

/** A handler that writes down what it hears. */
function listener(world: World, heard: Heard[]): ConnectionHandler {
  const note = (what: string): void => {
    heard.push({ what, at: world.clock.now() });
  };
  return {
    opened() {
      note('opened');
    },
    received(message) {
      note(message.kind);
    },
    closed(reason) {
      note(reason);
    },
  };
}

interface Pair {
  readonly client: Connection;
  readonly clientHeard: Heard[];
  readonly server: Connection;
  readonly serverHeard: Heard[];
}

/** An open connection from the left VRA to the right one. */
function connected(sites: TwoSites): Pair {
  const serverHeard: Heard[] = [];
  const clientHeard: Heard[] = [];
  const accepted: Connection[] = [];
  const { left, right, universe } = sites;
  right.world.network.listen(port, (connection) => {
    accepted.push(connection);
    return listener(right.world, serverHeard);
  });
  const handler = listener(left.world, clientHeard);
  const client = left.world.network.connect(rightAddress, port, handler);
  universe.run(universe.now + 100);
  const [server] = accepted;
  assert(server);
  assert.deepEqual(
    clientHeard.map(({ what }) => what),
    ['opened'],
  );
  clientHeard.length = 0;
  return { client, clientHeard, server, serverHeard };
}

function words(heard: readonly Heard[]): string[] {
  return heard.map(({ what }) => what);
}

function big(kind: string, bytes: number): Message {
  return { kind, payloads: [syntheticPayload(kind, bytes)] };
}

function assertNear(actual: number | undefined, expected: number, within: number): void {
  assert(
    actual !== undefined && Math.abs(actual - expected) <= within,
    `${actual} is not ${expected}`,
  );
}

/** What connecting to an address ends with, and when. */
function outcome(sites: TwoSites, from: SimulatedProcess, address: string, to = port): Heard[] {
  const heard: Heard[] = [];
  from.world.network.connect(address, to, listener(from.world, heard));
  sites.universe.run(sites.universe.now + 10_000);
  return heard;
}

describe('the simulated network', () => {
  it('opens a connection after one round trip, and tells who calls', () => {
    const sites = createTwoSites();
    const callers: string[] = [];
    sites.right.world.network.listen(port, (_, from) => {
      callers.push(from);
      return listener(sites.right.world, []);
    });
    const [opened] = outcome(sites, sites.left, rightAddress);
    assert.equal(opened?.what, 'opened');
    assertNear(opened.at, 2 * latency, 0.1);
    assert.deepEqual(callers, ['192.168.100.21']);
  });

  it('delivers in order what was sent before and after the opening', () => {
    const sites = createTwoSites();
    const heard: Heard[] = [];
    sites.right.world.network.listen(port, (connection) => {
      connection.send({ kind: 'welcome' });
      return listener(sites.right.world, heard);
    });
    const clientHeard: Heard[] = [];
    const client = sites.left.world.network.connect(rightAddress, port, {
      ...listener(sites.left.world, clientHeard),
      opened() {
        client.send({ kind: 'second' });
      },
    });
    client.send({ kind: 'first' });
    sites.universe.run(1000);
    assert.deepEqual(words(heard), ['first', 'second']);
    assert.deepEqual(words(clientHeard), ['welcome']);
  });

  it('refuses where nothing listens and finds no machine that is off', () => {
    const sites = createTwoSites();
    const [refused] = outcome(sites, sites.left, rightAddress);
    assert.equal(refused?.what, 'refused');
    assertNear(refused.at, 2 * latency, 0.1);

    sites.right.kill();
    assert.deepEqual(words(outcome(sites, sites.left, rightAddress)), ['refused']);

    sites.right.kill({ silent: true });
    sites.right.restart();
    sites.right.world.network.listen(port, () => listener(sites.right.world, []));
    assert.deepEqual(words(outcome(sites, sites.left, rightAddress)), ['opened']);
    sites.right.restart();
    assert.deepEqual(words(outcome(sites, sites.left, rightAddress)), ['refused']);

    sites.right.kill({ silent: true });
    const before = sites.universe.now;
    const [unreachable] = outcome(sites, sites.left, rightAddress);
    assert.equal(unreachable?.what, 'unreachable');
    assertNear(unreachable.at, before + 3000, 0.1);
  });

  it('lets through what the reachability model lets through', () => {
    const sites = createTwoSites();
    const zvm = createZvm(sites, sites.leftSite);
    const peer = createZvm(sites, sites.rightSite);
    for (const open of [9071, 4006]) {
      peer.world.network.listen(open, () => listener(peer.world, []));
    }
    assert.deepEqual(words(outcome(sites, zvm, rightZvmAddress, 9071)), ['opened']);
    // The link allows 4007, 4008 and 9071 only.
    assert.deepEqual(words(outcome(sites, zvm, rightZvmAddress, 4006)), ['unreachable']);
    assert.deepEqual(words(outcome(sites, zvm, '10.10.10.99', 9071)), ['unreachable']);
    assert.deepEqual(words(outcome(sites, zvm, 'nonsense', 9071)), ['unreachable']);
    const host = sites.universe.createProcess('host', { site: sites.leftSite });
    assert.deepEqual(words(outcome(sites, host, rightAddress)), ['unreachable']);
  });

  it('takes its time by the bandwidth of the link', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    const start = sites.universe.now;
    client.send(big('data', 12_500_000));
    sites.universe.run(start + 5000);
    // 12.5 MB at 100 Mbit/s are a second.
    assertNear(serverHeard[0]?.at, start + 1000 + latency, 1);
  });

  it('makes a control message wait behind the data of another connection, but not across it', () => {
    const sites = createTwoSites();
    const control = connected(sites);
    const data: Heard[] = [];
    sites.right.world.network.listen(4008, () => listener(sites.right.world, data));
    const handler = listener(sites.left.world, []);
    const bulk = sites.left.world.network.connect(rightAddress, 4008, handler);
    sites.universe.run(1000);
    bulk.send(big('data', 4 * 1024 * 1024));
    control.client.send({ kind: 'heartbeat' });
    control.server.send({ kind: 'heartbeat' });
    sites.universe.run(5000);
    // 4 MiB take 336 ms.
    assertNear(control.serverHeard[0]?.at, 1000 + 336 + latency, 2);
    assertNear(control.clientHeard[0]?.at, 1000 + latency, 1);
  });

  it('holds what is sent over a cut link and delivers it in order once the link is healed', () => {
    const sites = createTwoSites();
    const { client, clientHeard, serverHeard } = connected(sites);
    const { universe, link } = sites;
    client.send({ kind: 'under way' });
    universe.run(universe.now + 1);
    universe.cut(link);
    client.send({ kind: 'sent while cut' });
    universe.run(universe.now + 3_600_000);
    assert.equal(serverHeard.length, 0);
    assert.equal(clientHeard.length, 0);

    const healed = universe.now;
    universe.heal(link);
    client.send({ kind: 'sent after' });
    universe.run(healed + 300_000);
    assert.deepEqual(words(serverHeard), ['under way', 'sent while cut', 'sent after']);
    // TCP has become patient: it doubles its time-out, up to two minutes.
    assert(serverHeard[0]!.at <= healed + 120_000 + latency + 1);
  });

  it('resumes soon after a short cut', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    const { universe, link } = sites;
    universe.cut(link);
    client.send({ kind: 'data' });
    universe.run(universe.now + 150);
    universe.heal(link);
    const healed = universe.now;
    universe.run(healed + 1000);
    assertNear(serverHeard[0]?.at, healed + 50 + latency, 1);
  });

  it('loses what a side had under way when it closes while the link is cut, and tells the other', () => {
    const sites = createTwoSites();
    const { client, clientHeard, serverHeard } = connected(sites);
    const { universe, link } = sites;
    client.send({ kind: 'under way' });
    universe.cut(link);
    client.send({ kind: 'held' });
    universe.run(universe.now + 5000);
    client.close();
    universe.heal(link);
    universe.run(universe.now + 60_000);
    assert.deepEqual(words(serverHeard), ['closed']);
    assert.equal(clientHeard.length, 0);
  });

  it('loses what was under way when its sender closed and the link was cut', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    const { universe, link } = sites;
    client.send({ kind: 'under way' });
    universe.run(universe.now + 1);
    client.close();
    universe.cut(link);
    universe.run(universe.now + 5000);
    universe.heal(link);
    universe.run(universe.now + 60_000);
    assert.deepEqual(words(serverHeard), ['closed']);
  });

  it('keeps the order where a cut was too short to stop all that was under way', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    const { universe, link } = sites;
    const start = universe.now;
    client.send({ kind: 'arrives during the cut' });
    universe.run(start + 1);
    client.send({ kind: 'arrives after it' });
    universe.run(start + 12);
    universe.cut(link);
    universe.run(start + 12.5);
    universe.heal(link);
    universe.run(start + 5000);
    assert.deepEqual(words(serverHeard), ['arrives during the cut', 'arrives after it']);
  });

  it('keeps the order where what was held is sent again while more is under way', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    const { universe, link } = sites;
    const start = universe.now;
    client.send({ kind: 'small' });
    // Takes a second on this link, so that it is under way during the cut and long after it.
    client.send({ kind: 'large', payloads: [syntheticPayload('x', 12_500_000)] });
    client.send({ kind: 'last' });
    universe.run(start + 1);
    universe.cut(link);
    universe.run(start + 50);
    universe.heal(link);
    client.send({ kind: 'behind' });
    universe.run(start + 5000);
    assert.deepEqual(words(serverHeard), ['small', 'large', 'last', 'behind']);
  });

  it('keeps the order whatever is cut and healed meanwhile', () => {
    const step = fc.record({ wait: fc.nat(400), size: fc.nat(5_000_000), cut: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const sites = createTwoSites();
        const { client, serverHeard } = connected(sites);
        const { universe, link } = sites;
        for (const [index, { wait, size, cut }] of steps.entries()) {
          if (cut) universe.cut(link);
          else universe.heal(link);
          const payloads = [syntheticPayload('x', size)];
          client.send({ kind: `message ${index}`, payloads });
          universe.run(universe.now + wait);
        }
        universe.heal(link);
        universe.run(universe.now + 600_000);
        assert.deepEqual(
          words(serverHeard),
          steps.map((_, index) => `message ${index}`),
        );
      }),
    );
  });

  it('keeps the order where some messages lose packets and others do not', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    sites.universe.degrade(sites.link, { loss: 0.1 });
    const kinds = Array.from({ length: 200 }, (_, index) => `message ${index}`);
    for (const kind of kinds) client.send({ kind });
    sites.universe.run(60_000);
    assert.deepEqual(words(serverHeard), kinds);
  });

  it('tells the other side of a close after what was sent before, and only once', () => {
    const sites = createTwoSites();
    const { client, clientHeard, server, serverHeard } = connected(sites);
    client.send({ kind: 'last' });
    client.close();
    client.close();
    client.send({ kind: 'too late' });
    server.send({ kind: 'nobody hears it' });
    sites.universe.run(1000);
    server.close();
    sites.universe.run(2000);
    assert.deepEqual(words(serverHeard), ['last', 'closed']);
    assert.equal(clientHeard.length, 0);
  });

  it('tells the peers when a process ends on a machine that goes on', () => {
    const sites = createTwoSites();
    const { clientHeard } = connected(sites);
    sites.right.kill();
    sites.universe.run(1000);
    assert.deepEqual(words(clientHeard), ['closed']);
  });

  it('tells nobody when a machine loses power; who sends to it after its restart is refused', () => {
    const sites = createTwoSites();
    const { client, clientHeard, serverHeard } = connected(sites);
    const { universe, right } = sites;
    right.kill({ silent: true });
    client.send({ kind: 'lost' });
    universe.run(universe.now + 3_600_000);
    assert.equal(clientHeard.length, 0);

    right.restart();
    universe.run(universe.now + 60_000);
    assert.equal(clientHeard.length, 0);
    client.send({ kind: 'refused' });
    universe.run(universe.now + 60_000);
    assert.deepEqual(words(clientHeard), ['closed']);
    assert.equal(serverHeard.length, 0);
  });

  it('forgets an attempt to connect that its process no longer waits for', () => {
    const sites = createTwoSites();
    let accepted = 0;
    sites.right.world.network.listen(port, () => {
      accepted++;
      return listener(sites.right.world, []);
    });
    const heard: Heard[] = [];
    const handler = listener(sites.left.world, heard);
    sites.left.world.network.connect(rightAddress, port, handler).close();
    sites.universe.run(10_000);
    assert.equal(accepted, 0);
    assert.deepEqual(heard, []);
  });

  it('gives up an attempt to connect whose answer does not come', () => {
    const sites = createTwoSites();
    const { universe, left, right, link } = sites;
    const served: Heard[] = [];
    right.world.network.listen(port, () => listener(right.world, served));
    const heard: Heard[] = [];
    left.world.network.connect(rightAddress, port, listener(left.world, heard));
    universe.run(latency + 1);
    universe.cut(link);
    universe.run(10_000);
    assert.deepEqual(heard, [{ what: 'unreachable', at: 3000 }]);
    universe.heal(link);
    universe.run(60_000);
    assert.deepEqual(words(served), ['closed']);
  });

  it('slows down and delays with loss as TCP does, and loses nothing', () => {
    const time = (loss: number): number => {
      const sites = createTwoSites();
      const { client, serverHeard } = connected(sites);
      const { universe, link } = sites;
      universe.degrade(link, { loss });
      const start = universe.now;
      for (let index = 0; index < 100; index++) client.send(big(`data ${index}`, 100_000));
      universe.run(start + 3_600_000);
      assert.equal(serverHeard.length, 100);
      assert.deepEqual(
        words(serverHeard),
        serverHeard.map((_, index) => `data ${index}`),
      );
      return serverHeard[99]!.at - start;
    };
    const clean = time(0);
    const lossy = time(0.01);
    assertNear(clean, 800 + latency, 5);
    // 1460 bytes / 24.2 ms * sqrt(1.5) / sqrt(0.01) are 739 kB/s: 10 MB take 13.5 s.
    assert(lossy > 13_400 && lossy < 14_000, String(lossy));
  });

  it('goes on at the new rate with what is under way when a link gets faster or slower', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    const { universe, link } = sites;
    const start = universe.now;
    universe.degrade(link, { bandwidth: 1000 });
    client.send(big('slow at first', 100_000));
    client.send({ kind: 'behind' });
    universe.run(start + 10_000);
    universe.heal(link);
    universe.run(start + 60_000);
    // 90 kB of it were left for 12.5 MB/s.
    assertNear(serverHeard[0]?.at, start + 10_000 + 7.2 + latency, 1);
    assertNear(serverHeard[1]?.at, start + 10_000 + 7.2 + latency, 1);

    const again = universe.now;
    client.send(big('fast at first', 12_500_000));
    universe.run(again + 900);
    universe.degrade(link, { bandwidth: 1_250_000, latency: 50 });
    universe.run(again + 60_000);
    assertNear(serverHeard[2]?.at, again + 900 + 1000 + 50.1, 2);
  });

  it('stops at a bandwidth of nothing and goes on afterwards', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    const { universe, link } = sites;
    universe.degrade(link, { bandwidth: 0 });
    client.send({ kind: 'held' });
    universe.run(60_000);
    assert.equal(serverHeard.length, 0);
    universe.heal(link);
    universe.run(300_000);
    assert.deepEqual(words(serverHeard), ['held']);
  });

  it('gets over a loss that slowed it down', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    const { universe, link } = sites;
    universe.degrade(link, { loss: 0.3 });
    const start = universe.now;
    for (let index = 0; index < 10; index++) client.send(big('data', 1_000_000));
    universe.run(start + 5000);
    assert(serverHeard.length < 2, String(serverHeard.length));
    universe.heal(link);
    client.send({ kind: 'last' });
    universe.run(start + 8000);
    assert.equal(serverHeard.length, 11);
  });

  it('treats a loss of everything as a cut', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    sites.universe.degrade(sites.link, { loss: 1 });
    client.send({ kind: 'held' });
    sites.universe.run(10_000);
    assert.equal(serverHeard.length, 0);
    sites.universe.degrade(sites.link, { loss: 0 });
    sites.universe.run(60_000);
    assert.deepEqual(words(serverHeard), ['held']);
  });

  it('lets small messages of a machine pass a narrow link while its large packets get stuck', () => {
    const sites = createTwoSites(undefined, { packetSize: 1492 });
    const { client, serverHeard } = connected(sites);
    const { universe, link } = sites;
    universe.degrade(link, { mtu: 1400 });
    client.send({ kind: 'small' });
    client.send(big('large', 100_000));
    client.send({ kind: 'behind' });
    universe.run(60_000);
    assert.deepEqual(words(serverHeard), ['small']);
    universe.heal(link);
    universe.run(300_000);
    assert.deepEqual(words(serverHeard), ['small', 'large', 'behind']);
  });

  it('adapts the packets of a machine that finds out what gets through', () => {
    const sites = createTwoSites();
    const { client, serverHeard } = connected(sites);
    sites.universe.degrade(sites.link, { mtu: 1400 });
    client.send(big('large', 100_000));
    sites.universe.run(60_000);
    assert.deepEqual(words(serverHeard), ['large']);
  });

  it('refuses a second process at one address, and leases another one where DHCP may', () => {
    const sites = createTwoSites();
    const { endpoint, site } = sites.left;
    assert.throws(
      () => sites.universe.createProcess('copy', { site, endpoint }),
      /192\.168\.100\.21: it belongs to the VRA on esx-l/,
    );
    const leased = sites.universe.createProcess('leased', { site, endpoint, dhcp: true });
    assert.notEqual(leased.endpoint?.nics[0]?.address.address, endpoint?.nics[0]?.address.address);
    sites.right.world.network.listen(port, () => listener(sites.right.world, []));
    assert.deepEqual(words(outcome(sites, leased, rightAddress)), ['opened']);
  });

  it('catches who changes a message after sending it, where it is asked to', () => {
    const sites = createTwoSites();
    const { client } = connected(sites);
    const message = { kind: 'data', list: [{ value: 1 }] };
    client.send(message);
    assert.throws(() => {
      message.list[0]!.value = 2;
    }, TypeError);
  });
});
