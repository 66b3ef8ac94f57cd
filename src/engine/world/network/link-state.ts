/** The links as they are now: cut, degraded, busy. */
import type { Link, Topology } from '../../../topology/model.ts';
import type { Hop, NetworkState } from '../../../topology/reachability.ts';
import type { Instant } from '../world.ts';

/** What a drill can change of a link; bandwidth in bytes per second, latency in ms, MTU in bytes. */
export interface LinkChange {
  readonly bandwidth?: number | undefined;
  readonly latency?: number | undefined;
  /** 0 to 1; at 1 nothing gets through, as with a cut. */
  readonly loss?: number | undefined;
  readonly mtu?: number | undefined;
}

/** One direction of a link: what crosses it lines up. */
export interface Lane {
  readonly link: LinkState;
  busyUntil: Instant;
  /** Nothing gets through in this direction. */
  cut: boolean;
}

export class LinkState {
  cut = false;
  bandwidth: number;
  latency: number;
  loss: number;
  mtu: number;
  readonly forward: Lane = { link: this, busyUntil: 0, cut: false };
  readonly backward: Lane = { link: this, busyUntil: 0, cut: false };

  constructor(link: Link) {
    this.bandwidth = link.bandwidth;
    this.latency = link.latency;
    this.loss = link.loss;
    this.mtu = link.mtu;
  }
}

export class LinkStates implements NetworkState {
  /** Grows with every change: what was concluded under another epoch has to be concluded anew. */
  epoch = 0;
  readonly #states = new Map<Link, LinkState>();

  constructor(topology: Topology) {
    for (const link of topology.links.values()) this.#states.set(link, new LinkState(link));
  }

  isCut(link: Link): boolean {
    const state = this.#state(link);
    return state.cut || state.loss >= 1 || state.bandwidth <= 0;
  }

  mtuOf(link: Link): number {
    return this.#state(link).mtu;
  }

  cut(link: Link): void {
    this.#state(link).cut = true;
    this.epoch++;
  }

  /** Cuts one direction: from the first network that it joins to the second one, or back. */
  cutOneWay(link: Link, forward: boolean): void {
    const state = this.#state(link);
    (forward ? state.forward : state.backward).cut = true;
    this.epoch++;
  }

  /** Brings a link back to what the topology says. */
  heal(link: Link, now: Instant): void {
    const state = this.#state(link);
    state.cut = state.forward.cut = state.backward.cut = false;
    this.degrade(link, link, now);
  }

  /** Changes what is given and leaves the rest as it is. */
  degrade(link: Link, change: LinkChange, now: Instant): void {
    const state = this.#state(link);
    const before = state.bandwidth;
    state.bandwidth = change.bandwidth ?? before;
    state.latency = change.latency ?? state.latency;
    state.loss = change.loss ?? state.loss;
    state.mtu = change.mtu ?? state.mtu;
    this.epoch++;
    if (state.bandwidth <= 0 || before <= 0) return;
    // What waits in the lanes goes on at the new rate.
    for (const lane of [state.forward, state.backward]) {
      const waiting = lane.busyUntil - now;
      if (waiting > 0) lane.busyUntil = now + (waiting * before) / state.bandwidth;
    }
  }

  /** The lanes of a way in the direction in which it was found, or against it. */
  lanes(hops: readonly Hop[], against: boolean): readonly Lane[] {
    const lanes = hops.map((hop) => {
      const state = this.#state(hop.link);
      return hop.forward === against ? state.backward : state.forward;
    });
    return against ? lanes.reverse() : lanes;
  }

  #state(link: Link): LinkState {
    const state = this.#states.get(link);
    if (!state) throw new RangeError(`link ${link.name} is not one of this topology`);
    return state;
  }
}
