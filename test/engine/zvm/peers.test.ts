import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Outbox } from '../../../src/engine/zvm/events.ts';
import type { ZvmMessage } from '../../../src/engine/zvm/messages.ts';
import { PeerLinks } from '../../../src/engine/zvm/peers.ts';

/** One ZVM's side, with the wires that it holds: number here to wire. */
class Side {
  readonly outbox = new Outbox();
  readonly links: PeerLinks;
  readonly wires = new Map<number, Wire>();
  connections = 0;
  losses = 0;
  restarts = 0;

  constructor(site: string, peer: string, startedAt: number) {
    this.links = new PeerLinks(site, startedAt, this.outbox, {
      peerConnected: (_site, restarted) => {
        this.connections += 1;
        if (restarted) this.restarts += 1;
      },
      peerLost: () => {
        this.losses += 1;
      },
      peerSaid: () => undefined,
      vrasDown: () => [],
    });
    this.links.add(peer);
  }
}

interface Wire {
  readonly ends: [number, number];
  open: boolean;
}

/** Carries what two sides say to each other, in an order that the test chooses. */
class Exchange {
  readonly sides: [Side, Side];
  /** What is under way, per wire and direction in order. */
  readonly queue: { wire: Wire; to: 0 | 1; deliver: () => void }[] = [];

  constructor(a: Side, b: Side) {
    this.sides = [a, b];
  }

  collect(): void {
    for (const from of [0, 1] as const) {
      const to = from === 0 ? 1 : 0;
      const side = this.sides[from];
      for (const effect of side.outbox.take()) {
        if (effect.kind === 'dial-peer') this.#dial(from, to, effect.connection);
        if (effect.kind === 'tell-peer') {
          this.#tell(side.wires.get(effect.connection), from, to, effect.message);
        }
        if (effect.kind === 'close-peer') this.#close(from, to, effect.connection);
      }
    }
  }

  /** Delivers everything, choosing among the wires by the numbers given. */
  settle(choices: readonly number[]): void {
    for (let turn = 0; turn < 200; turn++) {
      this.collect();
      if (this.queue.length === 0) return;
      const wanted =
        this.queue[(choices[turn % Math.max(1, choices.length)] ?? 0) % this.queue.length];
      const index = this.queue.findIndex(
        (entry) => entry.wire === wanted?.wire && entry.to === wanted.to,
      );
      const [next] = this.queue.splice(index, 1);
      next?.deliver();
    }
    assert.fail('the two sides never come to rest');
  }

  #dial(from: 0 | 1, to: 0 | 1, connection: number): void {
    const number = this.sides[to].links.takeNumber();
    const ends: [number, number] = from === 0 ? [connection, number] : [number, connection];
    const wire: Wire = { ends, open: true };
    this.sides[from].wires.set(connection, wire);
    this.queue.push({
      wire,
      to,
      deliver: () => {
        if (!wire.open) return;
        this.sides[to].wires.set(number, wire);
        this.sides[to].links.accepted(number);
        this.queue.push({
          wire,
          to: from,
          deliver: () => {
            if (wire.open) this.sides[from].links.opened(connection);
          },
        });
      },
    });
  }

  #tell(wire: Wire | undefined, _from: 0 | 1, to: 0 | 1, message: ZvmMessage): void {
    if (!wire) return;
    this.queue.push({
      wire,
      to,
      deliver: () => {
        if (wire.open) this.sides[to].links.said(wire.ends[to], message, 0);
      },
    });
  }

  #close(from: 0 | 1, to: 0 | 1, connection: number): void {
    const wire = this.sides[from].wires.get(connection);
    if (!wire?.open) return;
    wire.open = false;
    this.queue.push({
      wire,
      to,
      deliver: () => {
        this.sides[to].links.closed(wire.ends[to], 0);
      },
    });
  }
}

describe('Two ZVMs that dial each other at once', () => {
  it('end up on one and the same connection, in whatever order messages arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 40 }), (choices) => {
        const a = new Side('A', 'B', 1);
        const b = new Side('B', 'A', 2);
        const exchange = new Exchange(a, b);
        a.links.dial('B');
        b.links.dial('A');
        exchange.settle(choices);
        assert.ok(a.links.connected('B') && b.links.connected('A'));
        const open = new Set([...a.wires.values(), ...b.wires.values()].filter((w) => w.open));
        assert.equal(open.size, 1, `${open.size} connections are open`);
        assert.equal(a.losses + b.losses, 0);
      }),
    );
  });

  it('a peer that comes back in another life is noticed, also before its silence was', () => {
    const a = new Side('A', 'B', 1);
    const exchange = new Exchange(a, new Side('B', 'A', 2));
    a.links.dial('B');
    exchange.settle([0]);
    assert.equal(a.restarts, 0);
    const again = new Exchange(a, new Side('B', 'A', 3));
    again.sides[1].links.dial('A');
    again.settle([0]);
    assert.equal(a.restarts, 1);
    assert.equal(a.losses, 1);
    assert.ok(a.links.connected('B'));
  });

  it('six beats without a word are a loss, and the next beat dials again', () => {
    const a = new Side('A', 'B', 1);
    const exchange = new Exchange(a, new Side('B', 'A', 2));
    a.links.dial('B');
    exchange.settle([0]);
    for (let beat = 1; beat <= 5; beat++) a.links.tick(beat * 1000, () => true);
    assert.ok(a.links.connected('B'));
    a.outbox.take();
    a.links.tick(6000, () => true);
    assert.equal(a.losses, 1);
    assert.ok(a.outbox.take().some((effect) => effect.kind === 'dial-peer'));
    assert.ok(a.links.isSilent('B'));
  });
});
