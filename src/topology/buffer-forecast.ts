/**
 * What bursts do to the buffers of VRAs, reckoned from the file alone.
 *
 * Assumes the worst that the file allows: the bursts of one host fall together and meet the links at
 * their slowest time of day, while the VMs of the other hosts write at their change rate.
 */
import { receiveBufferShare, sendBufferShare, vraBufferPool, vraMemoryForPool } from './limits.ts';
import type { Link, ProtectedVm, Site, Topology, Vm, Vra } from './model.ts';
import type { HostLoad } from './protection.ts';
import { createSitePaths, hostLoads } from './protection.ts';
import type { Hop } from './reachability.ts';
import { peakRate, slowestRate, wireShare } from './sizing.ts';

/** What a VRA sends towards one site. Rates in bytes per second. */
export interface Stream {
  readonly site: Site;
  /** The link of the way with the least left for this VRA. */
  readonly bottleneck: Link;
  /** What the bottleneck leaves to this VRA beside the usual traffic of the other hosts. */
  readonly available: number;
  /** What the VMs write while all their bursts last. */
  readonly written: number;
  /** The same, compressed. */
  readonly wire: number;
}

/** What the bursts on a host do to the send buffer of its VRA. */
export interface SendForecast {
  readonly load: HostLoad;
  readonly vra: Vra;
  /** The protected VMs of the host that burst, each once. */
  readonly bursting: readonly Vm[];
  readonly streams: readonly Stream[];
  /** Bytes that may wait to be sent. */
  readonly usable: number;
  /** Bytes that wait at the worst moment, were the buffer large enough. */
  readonly peak: number;
  /** Milliseconds from the start of the bursts until `usable` is full; undefined: it never is. */
  readonly fullAfter: number | undefined;
  /**
   * Bytes of memory with which the bursts would fit; undefined where none would do, because the
   * buffer does not get empty before the next burst.
   */
  readonly memory: number | undefined;
}

/** Forecasts the send buffer of every VRA whose host runs protected VMs that burst. */
export function forecastSending(topology: Topology): readonly SendForecast[] {
  const pathOf = createSitePaths(topology);
  const loads = [...hostLoads(topology).values()];
  const usual = usualTraffic(loads, pathOf);
  const forecasts: SendForecast[] = [];
  for (const load of loads) {
    const { vra } = load.host;
    const bursting = burstingVms(load.sends);
    if (!vra || bursting.length === 0) continue;
    const streams = streamsOf(load, pathOf, usual);
    // Without any link there is no rate to reckon with, and worse is wrong than a buffer.
    if (streams.length === 0) continue;
    const usable = vraBufferPool(vra.memory) * sendBufferShare;
    const { peak, fullAfter, emptyAfter } = followBacklog(load.sends, streams, usable);
    const again = bursting.reduce(
      (least, vm) => Math.min(least, vm.burst?.every ?? least),
      Infinity,
    );
    const fits = emptyAfter <= again;
    forecasts.push({
      load,
      vra,
      bursting,
      streams,
      usable,
      peak,
      fullAfter,
      memory: fits ? vraMemoryForPool(peak / sendBufferShare) : undefined,
    });
  }
  return forecasts;
}

/** What the bursts of the VMs that recover to a host do to the receive buffer of its VRA. */
export interface ReceiveForecast {
  readonly load: HostLoad;
  readonly vra: Vra;
  /** Bytes that may wait to be journaled. */
  readonly usable: number;
  /** Bytes per second, compressed as they arrive. */
  readonly arriving: number;
  /** Milliseconds of arrivals that `usable` holds. */
  readonly holds: number;
  /** Bytes of memory that would hold the arrivals of that many milliseconds. */
  memoryFor(milliseconds: number): number;
}

/** Forecasts the receive buffer of every VRA that something recovers to. */
export function forecastReceiving(topology: Topology): readonly ReceiveForecast[] {
  const pathOf = createSitePaths(topology);
  const forecasts: ReceiveForecast[] = [];
  for (const load of hostLoads(topology).values()) {
    const { host } = load;
    const { vra } = host;
    if (!vra) continue;
    const bySite = new Map<Site, number>();
    for (const each of load.receives) {
      const from = each.vm.target?.site;
      if (from) bySite.set(from, (bySite.get(from) ?? 0) + peakRate(each) * wireShare(each));
    }
    let arriving = 0;
    for (const [from, wire] of bySite) {
      const path = pathOf(from, host.site);
      if (path) {
        arriving += path.reduce((rate, { link }) => Math.min(rate, link.bandwidth), wire);
      }
    }
    if (arriving === 0) continue;
    const usable = vraBufferPool(vra.memory) * receiveBufferShare;
    forecasts.push({
      load,
      vra,
      usable,
      arriving,
      holds: (usable / arriving) * 1000,
      memoryFor: (milliseconds) =>
        vraMemoryForPool((arriving * milliseconds) / 1000 / receiveBufferShare),
    });
  }
  return forecasts;
}

