/**
 * One VPG as a ZVM sees it: its checkpoints and gaps, and this ZVM's half (or both halves) of making
 * the next checkpoint.
 */
import { checkpointInterval } from '../../topology/limits.ts';
import type { CheckpointRun, Gap, GapCause } from '../api.ts';
import type { CheckpointRun as HeldRun } from '../journal/contract.ts';
import type { CheckpointId } from '../journal/frame.ts';
import type { CheckpointReply, VraReply } from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import { Catalogue } from './catalogue.ts';
import type { LostCheckpoints } from './catalogue.ts';
import { Cutter } from './cutter.ts';
import type { Outbox } from './events.ts';
import { GapLog } from './gaps.ts';
import { Guard } from './guard.ts';
import type { Evidence } from './gaps.ts';
import { obstacleOf, sortOf, whyPeerIsGone } from './obstacles.ts';
import type { ZvmMessage } from './messages.ts';
import type { PeerLinks } from './peers.ts';
import { PendingCheckpoints } from './pending.ts';
import type { PendingCheckpoint } from './pending.ts';
import { freshLife, inRecovery } from './life.ts';
import type { VpgLife } from './life.ts';
import { neverPaused } from './pause.ts';
import type { PauseWord } from './pause.ts';
import { planAt } from './plan.ts';
import type { PlannedVpg } from './plan.ts';
import type { VpgMarks, VpgState } from './state.ts';
import { gapThreshold, heartbeatInterval } from './timing.ts';
import type { VraLinks } from './vras.ts';

export interface VpgSurroundings {
  readonly outbox: Outbox;
  readonly vras: VraLinks;
  readonly peers: PeerLinks;
  /** How many of its beats the ZVM has lived through. */
  beats(): number;
  /** A checkpoint stands in the catalogue of this ZVM, for good. */
  catalogued(vpg: Vpg, id: CheckpointId, time: Instant, tag: string | undefined): void;
  /** The checkpoint that was to carry the tag did not come off. */
  tagFailed(vpg: Vpg, tag: string, cause: GapCause): void;
}

export class Vpg {
  /** As it stands at the life's generation. */
  plan: PlannedVpg;
  catalogue = new Catalogue();
  gaps = new GapLog();
  /** VMs that were shut down for a recovery that came to nothing, and are still to be started again. */
  toStart: readonly string[] = [];
  /** What a person has said last of pausing it. */
  pause: PauseWord = neverPaused;
  filled = false;
  life: VpgLife = freshLife;
  /** Since when a failover test is due, if none has passed since. */
  since: Instant | undefined;
  testedAt: Instant | undefined;
  /** The site whose ZVM runs a failover test of it. */
  testingAt: string | undefined;
  /** Whether the list has been cleaned in this life of the ZVM: before, it may be hours old. */
  cleaned = false;
  /** What was lost last with a part of a journal. */
  lost: LostCheckpoints | undefined;
  /** Both sides know what the other knows: checkpoints may be made again. */
  synchronized: boolean;

  readonly #around: VpgSurroundings;
  readonly #planned: PlannedVpg;
  #cutter: Cutter | undefined;
  readonly #pending = new PendingCheckpoints();
  #guard: Guard;
  /** Checkpoints that are being written into the catalogue, by token. */
  readonly #keeping = new Map<number, PendingCheckpoint>();
  /** The newest checkpoint that was listed when a VRA was asked what it holds. */
  readonly #listedAt = new Map<string, CheckpointId>();
  /** Time of the last checkpoint that a loss left, where it may have aged out by now. */
  #lostFrom: Instant | undefined;
  /** Damage of journals that has been acted on, by stream. */
  readonly #damages = new Map<string, string>();
  /** What the VRAs were told last to be catalogued. */
  #confirmed: CheckpointId | undefined;
  #tags: string[] = [];
  #lastCut: Instant = -Infinity;
  #now: Instant = 0;
  /** The beat in which the newest checkpoint came; undefined until one has come in this life. */
  #heardAt: number | undefined;

