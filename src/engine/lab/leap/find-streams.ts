/** Finds what leaps together: every VM that writes, and every stream that carries it. */
import { checkpointInterval } from '../../../topology/limits.ts';
import type { Site, Vm } from '../../../topology/model.ts';
import type { ProtectedMachine } from '../../disk/write-tap.ts';
import { QuietStream } from '../../vra/quiet-stream.ts';
import type { QuietMarkers } from '../../vra/quiet-stream.ts';
import type { QuietVra } from '../../vra/quiet-vra.ts';
import type { SimulatedUniverse } from '../../world/simulated.ts';
import type { Instant } from '../../world/world.ts';
import type { PlannedStream } from '../../zvm/plan.ts';
import type { LeaptVpg, QuietVpg, QuietZvm } from '../../zvm/quiet-zvm.ts';
import type { Estate } from '../estate.ts';
import { vraName } from '../plan.ts';
import { noWrites } from '../quiet-bunches.ts';
import type { Workload } from '../workload.ts';
import type { Crossing, Kept } from './room.ts';
import type { LeaptStream, WrittenDisks } from './stretch.ts';

export type QuietZvms = ReadonlyMap<Site, QuietZvm>;

interface Found {
  readonly streams: LeaptStream[];
  readonly vpgs: LeaptVpg[];
  readonly kept: Kept[];
}

export class StreamFinder {
  readonly #universe: SimulatedUniverse;
  readonly #estate: Estate;
  readonly #workloads: readonly Workload[];

  constructor(universe: SimulatedUniverse, estate: Estate, workloads: readonly Workload[]) {
    this.#universe = universe;
    this.#estate = estate;
    this.#workloads = workloads;
  }

  /** What crosses between sites now. */
  crossings(zvms: QuietZvms): readonly Crossing[] {
    const rates = new Map<string, number>();
    for (const { vm, rate } of this.#workloads) rates.set(this.#homeOf(vm), rate);
    const crossings: Crossing[] = [];
    for (const zvm of zvms.values()) {
      for (const { plan } of zvm.vpgs) {
        if (!plan.cutsHere) continue;
        for (const { vm, protectedVra, recoveryVra } of plan.streams) {
          const from = this.#estate.hostNamed(protectedVra)?.host.site;
          const to = this.#estate.hostNamed(recoveryVra)?.host.site;
          const rate = rates.get(`${protectedVra}/${vm}`) ?? 0;
          if (from && to) crossings.push({ from, to, rate });
        }
      }
    }
    return crossings;
  }

  #homeOf(vm: Vm): string {
    const host = this.#estate.homeOf(vm);
    return host ? `${vraName(host)}/${vm.name}` : '';
  }

  /** What each VM writes up to a time, by its machine; undefined where one is not quiet. */
  written(to: Instant): ReadonlyMap<ProtectedMachine, WrittenDisks> | undefined {
    const workloads = new Map<ProtectedMachine, Workload>();
    for (const workload of this.#workloads) {
      const guest = this.#estate.guestOf(workload.vm);
      const machine = this.#estate.machineOf(workload.vm);
      // A recovered VM runs on an image.
      if (guest && guest !== machine) return undefined;
      if (guest && machine) workloads.set(machine, workload);
      else if (!workload.quiet(to)) return undefined;
    }
    const written = new Map<ProtectedMachine, WrittenDisks>();
    for (const host of this.#estate.hosts.values()) {
      for (const { name, disks } of host.guests) {
        const machine = host.machines.get(name);
        if (!machine?.quiet) return undefined;
        const workload = workloads.get(machine);
        const writes = workload ? workload.quiet(to) : noWrites;
        if (!writes) return undefined;
        written.set(machine, {
          host: vraName(host.host),
          site: host.host.site,
          machine,
          paths: disks.map(({ path }) => path),
          writes,
          rate: workload?.rate ?? 0,
        });
      }
    }
    return written;
  }

