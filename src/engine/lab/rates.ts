/** The traffic of every VRA over time, in a bounded number of samples. */
import type { VraRates } from '../api.ts';
import type { VraLoad } from '../vra/vra.ts';

/** How often counters are read, in milliseconds. A `VraSnapshot` shows the last such stretch. */
export const sampleInterval = 5_000;

/** Samples a VRA keeps: when there are more, every two become one. */
const sampleLimit = 400;

type Sample = VraRates['samples'][number];
type Traffic = Omit<Sample, 'at'>;
type Counters = Pick<VraLoad, 'transmitted' | 'received' | 'written'>;

/** A VRA's counters at a time. */
export interface CountersAt {
  readonly at: number;
  readonly counters: Counters;
}

const nothing: Traffic = { transmit: 0, receive: 0, diskWrite: 0 };
const zero: Counters = { transmitted: 0, received: 0, written: 0 };

export class RateRecorder {
  readonly #samples: Sample[] = [];
  /** How many intervals one sample stands for. */
  #span = 1;
  #collected: Sample[] = [];
  #counters = zero;
  #current = nothing;

  /** Bytes per second over the last interval. */
  get current(): Traffic {
    return this.#current;
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Reads the counters at the end of an interval that began at `at`; `undefined` for a VRA that is down. */
  read(at: number, counters: Counters | undefined): void {
    const now = counters ?? zero;
    // Counters begin anew with every start of the VRA.
    const before =
      now.transmitted < this.#counters.transmitted || now.received < this.#counters.received
        ? zero
        : this.#counters;
    this.#counters = now;
    this.#take(at, growth(before, now, sampleInterval));
  }

  /**
   * The same for every interval that ends at `first` or later and up to the end of a stretch in which the counters
   * grew evenly.
   */
  readEvenly(first: number, from: CountersAt, to: CountersAt): void {
    if (first > to.at) return;
    const each = growth(from.counters, to.counters, to.at - from.at);
    this.read(first - sampleInterval, countersBy(from, each, first));
    for (let at = first; at + sampleInterval <= to.at; at += sampleInterval) this.#take(at, each);
    const last = to.at - ((to.at - first) % sampleInterval);
    this.#counters = countersBy(from, each, last);
  }

  /** `at`: when the interval began. */
  #take(at: number, traffic: Traffic): void {
    this.#current = traffic;
    this.#collected.push({ at, ...traffic });
    if (this.#collected.length < this.#span) return;
    this.#samples.push(meanOf(this.#collected));
    this.#collected = [];
    if (this.#samples.length > sampleLimit) this.#halve();
  }

  #halve(): void {
    const kept: Sample[] = [];
    for (let index = 0; index + 1 < this.#samples.length; index += 2) {
      kept.push(meanOf(this.#samples.slice(index, index + 2)));
    }
    const odd = this.#samples.length % 2 === 1 ? this.#samples.at(-1) : undefined;
    this.#collected = odd ? Array.from({ length: this.#span }, () => odd) : [];
    this.#span *= 2;
    this.#samples.splice(0, this.#samples.length, ...kept);
  }
}

/** Bytes per second; `duration` in milliseconds. */
function growth(from: Counters, to: Counters, duration: number): Traffic {
  const seconds = duration / 1000;
  return {
    transmit: (to.transmitted - from.transmitted) / seconds,
    receive: (to.received - from.received) / seconds,
    diskWrite: Math.max(0, to.written - from.written) / seconds,
  };
}

/** What counters have come to at a time, after even growth. */
function countersBy({ at, counters }: CountersAt, traffic: Traffic, time: number): Counters {
  const seconds = (time - at) / 1000;
  return {
    transmitted: Math.round(counters.transmitted + traffic.transmit * seconds),
    received: Math.round(counters.received + traffic.receive * seconds),
    written: Math.round(counters.written + traffic.diskWrite * seconds),
  };
}

function meanOf(samples: readonly Sample[]): Sample {
  const sum = { transmit: 0, receive: 0, diskWrite: 0 };
  for (const sample of samples) {
    sum.transmit += sample.transmit;
    sum.receive += sample.receive;
    sum.diskWrite += sample.diskWrite;
  }
  const { length } = samples;
  return {
    at: samples[0]?.at ?? 0,
    transmit: sum.transmit / length,
    receive: sum.receive / length,
    diskWrite: sum.diskWrite / length,
  };
}
