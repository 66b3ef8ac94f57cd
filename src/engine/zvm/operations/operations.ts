/**
 * The recovery operations of a ZVM: which are under way, and what happens to them. A verb is in a file
 * of its own beside this one.
 *
 * Everything is checked before anything is done (law 7), and whatever comes of it leaves a report.
 */
import type { CheckpointSelector, Operation, Reply, RestoredFile, Task } from '../../api.ts';
import type { VraReply } from '../../vra/messages.ts';
import type { Instant } from '../../world/world.ts';
import { decline } from '../deployment.ts';
import type { Outbox } from '../events.ts';
import { endBetween, inRecovery } from '../life.ts';
import type { LifeInRecovery, VpgLife } from '../life.ts';
import type { PeerLinks } from '../peers.ts';
import type { Vpg } from '../vpg.ts';
import type { VraLinks } from '../vras.ts';
import { applicationCheckpoint, thawAfterRestart } from './application-checkpoint.ts';
import { commit, rollBack, undecided } from './commit.ts';
import { clone, restoreFile } from './copies.ts';
import { engaged, failover } from './failover.ts';
import type { FailoverOptions } from './failover.ts';
import { failoverTest, stopTest } from './failover-test.ts';
import type { TestVerdict } from './failover-test.ts';
import { mount } from './mount.ts';
import type { MountOptions } from './mount.ts';
import { move } from './move.ts';
import type { MoveOptions } from './move.ts';
import { revive } from './recovered-vms.ts';
import { reverseProtect } from './reverse-protect.ts';
import { OperationRecords } from './records.ts';
import { Restarts } from './restarts.ts';
import { Run, answerKey, type ScriptEnd } from './run.ts';
import type { OperationTools } from './tools.ts';

/** What the rest of the ZVM does for them. */
export type OperationSurroundings = Pick<OperationTools, 'keep' | 'live' | 'runScript'>;

export class Operations {
  readonly #tools: OperationTools;
  readonly #restarts: Restarts;
  readonly #runs = new Set<Run>();
  /** Those of them that stand in nobody's way. */
  readonly #aside = new WeakSet<Run>();

  constructor(
    site: string,
    outbox: Outbox,
    vras: VraLinks,
    peers: PeerLinks,
    operations: readonly Operation[],
    startedAt: Instant,
    around: OperationSurroundings,
  ) {
    const records = new OperationRecords(site, startedAt, outbox, operations);
    const ended = (run: Run): void => {
      this.#runs.delete(run);
    };
    this.#tools = { site, outbox, vras, peers, records, ended, ...around };
    this.#restarts = new Restarts(this.#tools);
  }

  /** All since the first start, oldest first. */
  get all(): readonly Operation[] {
    return this.#tools.records.all;
  }

  /** Those that are under way now. */
  get tasks(): readonly Task[] {
    const tasks: Task[] = [];
    for (const run of this.#runs) {
      const record = this.#tools.records.find(run.id);
      if (!record) continue;
      const { verb: what, vpg } = record;
      tasks.push({ what, vpg, operation: run.id, progress: run.progress });
    }
    return tasks;
  }

