/** What a ZVM watches over: turns what it knows of its VRAs, peers and VPGs into alerts and figures. */
import type { JournalSnapshot, Task, VpgSnapshot, VpgSubStatus } from '../api.ts';
import type { SyncKind } from '../journal/frame.ts';
import type { ProtectedStreamReport, RecoveryStreamReport } from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import type { AlertLog } from './alerts.ts';
import {
  checkpointInterval,
  historyErrorShare,
  historyWarningShare,
} from '../../topology/limits.ts';
import { coveredHistory, judge, rpoErrorFactor } from './sla.ts';
import type { Verdict, VpgFigures } from './sla.ts';
import { StatusWatch } from './statuses.ts';
import type { PlannedStream } from './plan.ts';
import { gapThreshold, meetingTime } from './timing.ts';
import type { Vpg } from './vpg.ts';
import type { VraLinks } from './vras.ts';

const syncs: ReadonlySet<VpgSubStatus> = new Set(['InitialSync', 'DeltaSync', 'BitmapSync']);

export class Supervision {
  readonly #alerts: AlertLog;
  readonly #vras: VraLinks;
  /** What was last said of a subject: nearly always it is so still, and there is nothing to do. */
  readonly #said = new Map<string, number>();
  readonly #statuses = new StatusWatch();
  /** What was wrong with the last step of a VPG, while the alert of it stands. */
  readonly #faults = new Map<string, string>();
  /** Since when a pair of VRAs is apart. */
  readonly #apart = new Map<string, Instant>();

  constructor(alerts: AlertLog, vras: VraLinks) {
    this.#alerts = alerts;
    this.#vras = vras;
  }

