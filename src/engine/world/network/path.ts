/**
 * How long data takes from one process to another.
 *
 * A message crosses all lanes of its way at once, packet by packet: it arrives when the slowest lane has
 * let all of it through, plus the latencies. Every lane is shared by what crosses it, first come, first
 * served, so a small message behind a large one waits for it.
 *
 * Loss slows a connection down, as TCP does: its rate is at most MSS / RTT * sqrt(3/2) / sqrt(p) (Mathis,
 * Semke, Mahdavi, Ott: The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm, 1997;
 * good up to a loss of a few percent, too kind beyond), and a message that loses packets waits for
 * their retransmission.
 */
import type { Instant, Random } from '../world.ts';
import type { Lane } from './link-state.ts';

/** Milliseconds one way between two machines of a site, beside all links. */
const localLatency = 0.1;
/** Bytes per millisecond: the 10 Gbit/s of a machine's NIC. */
const localRate = 1_250_000;
/** Headers of IPv4 and TCP without options, in bytes. */
const packetHeaders = 40;
/** Milliseconds: the least that Linux waits before it sends anew (RFC 6298 would have 1 s). */
const minimumRetransmission = 200;
/** Milliseconds: the most that Linux waits. */
const maximumRetransmission = 120_000;
/** Packets behind a lost one that make TCP resend it at once instead of by a timer. */
const duplicatesForFastRetransmit = 3;

/** One direction of a way, as it is in one epoch of the links. */
export class Path {
  readonly #lanes: readonly Lane[];
  /** Milliseconds one way. */
  readonly latency: number;
  /** The largest packet that gets through, in bytes. */
  readonly mtu: number;
  readonly #segment: number;
  readonly #loss: number;
  /** Bytes per millisecond that one connection gets at most. */
  readonly #rate: number;
  /** Bytes per millisecond that get through at most, whoever sends them. */
  readonly #bottleneck: number;

  constructor(lanes: readonly Lane[], mtu: number) {
    this.#lanes = lanes;
    this.mtu = mtu;
    this.#segment = Math.max(1, mtu - packetHeaders);
    let latency = localLatency;
    let kept = 1;
    let bottleneck = localRate;
    for (const { link } of lanes) {
      latency += link.latency;
      kept *= 1 - link.loss;
      bottleneck = Math.min(bottleneck, link.bandwidth / 1000);
    }
    this.latency = latency;
    this.#loss = 1 - kept;
    const bound = ((this.#segment / (2 * latency)) * Math.sqrt(1.5)) / Math.sqrt(this.#loss);
    this.#rate = Math.min(localRate, bound);
    this.#bottleneck = Math.min(bottleneck, bound);
  }

  /**
   * When something is through that would have arrived at a time, had the links not changed: what is still
   * to be sent of it is sent at the new rate.
   */
  changedArrival(arrival: Instant, before: Path, now: Instant): Instant {
    const unsent = arrival - now - before.latency;
    if (unsent <= 0) return arrival;
    return now + (unsent * before.#bottleneck) / this.#bottleneck + this.latency;
  }

  /** Whether a message of this size needs packets larger than get through. */
  isTooNarrow(size: number, packetSize: number): boolean {
    return packetSize > this.mtu && size + packetHeaders > this.mtu;
  }

  /** Milliseconds until something small that is sent now arrives, unless a packet of it is lost. */
  delay(now: Instant, flow: Flow): number {
    let free = Math.max(now, flow.busyUntil);
    for (const lane of this.#lanes) if (lane.busyUntil > free) free = lane.busyUntil;
    return free - now + this.latency;
  }

  /** Puts `size` bytes on their way and says when the last of them arrives. */
  transfer(now: Instant, size: number, flow: Flow, random: Random): Instant {
    flow.busyUntil = Math.max(now, flow.busyUntil) + size / this.#rate;
    let through = flow.busyUntil;
    for (const lane of this.#lanes) {
      const free = Math.max(now, lane.busyUntil);
      lane.busyUntil = free + (size * 1000) / lane.link.bandwidth;
      if (lane.busyUntil > through) through = lane.busyUntil;
    }
    let arrival = through + this.latency;
    if (this.#loss > 0) arrival += this.#retransmission(size, random);
    if (arrival < flow.lastArrival) arrival = flow.lastArrival;
    flow.lastArrival = arrival;
    return arrival;
  }

  #retransmission(size: number, random: Random): number {
    const packets = Math.ceil(size / this.#segment);
    if (random.next() >= 1 - (1 - this.#loss) ** packets) return 0;
    const roundTrip = 2 * this.latency;
    if (packets > duplicatesForFastRetransmit) return roundTrip;
    return Math.max(minimumRetransmission, 2 * roundTrip);
  }
}

/** What one connection has under way in one direction. */
export class Flow {
  busyUntil: Instant = 0;
  lastArrival: Instant = 0;
}

/**
 * When TCP tries again after it has got no answer since `since`: it doubles its patience each time, so
 * after a long cut it may take as long again to notice that the way is free.
 */
export function nextRetransmission(since: Instant, now: Instant, latency: number): Instant {
  let patience = Math.max(minimumRetransmission, 4 * latency);
  let attempt = since + patience;
  while (attempt < now) {
    patience = Math.min(2 * patience, maximumRetransmission);
    attempt += patience;
  }
  return attempt;
}
