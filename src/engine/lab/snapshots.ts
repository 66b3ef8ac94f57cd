/** Puts together what the lab shows, from what its ZVMs and VRAs know. */
import type { Site, Topology, Vpg } from '../../topology/model.ts';
import type {
  Alert,
  CheckpointRun,
  LabSnapshot,
  Operation,
  Outage,
  Reply,
  Request,
  SiteSnapshot,
  Task,
  VpgSnapshot,
} from '../api.ts';
import type { VraMachine, ZvmMachine } from './machines.ts';
import { vraName } from './plan.ts';
import type { RateRecorder } from './rates.ts';

/** Between times by the sites' clocks (as they were set at the start) and offsets from the origin. */
export class Shift {
  readonly origin: number;
  readonly #by: number;

  constructor(origin: number, clockBase: number) {
    this.origin = origin;
    this.#by = origin + clockBase;
  }

  time(clock: number): number {
    return clock - this.#by;
  }

  maybe(clock: number | undefined): number | undefined {
    return clock === undefined ? undefined : clock - this.#by;
  }

  request(request: Request): Request {
    if (!('checkpoint' in request) || request.checkpoint.kind !== 'time') return request;
    const { checkpoint } = request;
    return { ...request, checkpoint: { ...checkpoint, time: checkpoint.time + this.#by } };
  }

  reply(reply: Reply): Reply {
    if (reply.result === 'refused' || !reply.checkpoint) return reply;
    const { checkpoint } = reply;
    return { ...reply, checkpoint: { ...checkpoint, time: this.time(checkpoint.time) } };
  }

  run(run: CheckpointRun): CheckpointRun {
    return { ...run, from: this.time(run.from), to: this.time(run.to) };
  }

  alert(alert: Alert): Alert {
    return { ...alert, raised: this.time(alert.raised), cleared: this.maybe(alert.cleared) };
  }

  operation(operation: Operation): Operation {
    const { checkpoint } = operation;
    return {
      ...operation,
      at: this.time(operation.at),
      ended: this.maybe(operation.ended),
      checkpoint: checkpoint && { ...checkpoint, time: this.time(checkpoint.time) },
      steps: operation.steps.map((step) => ({ ...step, at: this.time(step.at) })),
    };
  }

  vpg(vpg: VpgSnapshot): VpgSnapshot {
    const { count, oldest, newest, runs, tagged } = vpg.checkpoints;
    return {
      ...vpg,
      checkpoints: {
        count,
        oldest: this.maybe(oldest),
        newest: this.maybe(newest),
        runs: runs.map((run) => this.run(run)),
        tagged: tagged.map((entry) => ({ ...entry, time: this.time(entry.time) })),
      },
      gaps: vpg.gaps.map((gap) => ({
        ...gap,
        from: this.time(gap.from),
        to: this.maybe(gap.to),
      })),
    };
  }
}

export interface SnapshotSources {
  readonly topology: Topology;
  /** By the universe. */
  readonly now: number;
  clockOf(site: Site): number;
  /** Bytes of a datastore. */
  spaceOf(site: Site, datastore: string): { readonly capacity: number; readonly free: number };
  readonly shift: Shift;
  readonly zvms: ReadonlyMap<string, ZvmMachine>;
  readonly vras: ReadonlyMap<string, VraMachine>;
  readonly rates: ReadonlyMap<string, RateRecorder>;
  readonly outages: readonly Outage[];
}

export function snapshotOf(sources: SnapshotSources): LabSnapshot {
  const { topology, shift, zvms } = sources;
  const alerts: Alert[] = [];
  const operations: Operation[] = [];
  const tasks: Task[] = [];
  for (const zvm of zvms.values()) {
    const core = zvm.last?.core;
    for (const alert of core?.alerts ?? []) alerts.push(shift.alert(alert));
    for (const operation of core?.operations ?? []) operations.push(shift.operation(operation));
    if (zvm.running) addTasks(tasks, core?.tasks ?? []);
  }
  const vpgs: VpgSnapshot[] = [];
  for (const vpg of topology.vpgs.values()) {
    const shown = vpgSnapshot(vpg, sources);
    if (shown) vpgs.push(shown);
  }
  return {
    now: sources.now - shift.origin,
    sites: [...topology.sites.values()].map((site) => siteSnapshot(site, sources)),
    vpgs,
    alerts: alerts.sort((a, b) => a.raised - b.raised),
    operations: operations.sort((a, b) => a.at - b.at),
    tasks,
    outages: sources.outages.map((outage) => ({
      ...outage,
      from: outage.from - shift.origin,
      to: outage.to === undefined ? undefined : outage.to - shift.origin,
    })),
  };
}

/** Both ZVMs may hear the VRA that synchronises: it is one task. */
function addTasks(tasks: Task[], others: readonly Task[]): void {
  for (const task of others) {
    const isKnown = ({ what, vpg, operation }: Task): boolean =>
      what === task.what && vpg === task.vpg && operation === task.operation;
    if (!tasks.some(isKnown)) tasks.push(task);
  }
}

function siteSnapshot(site: Site, sources: SnapshotSources): SiteSnapshot {
  const { zvms, vras, rates } = sources;
  const { name } = site;
  const zvm = zvms.get(name);
  const shown: SiteSnapshot['vras'][number][] = [];
  for (const host of site.hosts.values()) {
    const vra = vras.get(vraName(host));
    if (!vra) continue;
    const load = vra.vra?.load();
    const rate = rates.get(vra.name)?.current;
    shown.push({
      name: vra.name,
      up: vra.running,
      transmit: rate?.transmit ?? 0,
      receive: rate?.receive ?? 0,
      diskWrite: rate?.diskWrite ?? 0,
      sendBuffer: load?.sendBuffer ?? 0,
      receiveBuffer: load?.receiveBuffer ?? 0,
    });
  }
  const zvmUp = zvm?.running ?? false;
  return {
    name,
    zvmUp,
    connectedTo: zvmUp ? (zvm?.last?.core?.connectedTo ?? []) : [],
    vras: shown,
    datastores: [...site.datastores.keys()].map((each) => ({
      name: each,
      ...sources.spaceOf(site, each),
    })),
  };
}

/**
 * The recovery site's ZVM speaks for a VPG, or the protected site's where that one is down. With both
 * down the last word of the one that went last is shown, and nobody measures an RPO.
 */
function vpgSnapshot(vpg: Vpg, sources: SnapshotSources): VpgSnapshot | undefined {
  const { shift, zvms, vras } = sources;
  const machines = [vpg.to.name, vpg.from.name].flatMap((name) => zvms.get(name) ?? []);
  const speaker = machines.find((zvm) => zvm.running && zvm.last?.core);
  const shown = (speaker ? [speaker] : machines)
    .flatMap((zvm) => zvm.last?.core?.snapshot(vpg.name, sources.clockOf(zvm.site)) ?? [])
    .sort((a, b) => (b.checkpoints.newest ?? 0) - (a.checkpoints.newest ?? 0))[0];
  if (!shown) return undefined;
  const snapshot = shift.vpg(shown);
  if (speaker) return snapshot;
  const up = [...vpg.vms.values()].every((vm) =>
    [vm.vm.target?.host.target, vm.recoveryHost.target].every(
      (host) => host && vras.get(vraName(host))?.running,
    ),
  );
  return {
    ...snapshot,
    health: 'error',
    subStatus: 'Error',
    status: snapshot.status === 'Initializing' ? snapshot.status : 'NotMeetingSLA',
    rpo: undefined,
    replicating: snapshot.replicating && up,
  };
}
