import assert from 'node:assert/strict';
import { syntheticPayload } from '../../../../src/engine/world/payloads.ts';
import type { UniverseOptions } from '../../../../src/engine/world/simulated.ts';
import type { Connection, ConnectionHandler } from '../../../../src/engine/world/world.ts';
import { createTwoSites, rightAddress } from '../two-sites.ts';
import type { TwoSites } from '../two-sites.ts';

const port = 4007;

class Pair {
  readonly sites: TwoSites;
  readonly client: Connection;
  readonly server: Connection;
  /** How often each end was told to look again. */
  readonly doubts = { client: 0, server: 0 };

  constructor(options?: UniverseOptions) {
    this.sites = createTwoSites(options);
    const { left, right, universe } = this.sites;
    let accepted: Connection | undefined;
    right.world.network.listen(port, (connection) => {
      accepted = connection;
      return this.#handler('server');
    });
    this.client = left.world.network.connect(rightAddress, port, this.#handler('client'));
    assert.equal(this.client.vouched, false, 'not before it is open');
    universe.run(100);
    assert(accepted);
    this.server = accepted;
    this.doubts.client = this.doubts.server = 0;
  }

  #handler(end: 'client' | 'server'): ConnectionHandler {
    return {
      received: () => undefined,
      closed: () => undefined,
      doubted: () => {
        this.doubts[end]++;
      },
    };
  }

  /** What each end is told: always the same. */
  get vouched(): boolean {
    assert.equal(this.client.vouched, this.server.vouched);
    return this.client.vouched;
  }
}

describe('what a simulated World vouches for', () => {
  it('is a connection whose both ends are there, with a way between them', () => {
    const pair = new Pair();
    assert.equal(pair.vouched, true);
    assert.deepEqual(pair.doubts, { client: 0, server: 0 });
  });

  it('is nothing where it was told to leave it to heartbeats', () => {
    const pair = new Pair({ seed: 1, vouches: false });
    assert.equal(pair.vouched, false);
    pair.sites.universe.cut(pair.sites.link);
    assert.deepEqual(pair.doubts, { client: 0, server: 0 });
  });

  for (const [what, harm] of [
    [
      'a cut link',
      ({ universe, link }: TwoSites): void => {
        universe.cut(link);
      },
    ],
    [
      'a link that is cut one way',
      ({ universe, link }: TwoSites): void => {
        universe.cutOneWay(link, true);
      },
    ],
    [
      'a link that is cut the other way',
      ({ universe, link }: TwoSites): void => {
        universe.cutOneWay(link, false);
      },
    ],
    [
      'a link that loses everything',
      ({ universe, link }: TwoSites): void => {
        universe.degrade(link, { loss: 1 });
      },
    ],
    [
      'a link that takes longer than a second',
      ({ universe, link }: TwoSites): void => {
        universe.degrade(link, { latency: 1500 });
      },
    ],
  ] as const) {
    it(`is not ${what}, which both ends hear at once, and is again when the link has healed`, () => {
      const pair = new Pair();
      const { universe, link } = pair.sites;
      harm(pair.sites);
      assert.deepEqual(pair.doubts, { client: 1, server: 1 });
      assert.equal(pair.vouched, false);
      universe.run(10_000);
      assert.equal(pair.vouched, false);
      universe.heal(link);
      universe.run(20_000);
      assert.equal(pair.vouched, true);
    });
  }

  it('is not a machine without power, nor one that has power again and knows of nothing', () => {
    const pair = new Pair();
    const { universe, right } = pair.sites;
    right.kill({ silent: true });
    assert.equal(pair.doubts.client, 1);
    assert.equal(pair.client.vouched, false);
    right.restart();
    universe.run(10_000);
    assert.equal(pair.client.vouched, false);
  });

  it('is not a connection that one side alone believes in', () => {
    const pair = new Pair();
    const { universe, left } = pair.sites;
    left.breakConnections({ halfOpen: true });
    assert.equal(pair.doubts.server, 1);
    universe.run(200);
    assert.equal(pair.server.vouched, false);
  });

  it('is not a connection that the other side has closed', () => {
    const pair = new Pair();
    pair.client.close();
    assert.equal(pair.server.vouched, false);
  });

  it('is not a connection on which a heartbeat would wait for what was sent before', () => {
    const pair = new Pair();
    const { universe } = pair.sites;
    pair.client.send({ kind: 'large', payloads: [syntheticPayload('large', 30_000_000)] });
    assert.equal(pair.vouched, false);
    universe.run(5000);
    assert.equal(pair.vouched, true);
  });
});