  constructor(plan: PlannedVpg, around: VpgSurroundings) {
    this.plan = plan;
    this.#planned = plan;
    this.#around = around;
    this.synchronized = plan.peer === undefined;
    this.#guard = this.#newGuard();
    this.#cutter = this.#newCutter();
  }

  #newGuard(): Guard {
    const { plan } = this;
    const site = plan.cataloguesHere ? plan.to : plan.from;
    return new Guard(site, plan, this.#around.vras);
  }

  #newCutter(): Cutter | undefined {
    if (!this.plan.cutsHere) return undefined;
    return new Cutter(this.plan, this.#around.vras, {
      tellCataloguer: (message) => {
        this.#tellCataloguer(message);
      },
      outrun: (last) => {
        this.#lastCut = Math.max(this.#lastCut, last * checkpointInterval);
      },
      abandoned: (_id, cause, tag) => {
        if (cause) this.#observe(this.#refined({ sort: sortOf(cause), cause }));
        if (tag !== undefined) this.#around.tagFailed(this, tag, cause ?? this.gaps.cause);
      },
    });
  }

  /**
   * Takes a life over. With a new generation the roles of the sites have changed: what is known of
   * checkpoints and gaps belongs to journals that are no more.
   */
  live(life: VpgLife): void {
    const turned = life.generation !== this.life.generation;
    this.life = life;
    if (this.held) this.#tags = [];
    if (!turned) return;
    this.#guard.release();
    this.#pending.clear();
    this.#keeping.clear();
    this.plan = planAt(this.#planned, life.generation);
    this.catalogue = new Catalogue();
    this.gaps = new GapLog();
    this.pause = neverPaused;
    this.toStart = [];
    this.filled = this.cleaned = false;
    this.since = this.testedAt = undefined;
    this.testingAt = undefined;
    this.#heardAt = this.lost = this.#lostFrom = this.#confirmed = undefined;
    this.#damages.clear();
    this.#listedAt.clear();
    this.#guard = this.#newGuard();
    this.#cutter = this.#newCutter();
  }

  tested(at: Instant): void {
    this.testedAt = at;
  }

  get paused(): boolean {
    return this.pause.paused;
  }

  get name(): string {
    return this.plan.name;
  }

  restore(state: VpgState): void {
    if (state.life) this.live(state.life);
    this.catalogue.restore(state.runs, state.tagged);
    this.gaps = new GapLog(state.gaps);
    this.pause = { paused: state.paused, version: state.pauseVersion ?? 0 };
    this.toStart = state.toStart ?? [];
    this.filled = state.filled;
    this.since = state.since;
    this.testedAt = state.testedAt;
    this.lost = state.lost;
  }

  save(): VpgState {
    return {
      runs: this.catalogue.runs,
      tagged: this.catalogue.tagged,
      gaps: this.gaps.closed,
      ...this.marks,
    };
  }

  get marks(): VpgMarks {
    const { pause, filled, since, testedAt, life, lost, toStart } = this;
    return {
      paused: pause.paused,
      ...(pause.version > 0 && { pauseVersion: pause.version }),
      filled,
      ...(since !== undefined && { since }),
      ...(testedAt !== undefined && { testedAt }),
      ...(life !== freshLife && { life }),
      ...(toStart.length > 0 && { toStart }),
      ...(lost !== undefined && { lost }),
    };
  }

  get peerConnected(): boolean {
    return this.plan.peer === undefined || this.#around.peers.connected(this.plan.peer);
  }

  gapsAt(now: Instant): readonly Gap[] {
    const last = this.catalogue.newest?.time;
    const sealed = this.#pending.newestSealed;
    const silence = this.#silence(now);
    // While the data path is gone, what is sealed may never arrive.
    const awaited = !this.gaps.hasEvidence && sealed !== undefined && sealed > (last ?? 0);
    return this.gaps.list(last, awaited ? Math.min(silence, now - sealed) : silence);
  }

  /**
   * For how long no checkpoint has come. Counted in beats, because a clock that is set (this site's or
   * the other's, which the checkpoints' times are from) is no outage; by the clock only as long as none
   * has come in this life.
   */
  #silence(now: Instant): number {
    if (this.#heardAt !== undefined) return (this.#beats - this.#heardAt) * heartbeatInterval;
    return now - (this.catalogue.newest?.time ?? now);
  }

  // --- The protected side ----------------------------------------------------------------------

  /** Writes are not sent: the recovered VMs run, or their source has been drained. */
  get held(): boolean {
    const { life } = this;
    if (!inRecovery(life)) return false;
    return life.verb === 'failover' || life.checkpoint !== undefined;
  }

  /** On every multiple of the interval, by this ZVM's clock. */
  cut(tick: Instant): void {
    if (this.life.phase === 'recovered') return;
    if (this.held) {
      this.#cutter?.giveUp('paused');
      this.#observe({ sort: sortOf('paused'), cause: 'paused' });
      return;
    }
    const obstacle = this.#obstacle();
    if (!this.#cutter) {
      if (obstacle) this.#observe(obstacle);
      return;
    }
    // A clock that was set back must not make a later checkpoint look older than an earlier one.
    const last = Math.max(this.#lastCut, this.catalogue.newest?.time ?? -Infinity);
    const time = Math.max(tick, last + checkpointInterval);
    const id = Math.round(time / checkpointInterval);
    const tag = this.#tags.shift();
    if (!obstacle && this.synchronized) {
      this.#lastCut = time;
      this.#cutter.begin(id, time, tag, this.catalogue.newest?.id);
      return;
    }
    if (tag !== undefined) this.#around.tagFailed(this, tag, obstacle?.cause ?? this.gaps.cause);
    if (!obstacle) return;
    this.#cutter.giveUp(obstacle.cause);
    this.#observe(obstacle);
    this.#tellCataloguer({
      kind: 'checkpoint-abandoned',
      vpg: this.name,
      checkpoint: id,
      cause: obstacle.cause,
    });
  }

  /** The next checkpoint carries this tag. */
  tagNext(tag: string): void {
    this.#tags.push(tag);
  }

  senderSaid(vra: string, message: CheckpointReply): void {
    this.#cutter?.said(vra, message);
  }

  senderLost(vra: string): void {
    this.#cutter?.lost(vra);
  }

  // --- The recovery side -----------------------------------------------------------------------

  durable(stream: string, id: CheckpointId): void {
    this.#complete(this.#pending.durable(id, stream));
  }

  /** What the other half says of a checkpoint, from the peer or from this same ZVM. */
  told(message: ZvmMessage): void {
    switch (message.kind) {
      case 'checkpoint-proposed':
        this.#pending.propose(message.checkpoint, message.time, message.streams, message.tag);
        this.#accept(message.checkpoint);
        return;
      case 'checkpoint-accepted':
        this.#cutter?.accepted(message.checkpoint);
        return;
      case 'checkpoint-sealed':
        this.#complete(this.#pending.seal(message.checkpoint));
        return;
      case 'checkpoint-abandoned':
        this.#pending.abandon(message.checkpoint);
        this.#observe(this.#refined({ sort: sortOf(message.cause), cause: message.cause }));
        return;
      default:
        return;
    }
  }

  /** A token came back: what was being written under it is in the catalogue now. */
  kept(token: number): void {
    for (const [key, pending] of this.#keeping) {
      if (key > token) return;
      this.#keeping.delete(key);
      const { id: checkpoint, time, tag } = pending;
      // First, so that the peer hears of a checkpoint before it hears what becomes of it.
      this.#around.peers.tell(this.plan.peer ?? '', {
        kind: 'checkpoint-catalogued',
        vpg: this.name,
        checkpoint,
        time,
        ...(tag === undefined ? {} : { tag }),
      });
      this.enter(checkpoint, time, tag);
    }
  }

  /** The checkpoint exists. */
  enter(id: CheckpointId, time: Instant, tag: string | undefined): void {
    const before = this.catalogue.newest?.time ?? this.#lostFrom;
    if (!this.catalogue.add(id, time, tag)) return;
    this.#lostFrom = undefined;
    this.#guard.release();
    const gap = this.gaps.checkpoint(before, time, this.#silence(this.#now));
    this.#heardAt = this.#beats;
    if (gap) this.#around.outbox.keep({ kind: 'gap', vpg: this.name, gap });
    this.#around.catalogued(this, id, time, tag);
  }

  /** A VRA told what it holds of its streams: what is listed and not held cannot be recovered. */
  reported(vra: string, now: Instant): void {
    this.#now = now;
    for (const { recoveryVra, recover } of this.plan.streams) {
      if (recoveryVra !== vra || !this.plan.cataloguesHere) continue;
      const report = this.#around.vras.receiving(vra, recover.stream);
      if (!report) continue;
      const { damage, newest, held } = report;
      if (damage === undefined) this.#damages.delete(recover.stream);
      else if (this.#damages.get(recover.stream) !== damage) {
        this.#damages.set(recover.stream, damage);
        const after = newest?.checkpoint ?? 0;
        const under = [...this.#keeping.values()].map(({ id }) => id);
        this.lose({ after, upTo: Math.max(this.catalogue.newest?.id ?? 0, ...under) });
      }
      if (held) this.#compare(held, this.#listedAt.get(vra) ?? 0);
    }
  }

  #compare(held: readonly HeldRun[], listed: CheckpointId): void {
    const oldest = held[0]?.checkpoint;
    // A journal without any is new, or its ageing has just begun anew.
    if (oldest === undefined) return;
    const stretches = held.flatMap((run) => [...stretchesOf(run)]);
    for (const lost of this.catalogue.missingFrom(stretches, listed)) {
      // What is older than the journal is not lost but given up: the list is cleaned of it.
      if (lost.upTo > oldest) this.lose(lost);
    }
  }

  /** Checkpoints were lost with a part of a journal: they are taken off the list, and leave a gap. */
  lose(lost: LostCheckpoints): void {
    const { catalogue, name } = this;
    const newest = catalogue.newest?.id ?? 0;
    if (!catalogue.withdraw(lost) && this.#keeping.size === 0) return;
    this.lost = lost;
    const { peer, cataloguesHere } = this.plan;
    const from = catalogue.find(lost.after) ?? catalogue.beforeId(lost.after);
    const to = catalogue.behindId(lost.upTo);
    const gap = this.gaps.lost(from?.time, to?.time);
    this.#around.outbox.keep({ kind: 'lost', vpg: name, lost, from: from?.time, to: to?.time });
    if (gap) this.#around.outbox.keep({ kind: 'gap', vpg: name, gap });
    if (lost.upTo >= newest) {
      this.#pending.clear();
      this.#keeping.clear();
      this.#observe({ sort: 'storage', cause: 'journal-storage' });
      const silence = from ? Math.max(0, this.#now - from.time) : 0;
      this.#heardAt = this.#beats - Math.floor(silence / heartbeatInterval);
      this.#lostFrom = from?.time;
      // The healing may take long, and the other journals of the VPG age.
      this.guard(this.#now);
    }
    if (peer === undefined || !cataloguesHere) return;
    this.#around.peers.tell(peer, { kind: 'checkpoints-lost', vpg: name, lost });
  }

  trim(oldest: CheckpointId): void {
    if (!this.catalogue.trim(oldest)) return;
    this.#around.outbox.keep({ kind: 'trim', vpg: this.name, oldest });
  }

  /** Forgets what one of the journals no longer holds, by the VRAs' last reports. */
  clean(): void {
    let oldest = -Infinity;
    for (const stream of this.plan.streams) {
      const held = this.#around.vras.receiving(stream.recoveryVra, stream.recover.stream)?.oldest;
      if (held && held.checkpoint > oldest) oldest = held.checkpoint;
    }
    if (oldest === -Infinity) return;
    this.cleaned = true;
    this.trim(oldest);
    const { peer } = this.plan;
    if (peer === undefined) return;
    this.#around.peers.tell(peer, { kind: 'catalogue-trimmed', vpg: this.name, oldest });
  }

  /** Tags a checkpoint that exists, here and at the other side. */
  tag(checkpoint: CheckpointId, tag: string, application = false): void {
    if (!this.catalogue.tag(checkpoint, tag, application)) return;
    const vpg = this.name;
    this.#around.outbox.keep({ kind: 'tag', vpg, id: checkpoint, tag, application });
    const { peer } = this.plan;
    if (peer === undefined) return;
    this.#around.peers.tell(peer, { kind: 'checkpoint-tagged', vpg, checkpoint, tag, application });
  }

  /**
   * While no checkpoint comes, the last one is held. The protected side does it only where the peer went
   * away during a cut, for then there may be a marker that is no checkpoint.
   */
  guard(now: Instant): void {
    const newest = this.catalogue.newest;
    if (!newest || this.#silence(now) <= gapThreshold) return;
    const { cataloguesHere } = this.plan;
    const doubtful = this.#lastCut > newest.time && !this.peerConnected;
    if (cataloguesHere) this.#confirm(newest.id);
    if (cataloguesHere || doubtful) this.#guard.hold(newest.id);
  }

  /** The journals may rest on it, and on nothing newer. */
  #confirm(checkpoint: CheckpointId): void {
    if (this.#confirmed === checkpoint) return;
    this.#confirmed = checkpoint;
    for (const vra of new Set(this.plan.streams.map((stream) => stream.recoveryVra))) {
      this.#around.vras.tell(vra, { kind: 'catalogued', vpg: this.name, checkpoint });
    }
  }

  vraOpened(vra: string): void {
    const newest = this.catalogue.newest?.id;
    this.#listedAt.set(vra, newest ?? 0);
    if (newest !== undefined && this.plan.cataloguesHere) {
      this.#around.vras.tell(vra, { kind: 'catalogued', vpg: this.name, checkpoint: newest });
    }
    this.#guard.vraOpened(vra);
  }

  /** Whether an image is open for something that still goes on. */
  uses(image: string): boolean {
    return (
      (inRecovery(this.life) && image.startsWith(`${this.life.operation}/`)) ||
      this.#guard.uses(image)
    );
  }

  vraSaid(vra: string, message: VraReply): void {
    this.#guard.vraSaid(vra, message);
  }

  // --- Both ------------------------------------------------------------------------------------

  get #beats(): number {
    return this.#around.beats();
  }

  /** Whether its checkpoints come, so that nothing is to be seen or done before the next one is due. */
  get isCalm(): boolean {
    return (
      this.life.phase === 'protected' &&
      this.synchronized &&
      this.peerConnected &&
      this.toStart.length === 0 &&
      this.#heardAt !== undefined &&
      (this.#beats - this.#heardAt) * heartbeatInterval <= checkpointInterval
    );
  }

  /** Whether no checkpoint is being made just now, and the next one will be like the last. */
  get isQuiet(): boolean {
    const isMaking = this.#keeping.size > 0 || this.#cutter?.isCutting === true;
    return this.isCalm && !isMaking && !this.paused && this.#tags.length === 0;
  }

  /** Checkpoints have come at their times, the last one `age` milliseconds ago. */
  leapt(run: CheckpointRun, age: number, now: Instant): void {
    this.#now = now;
    const { catalogue, name } = this;
    if (!catalogue.extend([run], [])) return;
    const { runs, tagged } = catalogue;
    this.#around.outbox.keep({ kind: 'catalogue', vpg: name, runs, tagged });
    this.#heardAt = this.#beats - Math.floor(age / heartbeatInterval);
    this.#lastCut = Math.max(this.#lastCut, run.to);
  }

  /** Once a second: what keeps checkpoints from being made, while it does. */
  look(now: Instant): void {
    this.#now = now;
    if (this.plan.peer === undefined || this.peerConnected) return;
    this.#observe({ sort: 'peer', cause: this.#whyPeerIsGone() });
  }

  peerLost(now: Instant): void {
    this.#now = now;
    this.synchronized = false;
    this.#cutter?.giveUp(this.#whyPeerIsGone());
    this.look(now);
  }

  #complete(pending: PendingCheckpoint | undefined): void {
    if (!pending) return;
    const { id, time, tag } = pending;
    const record = { kind: 'checkpoint', vpg: this.name, id, time, tag } as const;
    this.#keeping.set(this.#around.outbox.keep(record), pending);
  }

  #tellCataloguer(message: ZvmMessage): void {
    if (this.plan.cataloguesHere) this.told(message);
    else if (this.plan.peer !== undefined) this.#around.peers.tell(this.plan.peer, message);
  }

  #accept(checkpoint: CheckpointId): void {
    const message = { kind: 'checkpoint-accepted', vpg: this.name, checkpoint } as const;
    if (this.plan.cutsHere) this.told(message);
    else if (this.plan.peer !== undefined) this.#around.peers.tell(this.plan.peer, message);
  }

  #obstacle(): Evidence | undefined {
    const { peer } = this.plan;
    if (peer !== undefined && !this.#around.peers.connected(peer)) {
      return { sort: 'peer', cause: this.#whyPeerIsGone() };
    }
    for (const stream of this.plan.streams) {
      const obstacle = obstacleOf(stream, this.plan, this.#around.vras, this.#vraDownAtPeer);
      if (obstacle) return obstacle;
    }
    return undefined;
  }

  /** Only the recovery side hears whether its own VRA is there: a refusal alone looks like a cut. */
  #refined(evidence: Evidence): Evidence {
    if (evidence.cause !== 'link-down') return evidence;
    const { vras } = this.#around;
    const down = this.plan.streams.some(
      (stream) =>
        this.#vraDownAtPeer(stream.recoveryVra) ||
        this.#vraDownAtPeer(stream.protectedVra) ||
        (vras.has(stream.recoveryVra) &&
          !vras.isForeign(stream.recoveryVra) &&
          !vras.hears(stream.recoveryVra)),
    );
    return down ? { sort: evidence.sort, cause: 'vra-down' } : evidence;
  }

  readonly #vraDownAtPeer = (vra: string): boolean =>
    this.plan.peer !== undefined && this.#around.peers.vrasDownAt(this.plan.peer).includes(vra);

  #whyPeerIsGone(): GapCause {
    return whyPeerIsGone(this.plan, (stream) =>
      this.plan.cutsHere
        ? this.#around.vras.sending(stream.protectedVra, stream.protect.stream)
        : this.#around.vras.receiving(stream.recoveryVra, stream.recover.stream),
    );
  }

  #observe(evidence: Evidence): void {
    this.gaps.observe(evidence, this.#now);
  }
}

/** Ids that follow each other; those further apart stand alone. */
function* stretchesOf({
  checkpoint,
  count,
  step,
}: HeldRun): Generator<{ first: CheckpointId; last: CheckpointId }> {
  if (count === 1 || step === 1) {
    yield { first: checkpoint, last: checkpoint + count - 1 };
    return;
  }
  for (let index = 0; index < count; index += 1) {
    const id = checkpoint + index * step;
    yield { first: id, last: id };
  }
}
