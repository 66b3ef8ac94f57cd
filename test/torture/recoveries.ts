/**
 * What people do in a disaster: failover, move, commit, rollback, reverse protection, clones, restored files
 * and forced synchronizations, beside all harm. Nobody waits for an answer, which may never come: what is
 * promised is looked at when it does.
 */
import type { Reply, Request, VpgSnapshot } from '../../src/engine/api.ts';
import type { RunningLab } from '../../src/engine/lab/running-lab.ts';
import { LabError } from '../../src/engine/lab/types.ts';
import { createRandom } from '../../src/engine/world/random.ts';
import type { Site, Topology } from '../../src/topology/model.ts';
import { Guest } from './guests.ts';
import type { Act, ActOf, Scenario } from './scenario.ts';
import { pickOf } from './pick.ts';
import { Broken } from './witness.ts';
import type { Witness } from './witness.ts';

export type RecoveryAct = Extract<
  Act,
  { do: 'recover' | 'decide' | 'reverse' | 'clone' | 'restore' | 'force-sync' }
>;
type VpgRequest = Extract<Request, { readonly vpg: string }>;
export type Success = Extract<Reply, { result: 'success' }>;

/** Verbs that leave a report of their own even where they are refused. */
const reporting: ReadonlySet<Request['kind']> = new Set([
  'failover',
  'move',
  'clone',
  'restore-file',
  'reverse-protect',
]);

export interface RecoveriesOptions {
  readonly scenario: Scenario;
  readonly topology: Topology;
  readonly lab: RunningLab;
  readonly witness: Witness;
  readonly guests: ReadonlyMap<string, Guest>;
  readonly note: (what: string, reply: Reply) => void;
}

export class Recoveries {
  readonly #options: RecoveriesOptions;
  readonly #commits: (vpg: string) => boolean;
  /** What takes time to be looked at, which only the trial itself may let pass. */
  #due: (() => void)[] = [];

  constructor(options: RecoveriesOptions) {
    this.#options = options;
    const random = createRandom(options.scenario.seed).fork('decisions');
    const commits = new Map(options.scenario.vpgs.map(({ name }) => [name, random.next() < 0.6]));
    this.#commits = (vpg) => commits.get(vpg) ?? true;
  }