  peer(site: string, connected: boolean, names: () => readonly string[], now: Instant): void {
    if (this.#knows(site, Number(connected))) return;
    const vpgs = names();
    const message = `The Zerto Virtual Manager is not connected to site ${site}`;
    this.#alerts.set({ id: 'ZVM0003', level: 'error', message, vpgs }, !connected, now);
  }

  synchronizing(site: string, on: boolean, vpgs: readonly string[], now: Instant): void {
    const message = `Synchronizing with site ${site}`;
    this.#alerts.set({ id: 'ZVM0010', level: 'warning', message, vpgs }, on, now);
  }

  vra(vra: string, heard: boolean, now: Instant): void {
    if (this.#knows(vra, Number(heard))) return;
    const message = `The Zerto Virtual Manager is not connected to the VRA on ${vra}`;
    this.#alerts.set({ id: 'ZVM0002', level: 'error', message, vpgs: [] }, !heard, now);
  }

  storage(problem: string | undefined, now: Instant): void {
    const failed = problem !== undefined;
    if (this.#knows('storage', Number(failed))) return;
    const message = 'The Zerto Virtual Manager cannot store its state';
    this.#alerts.set({ id: 'ZVM0005', level: 'error', message, vpgs: [] }, failed, now);
  }

  /** Whether the VRAs at both ends of the VPG's streams talk with each other. */
  dataPath(vpgs: ReadonlyMap<string, Vpg>, now: Instant): void {
    // Nearly always there is nothing to raise and nothing to clear.
    if (this.#apart.size === 0 && !this.#alerts.anyRaised && !this.#anyApart(vpgs)) return;
    const pairs = new Map<string, { ends: [string, string]; vpgs: Set<string>; apart: boolean }>();
    for (const vpg of vpgs.values()) {
      for (const stream of vpg.plan.streams) {
        const { protectedVra, recoveryVra } = stream;
        const report = this.#reportOf(vpg, stream);
        if (!report) continue;
        const ends: [string, string] = vpg.plan.cutsHere
          ? [protectedVra, recoveryVra]
          : [recoveryVra, protectedVra];
        const key = ends.join(' ');
        let pair = pairs.get(key);
        if (!pair) pairs.set(key, (pair = { ends, vpgs: new Set(), apart: false }));
        pair.vpgs.add(vpg.name);
        if (report.state === 'disconnected') pair.apart = true;
      }
    }
    for (const [key, { ends, vpgs: concerned, apart }] of pairs) {
      if (!apart) this.#apart.delete(key);
      else if (!this.#apart.has(key)) this.#apart.set(key, now);
      const since = this.#apart.get(key);
      // Two VRAs that have just been told of each other take a moment to meet.
      const raised = since !== undefined && now - since >= meetingTime;
      const message = `The VRA on ${ends[0]} is not connected to the VRA on ${ends[1]}`;
      const alert = { id: 'VRA0005', level: 'error', message, vpgs: [...concerned] } as const;
      if (raised || !apart) this.#alerts.set(alert, raised, now);
    }
  }

  vpg(vpg: Vpg, now: Instant): void {
    const { name } = vpg;
    const { phase } = vpg.life;
    const undecided = phase === 'before-commit';
    const figures: Figures =
      phase === 'protected' ? figuresOf(vpg, now) : { rpo: undefined, covered: undefined };
    const { subStatus } = this.#status(vpg, figures, now);
    const syncing = syncs.has(subStatus);
    const tested = vpg.testingAt !== undefined;
    const unconfigured = phase === 'recovered';
    const rpo = figures.rpo ?? 0;
    const target = vpg.plan.rpo;
    const far = rpo > rpoErrorFactor * target;
    const covered = figures.covered ?? 1;
    const short = covered < historyErrorShare;
    const low = covered < historyWarningShare && !short;
    const { testEvery = 0 } = vpg.plan;
    const due = (vpg.testedAt ?? vpg.since ?? now) + testEvery;
    const overdue =
      testEvery > 0 && phase === 'protected' && now > due && vpg.testingAt === undefined;
    const flags =
      Number(rpo > target) +
      2 * Number(far) +
      4 * Number(low) +
      8 * Number(short) +
      16 * Number(vpg.paused) +
      32 * Number(overdue) +
      64 * Number(overdue && vpg.testedAt === undefined) +
      128 * Number(undecided) +
      256 * Number(syncing) +
      512 * Number(tested) +
      1024 * Number(unconfigured);
    if (this.#knows(`VPG ${name}`, flags)) return;

    const vpgs = [name];
    const rpoMessage = `VPG ${name} exceeds its target RPO`;
    this.#alerts.set(
      { id: 'VPG0009', level: 'warning', message: rpoMessage, vpgs },
      rpo > target && !far,
      now,
    );
    this.#alerts.set({ id: 'VPG0010', level: 'error', message: rpoMessage, vpgs }, far, now);

    const historyMessage = `VPG ${name} has a low journal history`;
    this.#alerts.set({ id: 'VPG0003', level: 'warning', message: historyMessage, vpgs }, low, now);
    this.#alerts.set({ id: 'VPG0004', level: 'error', message: historyMessage, vpgs }, short, now);

    const paused = `Replication of VPG ${name} is paused`;
    this.#alerts.set({ id: 'VPG0007', level: 'warning', message: paused, vpgs }, vpg.paused, now);

    const waiting = `VPG ${name} is waiting for commit or rollback`;
    this.#alerts.set({ id: 'VPG0014', level: 'warning', message: waiting, vpgs }, undecided, now);

    const volumes = `The volumes of VPG ${name} are being synchronised`;
    this.#alerts.set({ id: 'VRA0025', level: 'warning', message: volumes, vpgs }, syncing, now);

    const testing = `A failover test of VPG ${name} is running`;
    this.#alerts.set({ id: 'VPG0050', level: 'warning', message: testing, vpgs }, tested, now);

    const bare = `VPG ${name} needs configuration: nothing protects its recovered VMs`;
    this.#alerts.set({ id: 'VPG0006', level: 'warning', message: bare, vpgs }, unconfigured, now);

    const untested = vpg.testedAt === undefined;
    const late = `The failover test of VPG ${name} is overdue`;
    this.#alerts.set(
      { id: 'VPG0011', level: 'warning', message: late, vpgs },
      overdue && !untested,
      now,
    );
    const never = `VPG ${name} has not been tested yet, and a test is overdue`;
    this.#alerts.set(
      { id: 'VPG0012', level: 'warning', message: never, vpgs },
      overdue && untested,
      now,
    );
  }

  /** Looks at once at what a VPG shows: its life is about to change, or has just done so. */
  look(vpg: Vpg, now: Instant): void {
    this.#status(vpg, figuresOf(vpg, now), now);
  }

  /** What a VPG shows from now on was decided elsewhere. */
  learned(vpg: Vpg): void {
    this.#statuses.forget(vpg.name);
  }

  /** A step that no VPG takes is a mistake of the engine: said aloud, and survived. */
  #status(vpg: Vpg, figures: Figures, now: Instant): Verdict {
    const { name } = vpg;
    const verdict = this.#verdict(vpg, figures);
    const problem = this.#statuses.observe(name, verdict);
    const standing = this.#faults.get(name);
    if (problem === undefined || problem === standing) return verdict;
    if (standing !== undefined) this.#fault(name, standing, false, now);
    this.#faults.set(name, problem);
    this.#fault(name, problem, true, now);
    return verdict;
  }

  #fault(vpg: string, problem: string, on: boolean, now: Instant): void {
    const message = `Internal error: ${problem}`;
    this.#alerts.set({ id: 'ZVM0009', level: 'error', message, vpgs: [vpg] }, on, now);
  }

  #verdict(vpg: Vpg, { rpo, covered }: Figures): Verdict {
    const { plan, catalogue, life, paused, peerConnected } = vpg;
    const quiet = plan.streams.every(
      ({ protectedVra, recoveryVra }) =>
        this.#vras.isQuiet(protectedVra) && this.#vras.isQuiet(recoveryVra),
    );
    const { sync, storage } = quiet
      ? ({ sync: undefined, storage: 'fine' } as const)
      : this.#states(vpg);
    return judge({
      peerConnected,
      recoverySide: plan.cataloguesHere,
      anyCheckpoint: catalogue.count > 0,
      life,
      paused,
      sync,
      storage,
      rpo,
      rpoTarget: plan.rpo,
      covered,
    });
  }