  /** All streams of all VPGs; undefined where one is not quiet. */
  streams(
    zvms: QuietZvms,
    written: ReadonlyMap<ProtectedMachine, WrittenDisks>,
    to: Instant,
  ): Found | undefined {
    const vras = this.#vras();
    if (!vras) return undefined;
    const found: Found = { streams: [], vpgs: [], kept: [] };
    const named = new Set<string>();
    const newest = new Map<string, number>();
    for (const [site, zvm] of zvms) {
      for (const vpg of zvm.vpgs) {
        const { plan } = vpg;
        const known = newest.get(plan.name) ?? vpg.newest.id;
        if (known !== vpg.newest.id) return undefined;
        newest.set(plan.name, known);
        if (!plan.cutsHere) continue;
        const markers = this.#markers(site, vpg, to);
        if (!markers) return undefined;
        found.vpgs.push(leaptOf(vpg, markers, to));
        for (const planned of plan.streams) {
          const stream = this.#stream(planned, vpg, markers, vras, written);
          if (!stream) return undefined;
          const { disks, journal } = stream;
          const { recover } = planned;
          const { site: from, rate } = disks;
          named.add(planned.protect.stream);
          found.streams.push(stream);
          found.kept.push({ from, to: stream.to, rate, recover, journalBytes: journal.bytes });
        }
      }
    }
    // A stream that nobody leaps with would miss what its VM writes.
    for (const machine of written.keys()) {
      if (machine.attachedStreams.some((name) => !named.has(name))) return undefined;
    }
    return found;
  }

  /** Those that run: one that is down is an outage, or has never been installed. */
  #vras(): ReadonlyMap<string, QuietVra> | undefined {
    const vras = new Map<string, QuietVra>();
    for (const [name, { vra }] of this.#estate.vras) {
      if (!vra) continue;
      const quiet = vra.quiet();
      if (!quiet) return undefined;
      vras.set(name, quiet);
    }
    return vras;
  }

  /** The ticks of a VPG's cuts from now on; undefined where its last one is not the newest checkpoint. */
  #markers(site: Site, { newest }: QuietVpg, to: Instant): QuietMarkers | undefined {
    const { now } = this.#universe;
    const time = newest.time + checkpointInterval;
    const firstAt = time - this.#universe.clockOffset(site);
    if (firstAt <= now || firstAt > now + checkpointInterval || firstAt > to) return undefined;
    const lastAt = to - ((to - firstAt) % checkpointInterval);
    return { firstAt, lastAt, interval: checkpointInterval, checkpoint: newest.id + 1, time };
  }

  #stream(
    planned: PlannedStream,
    { plan, newest }: QuietVpg,
    markers: QuietMarkers,
    vras: ReadonlyMap<string, QuietVra>,
    written: ReadonlyMap<ProtectedMachine, WrittenDisks>,
  ): LeaptStream | undefined {
    const { protect, recover, protectedVra, recoveryVra, vm } = planned;
    const [sender, receiver] = [vras.get(protectedVra), vras.get(recoveryVra)];
    const framing = sender?.sending(protect.stream);
    const journal = receiver?.receiving(recover.stream);
    if (!sender || !receiver || !framing || !journal) return undefined;
    const { epoch, sequence } = journal.position;
    const hasAll = epoch === framing.epoch && sequence === framing.nextSequence - 1;
    if (!hasAll || journal.newest()?.checkpoint !== newest.id) return undefined;
    const machine = this.#estate.hostNamed(protectedVra)?.machines.get(vm);
    const disks = machine && written.get(machine);
    const to = this.#estate.hostNamed(recoveryVra)?.host.site;
    if (!disks || !to) return undefined;
    const offset = this.#universe.clockOffset(disks.site);
    const quiet = new QuietStream(framing, disks.writes.copy(), markers, offset);
    return { vpg: plan.name, disks, sender, receiver, journal, to, quiet };
  }
}

function leaptOf({ plan }: QuietVpg, markers: QuietMarkers, to: Instant): LeaptVpg {
  const { firstAt, lastAt, interval, checkpoint, time } = markers;
  const count = (lastAt - firstAt) / interval + 1;
  const run = {
    from: time,
    to: time + lastAt - firstAt,
    interval: count === 1 ? 0 : interval,
    count,
    firstId: checkpoint,
  };
  return { vpg: plan.name, run, age: to - lastAt };
}