  take(act: RecoveryAct): void {
    const { vpg } = act;
    switch (act.do) {
      case 'recover':
        this.#recover(act);
        return;
      case 'decide':
        this.#decide(vpg, act.commit, act.site, act.reverse);
        return;
      case 'reverse':
        this.#ask(undefined, { kind: 'reverse-protect', vpg });
        return;
      case 'clone':
        this.#copy(act, { kind: 'clone', vpg, checkpoint: { kind: 'id', id: this.#pick(act) } });
        return;
      case 'restore': {
        const [vm] = this.#members(vpg);
        const size = vm?.diskSizes[0] ?? 0;
        const offset = Math.floor(((act.pick * 7919) % 1) * (size / 512)) * 512;
        const length = Math.min(size - offset, 128 * 1024);
        const file = { path: 'file', vm: vm?.name ?? '', disk: 'd0', offset, length };
        const checkpoint = { kind: 'id', id: this.#pick(act) } as const;
        this.#copy(act, { kind: 'restore-file', vpg, checkpoint, file });
        return;
      }
      case 'force-sync':
        this.#ask(undefined, { kind: 'force-sync', vpg });
        return;
    }
  }

  /** Looks at what has come; to be called where the world may live on meanwhile. */
  look(): void {
    const due = this.#due;
    this.#due = [];
    for (const check of due) check();
  }

  /** Brings a VPG that waits for somebody back to where it is protected. */
  heal({ name, status, subStatus }: VpgSnapshot): void {
    if (subStatus === 'FailingOverBeforeCommit' || subStatus === 'MovingBeforeCommit') {
      this.#decide(name, this.#commits(name), undefined, undefined);
    } else if (status === 'Recovered') {
      this.#ask(undefined, { kind: 'reverse-protect', vpg: name });
    }
  }

  // --- Verbs -----------------------------------------------------------------------------------

  #recover(act: ActOf<'recover'>): void {
    const { vpg, verb, policy, wait, reverse } = act;
    const options = {
      vpg,
      commitPolicy: policy,
      commitTimeout: wait,
      reverseProtection: reverse,
    } as const;
    const request: VpgRequest =
      verb === 'move'
        ? { kind: 'move', ...options, force: true }
        : {
            kind: 'failover',
            ...options,
            checkpoint: { kind: 'id', id: this.#pick(act) },
            shutdown: act.shutdown,
          };
    this.#ask(act.site, request, (reply) => {
      if (verb === 'move') this.#losesNothing(vpg, reply);
      this.#due.push(() => {
        this.#compare(vpg, reply, true);
      });
    });
  }

  #decide(
    vpg: string,
    commit: boolean,
    site: string | undefined,
    reverseProtection: boolean | undefined,
  ): void {
    const request: VpgRequest = commit
      ? { kind: 'commit', vpg, reverseProtection }
      : { kind: 'rollback', vpg };
    this.#ask(site, request, undefined, (reason) => {
      // Whoever began it has to decide, as long as it is there.
      const starter = /started at (\w+): decide there/.exec(reason)?.[1];
      if (starter !== undefined && starter !== site) {
        this.#decide(vpg, commit, starter, reverseProtection);
      }
    });
  }

  #copy(act: ActOf<'clone'> | ActOf<'restore'>, request: VpgRequest): void {
    this.#ask(undefined, request, (reply) => {
      this.#due.push(() => {
        const part = request.kind === 'restore-file' ? request.file : undefined;
        this.#compare(act.vpg, reply, false, part);
      });
    });
  }

  #ask(
    site: string | undefined,
    request: VpgRequest,
    succeeded?: (reply: Success) => void,
    refused?: (reason: string) => void,
  ): void {
    const { lab, topology, note } = this.#options;
    const { kind } = request;
    let atZvm = true;
    const answer = (reply: Reply): void => {
      note(kind, reply);
      if (atZvm) this.#checkReport(request, reply);
      if (reply.result === 'success') succeeded?.(reply);
      else refused?.(reply.reason);
    };
    const asked = (target: Site | undefined): string | undefined => {
      let waiting: Reply | undefined;
      let sent = false;
      const name = lab.ask(target, request, (reply) => {
        if (sent) answer(reply);
        else waiting = reply;
      });
      sent = true;
      atZvm = name !== undefined;
      if (waiting) answer(waiting);
      return name;
    };
    asked(site === undefined ? undefined : topology.sites.get(site));
  }

  #pick({ vpg, pick }: { readonly vpg: string; readonly pick: number }): number {
    const snapshot = this.#options.lab.snapshot().vpgs.find(({ name }) => name === vpg);
    return (snapshot && pickOf(snapshot, pick)) ?? -1;
  }

  #members(vpg: string): Guest[] {
    const { scenario, guests } = this.#options;
    const members = scenario.vpgs.find(({ name }) => name === vpg)?.vms ?? [];
    return members.flatMap(({ vm }) => guests.get(vm) ?? []);
  }

  // --- Promises --------------------------------------------------------------------------------

  /** OUT-11: whatever was asked for has left a report, and it says what was answered. */
  #checkReport({ kind, vpg }: VpgRequest, reply: Reply): void {
    const { operations } = this.#options.lab.snapshot();
    const fail = (what: string): void => {
      const broken = new Broken('every operation leaves a report', `${kind} of ${vpg}: ${what}`);
      this.#options.witness.fail(broken);
    };
    if (reply.result === 'refused') {
      if (!reporting.has(kind)) return;
      const { reason } = reply;
      const found = operations.some(
        (each) => each.vpg === vpg && each.verb === kind && each.reason === reason,
      );
      if (!found) fail(`no report of the refusal ${reason}`);
      return;
    }
    const { operation: id } = reply;
    if (id === undefined) return;
    // Both sites may have one, and the one that did not decide hears of it later.
    const reports = operations.filter((each) => each.id === id);
    const outcomes = reports.map(({ outcome }) => outcome);
    if (reports.length === 0) fail(`no report ${id}`);
    else if (kind === 'commit' && !outcomes.includes('committed')) fail(`no outcome in ${id}`);
    else if (kind === 'rollback' && !outcomes.includes('rolled-back')) fail(`no outcome in ${id}`);
  }

  /** MIG-2: the checkpoint of a move is behind all that its VMs have ever written. */
  #losesNothing(vpg: string, { checkpoint }: Success): void {
    const { witness } = this.#options;
    const cuts = witness.cutsOf(vpg, checkpoint?.id ?? -1);
    for (const { name } of this.#members(vpg)) {
      const cut = cuts?.get(name);
      const behind = cut ? cut.shadow.writesBehind(cut.entries) : Infinity;
      if (behind <= 0) continue;
      const what = `${vpg} was moved at ${checkpoint?.id}, which lacks ${behind} writes of ${name}`;
      witness.fail(new Broken('a move loses nothing', what));
    }
  }

  /** What was recovered or copied is what the shadow holds at the checkpoint, byte for byte. */
  #compare(
    vpg: string,
    { checkpoint, images = {} }: Success,
    written: boolean,
    part?: { readonly offset: number; readonly length: number },
  ): void {
    const { lab, witness, guests } = this.#options;
    const id = checkpoint?.id ?? -1;
    Guest.frozen(guests.values(), () => {
      for (const [name, image] of Object.entries(images)) {
        const [vm = '', diskName = ''] = name.split('/');
        const guest = guests.get(vm);
        const cut = witness.cutsOf(vpg, id)?.get(vm);
        if (!guest || (written && !guest.untouched)) continue;
        if (!cut) {
          throw new Broken('a checkpoint is a promise', `${vpg} ${id} of ${vm}: no marker`);
        }
        const disk = cut.shadow.disks.findIndex((each) => each.name === diskName);
        if (part && disk !== 0) continue;
        const [offset, length] = part
          ? [part.offset, part.length]
          : [0, cut.shadow.disks[disk]?.size ?? 0];
        try {
          const content = lab.readImage(image, diskName, offset, length);
          if (written && !guest.untouched) continue;
          const difference = cut.shadow.difference(cut.entries, disk, content, offset);
          if (!difference) continue;
          throw new Broken(
            'a checkpoint is a promise',
            `recovered at ${id} of ${vpg}, ${name} at ${difference.offset}: ${difference.what}`,
          );
        } catch (error) {
          // The VRA went down meanwhile, the recovery was rolled back: no image is no wrong image.
          if (!(error instanceof LabError)) throw error;
        }
      }
    });
  }
}