/** A VM in several VPGs is sent several times, but is one VM. */
function burstingVms(sends: readonly ProtectedVm[]): readonly Vm[] {
  const vms = new Set<Vm>();
  for (const { vm } of sends) if (vm.target?.burst) vms.add(vm.target);
  return [...vms];
}

type PathOf = (from: Site, to: Site) => readonly Hop[] | undefined;

/** Bytes per second over each link, one way and the other. */
type Traffic = ReadonlyMap<Link, { forward: number; backward: number }>;

function usualTraffic(loads: readonly HostLoad[], pathOf: PathOf): Traffic {
  const traffic = new Map<Link, { forward: number; backward: number }>();
  for (const { host, sends } of loads) {
    for (const each of sends) {
      const site = each.vpg.to.target;
      const rate = (each.vm.target?.changeRate ?? 0) * wireShare(each);
      for (const { link, forward } of (site && pathOf(host.site, site)) ?? []) {
        let both = traffic.get(link);
        if (!both) traffic.set(link, (both = { forward: 0, backward: 0 }));
        both[forward ? 'forward' : 'backward'] += rate;
      }
    }
  }
  return traffic;
}

function streamsOf(load: HostLoad, pathOf: PathOf, usual: Traffic): readonly Stream[] {
  const bySite = new Map<Site, { written: number; wire: number; usual: number }>();
  for (const each of load.sends) {
    const site = each.vpg.to.target;
    if (!site) continue;
    let sum = bySite.get(site);
    if (!sum) bySite.set(site, (sum = { written: 0, wire: 0, usual: 0 }));
    sum.written += peakRate(each);
    sum.wire += peakRate(each) * wireShare(each);
    sum.usual += (each.vm.target?.changeRate ?? 0) * wireShare(each);
  }
  const streams: Stream[] = [];
  for (const [site, { written, wire, usual: own }] of bySite) {
    let narrowest: { link: Link; available: number } | undefined;
    for (const { link, forward } of pathOf(load.host.site, site) ?? []) {
      const both = usual.get(link);
      const others = Math.max(0, (both?.[forward ? 'forward' : 'backward'] ?? 0) - own);
      const rate = slowestRate(link);
      // Where the usual traffic alone fills the link, each host still gets its share of it.
      const share = own + others > 0 ? (rate * own) / (own + others) : rate;
      const available = Math.max(rate - others, share);
      if (!narrowest || available < narrowest.available) narrowest = { link, available };
    }
    if (narrowest) {
      streams.push({
        site,
        bottleneck: narrowest.link,
        available: narrowest.available,
        written,
        wire,
      });
    }
  }
  return streams;
}

interface Backlog {
  readonly peak: number;
  readonly fullAfter: number | undefined;
  /** Milliseconds from the start until the buffer is empty again; Infinity: it never is. */
  readonly emptyAfter: number;
}

/** Follows the backlog from the common start of the bursts, from the end of one to the next. */
function followBacklog(
  sends: readonly ProtectedVm[],
  streams: readonly Stream[],
  usable: number,
): Backlog {
  const queues = new Map(
    streams.map(({ site, written, wire, available }) => [
      site,
      // What does not fit on the wire stays behind in the form in which it was written.
      { written, sent: wire > 0 ? available * (written / wire) : available, waiting: 0 },
    ]),
  );
  const ends = sends
    .flatMap((each) => (each.vm.target?.burst ? [{ each, at: each.vm.target.burst.for }] : []))
    .sort((a, b) => a.at - b.at);

  let now = 0;
  let total = 0;
  let peak = 0;
  let fullAfter: number | undefined;
  for (const { each, at } of ends) {
    let next = 0;
    for (const queue of queues.values()) {
      const growth = (queue.written - queue.sent) / 1000;
      queue.waiting = Math.max(0, queue.waiting + growth * (at - now));
      next += queue.waiting;
    }
    if (fullAfter === undefined && next > usable) {
      fullAfter = now + ((at - now) * (usable - total)) / (next - total);
    }
    peak = Math.max(peak, next);
    total = next;
    now = at;
    const queue = each.vpg.to.target && queues.get(each.vpg.to.target);
    if (queue) queue.written -= peakRate(each) - (each.vm.target?.changeRate ?? 0);
  }

  let emptyAfter = now;
  for (const { written, sent, waiting } of queues.values()) {
    if (waiting === 0) continue;
    const drain = (sent - written) / 1000;
    emptyAfter = Math.max(emptyAfter, drain > 0 ? now + waiting / drain : Infinity);
  }
  return { peak, fullAfter, emptyAfter };
}