  /** True from the moment at which the journal holds the configured history for the first time. */
  fills(vpg: Vpg, now: Instant): boolean {
    if (vpg.filled) return false;
    // A journal that gives history up for its limit will not hold more: the first fill is over.
    if (vpg.plan.streams.some((stream) => this.#atLimit(stream))) return true;
    const { oldest, newest } = vpg.catalogue;
    if (!oldest || !newest || newest.time - oldest.time <= vpg.plan.history) return false;
    const gaps = vpg.gapsAt(now);
    const covered = coveredHistory(vpg.plan.history, oldest.time, gaps, now);
    return covered >= vpg.plan.history - gapThreshold;
  }

  /** Whether a VPG keeps all that was promised, and will as long as its checkpoints come. */
  isQuiet(vpg: Vpg, now: Instant): boolean {
    const figures = figuresOf(vpg, now);
    const { status, subStatus, health } = this.#verdict(vpg, figures);
    const isWell = status === 'MeetingSLA' && subStatus === 'None' && health === 'ok';
    // A gap leaves the history by and by, and what it does to the figures with it.
    return isWell && (figures.covered ?? 1) === 1;
  }

  /** When a VPG's test is overdue; infinity: never, or it is so already. */
  testDue(vpg: Vpg, now: Instant): Instant {
    const { testEvery = 0 } = vpg.plan;
    const due = (vpg.testedAt ?? vpg.since ?? now) + testEvery;
    return testEvery > 0 && now <= due ? due : Infinity;
  }

  snapshot(vpg: Vpg, now: Instant): VpgSnapshot {
    const { plan, catalogue } = vpg;
    const figures = figuresOf(vpg, now);
    const states = this.#states(vpg);
    const newest = catalogue.newest;
    const oldest = oldestRecoverable(vpg, this.#vras);
    const verdict = this.#verdict(vpg, figures);
    return {
      name: plan.name,
      from: plan.from,
      to: plan.to,
      vms: plan.streams.map((stream) => stream.vm),
      ...verdict,
      replicating: states.replicating,
      rpo: figures.rpo,
      lastCheckpointAge: newest && Math.max(0, now - newest.time),
      history: oldest === undefined ? 0 : Math.max(0, now - oldest),
      coveredHistory: coveredHistory(plan.history, oldest, vpg.gapsAt(now), now),
      configuredHistory: plan.history,
      checkpoints: {
        count: catalogue.count,
        oldest: catalogue.oldest?.time,
        newest: newest?.time,
        runs: catalogue.runs,
        tagged: catalogue.tagged,
      },
      gaps: vpg.gapsAt(now),
      testing: vpg.testingAt !== undefined,
      journalBytes: states.journals.reduce((sum, { bytes }) => sum + bytes, 0),
      journals: states.journals,
    };
  }

  /** As the VRAs tell that send: those of another site may do so, too, while its ZVM is down. */
  synchronizations(vpgs: Iterable<Vpg>): readonly Task[] {
    const tasks: Task[] = [];
    for (const vpg of vpgs) {
      let what: string | undefined;
      let done = 0;
      let total = 0;
      for (const { protectedVra, protect } of vpg.plan.streams) {
        const sync = this.#vras.sending(protectedVra, protect.stream)?.sync;
        if (!sync) continue;
        what ??= `${sync.kind}-sync`;
        done += sync.done;
        total += sync.total;
      }
      if (what !== undefined) tasks.push({ what, vpg: vpg.name, progress: { done, total } });
    }
    return tasks;
  }

  #atLimit({ recoveryVra, recover }: PlannedStream): boolean {
    return this.#vras.receiving(recoveryVra, recover.stream)?.atLimit === true;
  }

  #anyApart(vpgs: ReadonlyMap<string, Vpg>): boolean {
    for (const vpg of vpgs.values()) {
      for (const stream of vpg.plan.streams) {
        if (this.#reportOf(vpg, stream)?.state === 'disconnected') return true;
      }
    }
    return false;
  }

  /** What the own VRA of a stream said of it last. */
  #reportOf(
    vpg: Vpg,
    stream: PlannedStream,
  ): ProtectedStreamReport | RecoveryStreamReport | undefined {
    return vpg.plan.cutsHere
      ? this.#vras.sending(stream.protectedVra, stream.protect.stream)
      : this.#vras.receiving(stream.recoveryVra, stream.recover.stream);
  }

  #knows(subject: string, state: number): boolean {
    if (this.#said.get(subject) === state) return true;
    this.#said.set(subject, state);
    return false;
  }

  #states(vpg: Vpg): {
    replicating: boolean;
    sync: SyncKind | undefined;
    storage: VpgFigures['storage'];
    journals: JournalSnapshot[];
  } {
    let replicating = !vpg.paused;
    let sync: SyncKind | undefined;
    let storage: VpgFigures['storage'] = 'fine';
    const journals: JournalSnapshot[] = [];
    for (const stream of vpg.plan.streams) {
      const receiving = this.#vras.receiving(stream.recoveryVra, stream.recover.stream);
      const sending = this.#vras.sending(stream.protectedVra, stream.protect.stream);
      const report = vpg.plan.cataloguesHere ? (receiving ?? sending) : (sending ?? receiving);
      const state = report?.state;
      if (state !== 'replicating' && state !== 'syncing') replicating = false;
      if (state === 'suspended') storage = worse(storage, receiving);
      if (receiving) journals.push(journalOf(stream, receiving));
      sync ??= receiving?.sync ?? sending?.sync?.kind;
    }
    return { replicating, sync, storage, journals };
  }
}