  /** The test of a VPG that goes on, started here. */
  testOf(vpg: string): Operation | undefined {
    return this.#tools.records.findLast(
      (operation) =>
        operation.vpg === vpg &&
        operation.verb === 'failover-test' &&
        operation.result === 'success' &&
        operation.ended === undefined,
    );
  }

  // --- Verbs -----------------------------------------------------------------------------------

  test(
    ticket: number,
    vpg: Vpg,
    selector: CheckpointSelector,
    vms: readonly string[] | undefined,
    now: Instant,
  ): void {
    const busy = this.#engaged(vpg);
    const run = this.#begin('failover-test', ticket, vpg, now, vms);
    const refusal = vpg.testingAt === undefined ? busy : undefined;
    if (refusal) run.end(refusal);
    else failoverTest(this.#tools, run, selector, vms);
  }

  failover(ticket: number, vpg: Vpg, options: FailoverOptions, now: Instant): void {
    this.#unengaged('failover', ticket, vpg, now, (run) => {
      run.leads = true;
      failover(this.#tools, run, options);
    });
  }

  move(ticket: number, vpg: Vpg, options: MoveOptions, now: Instant): void {
    this.#unengaged('move', ticket, vpg, now, (run) => {
      run.leads = true;
      move(this.#tools, run, options);
    });
  }

  clone(
    ticket: number,
    vpg: Vpg,
    selector: CheckpointSelector,
    datastore: string | undefined,
    vms: readonly string[] | undefined,
    now: Instant,
  ): void {
    const begin = (run: Run): void => {
      clone(this.#tools, run, selector, datastore, vms);
    };
    this.#unengaged('clone', ticket, vpg, now, begin, vms);
  }

  restoreFile(
    ticket: number,
    vpg: Vpg,
    selector: CheckpointSelector,
    file: RestoredFile,
    now: Instant,
  ): void {
    const begin = (run: Run): void => {
      restoreFile(this.#tools, run, selector, file);
    };
    this.#unengaged('restore-file', ticket, vpg, now, begin, [file.vm]);
  }

  mount(ticket: number, vpg: Vpg, options: MountOptions, now: Instant): void {
    const { vm } = options;
    const run = this.#begin('mount', ticket, vpg, now, vm === undefined ? undefined : [vm]);
    this.#aside.add(run);
    mount(this.#tools, run, options);
  }

  commit(ticket: number, vpg: Vpg, reverse: boolean | undefined, now: Instant): void {
    const life = this.#undecided(vpg);
    if ('result' in life) this.#answer(ticket, life);
    else this.#commit(ticket, vpg, life, reverse, now);
  }

  rollback(ticket: number, vpg: Vpg, now: Instant): void {
    const life = this.#undecided(vpg);
    if ('result' in life) this.#answer(ticket, life);
    else rollBack(this.#tools, this.#decide(ticket, vpg, life, now), life);
  }

  /** One who decides otherwise while VRAs are still being turned to would be heard as well. */
  #undecided(vpg: Vpg): LifeInRecovery | Reply {
    const life = undecided(this.#tools, vpg);
    return 'result' in life || !this.#isBusyWith(vpg) ? life : underWay(vpg);
  }

  /** Beside a test, but beside nothing that turns to the same VMs. */
  applicationCheckpoint(ticket: number, vpg: Vpg, tag: string, now: Instant): void {
    const busy = this.#isBusyWith(vpg);
    const run = this.#begin('checkpoint', ticket, vpg, now);
    if (busy) run.end(underWay(vpg));
    else applicationCheckpoint(this.#tools, run, tag);
  }

  reverseProtect(ticket: number, vpg: Vpg, now: Instant): void {
    const run = this.#begin('reverse-protect', ticket, vpg, now);
    run.leads = true;
    reverseProtect(this.#tools, run);
  }

  stop(ticket: number, vpg: Vpg, verdict: TestVerdict, now: Instant): void {
    const test = this.testOf(vpg.name);
    if (test) {
      stopTest(this.#tools, this.#run(test.id, ticket, vpg, now), verdict);
      return;
    }
    const elsewhere = vpg.testingAt !== undefined && vpg.testingAt !== this.#tools.site;
    const reason = elsewhere
      ? `The failover test of ${vpg.name} was started at ${vpg.testingAt ?? ''}: stop it there`
      : `No failover test of ${vpg.name} is running`;
    this.#answer(ticket, decline(reason));
  }

  // --- Recoveries that outlive the request -----------------------------------------------------

  /** Goes on, after a start of the ZVM, with what had begun before it. */
  resume(vpg: Vpg, now: Instant): void {
    this.#thaw(vpg, now);
    this.#giveUp(vpg, now);
    const { life } = vpg;
    if (!inRecovery(life) || life.site !== this.#tools.site) return;
    if (life.phase === 'committing') this.#commit(undefined, vpg, life, undefined, now);
    else if (life.phase !== 'before-commit') {
      rollBack(this.#tools, this.#decide(undefined, vpg, life, now), life);
    }
  }

  /** Ends a checkpoint for which applications may have been frozen before a restart. */
  #thaw(vpg: Vpg, now: Instant): void {
    const broken = this.#tools.records.findLast(
      (operation) =>
        operation.vpg === vpg.name &&
        operation.verb === 'checkpoint' &&
        operation.result === 'running',
    );
    if (broken) thawAfterRestart(this.#tools, this.#run(broken.id, undefined, vpg, now));
  }

  /** What had begun before a restart and left nothing to go on with: its images are closed as VRAs tell of them. */
  #giveUp(vpg: Vpg, now: Instant): void {
    const { records, site } = this.#tools;
    const { life } = vpg;
    for (const { id, vpg: name, verb, result, site: begunAt } of records.all) {
      if (name !== vpg.name || begunAt !== site || result !== 'running') continue;
      if (verb === 'checkpoint' || (inRecovery(life) && life.operation === id)) continue;
      const reason = `The ZVM of ${site} was restarted before it was done: ask for it again`;
      records.change(id, { result: 'refused', ended: now, reason, missing: [] });
    }
  }

  /** Whether an image is open for an operation that goes on. */
  uses(image: string): boolean {
    for (const { id } of this.#runs) if (image.startsWith(`${id}/`)) return true;
    const test = (operation: Operation): boolean =>
      operation.verb === 'failover-test' &&
      operation.result === 'success' &&
      operation.ended === undefined &&
      image.startsWith(`${operation.id}/`);
    return this.#tools.records.findLast(test) !== undefined;
  }

  /** Carries the commit policy of a recovery out when nobody has decided in time. */
  #carryOut(vpg: Vpg, now: Instant): void {
    const { life } = vpg;
    if (!inRecovery(life) || life.site !== this.#tools.site || this.#isBusyWith(vpg)) return;
    if (life.phase !== 'before-commit') {
      // What had to be given up, because a VRA was silent, is taken up again.
      this.resume(vpg, now);
      return;
    }
    if (life.deadline === undefined || now < life.deadline) return;
    if (life.policy === 'commit') this.#commit(undefined, vpg, life, undefined, now);
    else rollBack(this.#tools, this.#decide(undefined, vpg, life, now), life);
  }

  #commit(
    ticket: number | undefined,
    vpg: Vpg,
    life: LifeInRecovery,
    reverse: boolean | undefined,
    now: Instant,
  ): void {
    const run = this.#decide(ticket, vpg, life, now);
    commit(this.#tools, run, life, reverse ?? life.reverseProtection);
  }

  /** Works on the recovery's own report; the site that began it may be gone for good. */
  #decide(ticket: number | undefined, vpg: Vpg, life: LifeInRecovery, now: Instant): Run {
    const { operation: id, verb, site, checkpoint } = life;
    const at = checkpoint?.time ?? now;
    const report = { id, verb, vpg: vpg.name, site, at, result: 'running', steps: [] } as const;
    this.#tools.records.adopt({ ...report, checkpoint });
    const run = this.#run(id, ticket, vpg, now);
    run.leads = true;
    return run;
  }

  /** A recovery VRA is there again: VMs that ran on images which died with it are made anew. */
  #revive(vra: string, vpg: Vpg, now: Instant): void {
    const { life } = vpg;
    if (life.phase !== 'before-commit' || life.site !== this.#tools.site) return;
    if (this.#isBusyWith(vpg)) return;
    const streams = vpg.plan.streams.filter((stream) => stream.recoveryVra === vra);
    if (streams.length === 0) return;
    const run = this.#run(life.operation, undefined, vpg, now);
    run.leads = true;
    revive(run, life, streams);
  }

  /**
   * The other ZVM has a later word of the VPG's life: what was begun here because of the former one comes to
   * nothing, or it would be done to a VPG that is elsewhere by now.
   */
  overtaken(vpg: Vpg, before: VpgLife, now: Instant): void {
    const { life } = vpg;
    if (inRecovery(before)) this.#conclude(before, life, now);
    const turned = life.generation !== before.generation;
    for (const run of this.#at(now)) {
      if (run.vpg !== vpg || (!turned && (!run.leads || run.bound))) continue;
      run.end(decline(whatOvertook(vpg, before)));
    }
  }

  /** A recovery that was ended from elsewhere has an end in its report as well. */
  #conclude(before: LifeInRecovery, after: VpgLife, now: Instant): void {
    const { records } = this.#tools;
    const outcome = endBetween(before, after);
    const report = records.find(before.operation);
    if (outcome === undefined || !report || report.outcome !== undefined) return;
    const isRefused = report.result === 'refused';
    records.change(report.id, { outcome, ...(!isRefused && { result: 'success' }), ended: now });
  }

  // --- What happens ----------------------------------------------------------------------------

  vraOpened(vra: string, served: Iterable<Vpg>, now: Instant): void {
    for (const run of this.#at(now)) run.vraOpened(vra);
    for (const vpg of served) this.#revive(vra, vpg, now);
  }

  vraLost(vra: string, now: Instant): void {
    for (const run of this.#at(now)) run.vraLost(vra);
  }

  vraSaid(vra: string, message: VraReply, served: Iterable<Vpg>, now: Instant): void {
    for (const vpg of served) this.#restarts.vraSaid(vpg, message);
    if (this.#runs.size === 0) return;
    const key = answerKey(vra, message);
    if (key === undefined) return;
    for (const run of this.#at(now)) {
      if (message.kind === 'task-progress') run.progressed(key, message);
      else run.vraSaid(key, message);
    }
  }

  tagged(vpg: Vpg, tag: string, now: Instant): void {
    this.#happened(`tag ${vpg.name} ${tag}`, now);
  }

  /** More of what was noted is on storage. */
  kept(now: Instant): void {
    if (this.#runs.size === 0) return;
    for (const run of this.#at(now)) run.kept();
  }

  scriptEnded(key: string, end: ScriptEnd, now: Instant): void {
    for (const run of this.#at(now)) {
      run.scriptEnd = end;
      run.happened(key);
    }
  }

  #happened(key: string, now: Instant): void {
    if (this.#runs.size === 0) return;
    for (const run of this.#at(now)) run.happened(key);
  }

  get isIdle(): boolean {
    return this.#runs.size === 0;
  }

  tick(vpgs: Iterable<Vpg>, now: Instant): void {
    for (const run of this.#at(now)) run.tick();
    for (const vpg of vpgs) {
      this.#carryOut(vpg, now);
      this.#restarts.tick(vpg, now);
    }
  }

  // --- Runs ------------------------------------------------------------------------------------

  /** A run may end, and others begin, while it is told. */
  #at(now: Instant): readonly Run[] {
    const runs = [...this.#runs];
    for (const run of runs) run.now = now;
    return runs;
  }

  #isBusyWith(vpg: Vpg): boolean {
    for (const run of this.#runs) if (run.vpg === vpg && !this.#aside.has(run)) return true;
    return false;
  }

  #engaged(vpg: Vpg): Reply | undefined {
    return this.#isBusyWith(vpg) ? underWay(vpg) : engaged(vpg);
  }

  /** Begins where nothing else is under way with the VPG. */
  #unengaged(
    verb: string,
    ticket: number,
    vpg: Vpg,
    now: Instant,
    begin: (run: Run) => void,
    vms?: readonly string[],
  ): void {
    const refusal = this.#engaged(vpg);
    const run = this.#begin(verb, ticket, vpg, now, vms);
    if (refusal) run.end(refusal);
    else begin(run);
  }

  #answer(ticket: number, reply: Reply): void {
    this.#tools.outbox.push({ kind: 'answer', ticket, reply });
  }

  /** Begins an operation with a report of its own; a refusal goes into it. */
  #begin(verb: string, ticket: number, vpg: Vpg, now: Instant, vms?: readonly string[]): Run {
    const { records } = this.#tools;
    const { id } = records.begin(verb, vpg.name, now, vms);
    const refused = (reply: Reply, at: Instant): void => {
      if (reply.result !== 'refused') return;
      const { reason, missing } = reply;
      records.change(id, { result: 'refused', ended: at, reason, missing });
    };
    return this.#run(id, ticket, vpg, now, refused);
  }

  #run(
    id: string,
    ticket: number | undefined,
    vpg: Vpg,
    now: Instant,
    ending?: (reply: Reply, at: Instant) => void,
  ): Run {
    const run = new Run(this.#tools, vpg, id, ticket, now, ending);
    this.#runs.add(run);
    return run;
  }
}

function whatOvertook({ name, life, plan }: Vpg, before: VpgLife): string {
  const site = plan.peer ?? plan.from;
  if (inRecovery(life)) {
    const what = life.verb === 'move' ? 'being moved' : 'failing over';
    return `${name} is ${what} from ${site} (${life.operation}) meanwhile`;
  }
  if (life.generation !== before.generation)
    return `${name} has been committed from ${site} meanwhile`;
  const ended = inRecovery(before) ? 'rolled back' : 'protected in reverse';
  return `${name} has been ${ended} from ${site} meanwhile`;
}

function underWay(vpg: Vpg): Reply {
  return decline(`Another operation on ${vpg.name} is under way`);
}