/** A failure weighs more than a lack of room; of the sender's word alone only the latter is certain. */
function worse(
  storage: VpgFigures['storage'],
  report: RecoveryStreamReport | undefined,
): VpgFigures['storage'] {
  const failed = report !== undefined && report.lowSpace !== true;
  return failed || storage === 'failed' ? 'failed' : 'low-space';
}

function journalOf({ vm, recover }: PlannedStream, report: RecoveryStreamReport): JournalSnapshot {
  const { hardLimit, warning } = recover;
  const { journalBytes: bytes, atLimit = false } = report;
  return { vm, bytes, hardLimit, warning, atLimit };
}

interface Figures {
  readonly rpo: number | undefined;
  /** Share of the configured history; undefined during the first fill. */
  readonly covered: number | undefined;
}

function figuresOf(vpg: Vpg, now: Instant): Figures {
  const { plan, catalogue } = vpg;
  const newest = catalogue.newest;
  const rpo = vpg.peerConnected && newest ? Math.max(0, now - newest.time) : undefined;
  if (!vpg.filled) return { rpo, covered: undefined };
  // Between two checkpoints up to an interval at either end is nobody's.
  const covered =
    coveredHistory(plan.history, catalogue.oldest?.time, vpg.gapsAt(now), now) + checkpointInterval;
  return { rpo, covered: Math.min(1, covered / plan.history) };
}

/** The list is cleaned once a minute; between two cleanings the journals know better. */
function oldestRecoverable(vpg: Vpg, vras: VraLinks): Instant | undefined {
  let oldest = vpg.catalogue.oldest?.time;
  if (oldest === undefined) return undefined;
  for (const stream of vpg.plan.streams) {
    const held = vras.receiving(stream.recoveryVra, stream.recover.stream)?.oldest?.time;
    if (held !== undefined && held > oldest) oldest = held;
  }
  return Math.min(oldest, vpg.catalogue.newest?.time ?? oldest);
}
