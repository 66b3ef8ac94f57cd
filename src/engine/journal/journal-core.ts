/**
 * The journal as a state machine: which frames it takes, what goes to which segment, which checkpoints
 * it offers, how far it ages and what may be removed. It does no I/O: the shell asks it for the next
 * thing to do (`nextGroup`, `planAgeing`, `removable`) and tells it how that went.
 */
import { admit, frameProblem } from './admission.ts';
import type {
  CheckpointRun,
  JournalOptions,
  JournalPosition,
  Marker,
  Retention,
} from './contract.ts';
import { lastSequenceOf } from './frame.ts';
import type { CheckpointId, Frame, SyncKind } from './frame.ts';
import { frameBytes } from './frame-codec.ts';
import { layOut } from './group.ts';
import type { Group, Waiting } from './group.ts';
import { findMarker, markerBehind, markerRuns, newestMarker, oldestMarker } from './history.ts';
import { JournalError } from './journal-error.ts';
import { BEGINNING, comparePlaces } from './place.ts';
import type { Place } from './place.ts';
import { ageTarget, distance } from './retention.ts';
import { Segment } from './segment.ts';
import type { JournalBytes } from './segment.ts';
import { streamHash } from './segment-codec.ts';

/** Where a segment takes no more: docs/engine.md, The journal. */
const SEGMENT_BYTES = 16 * 1024 * 1024;
/** Bounds the time that sorting a segment's writes takes, for a lookup or the footer. */
export const SEGMENT_WRITES = 65_536;
/** A segment spans at most this part of the history: what is removed late is at most as much. */
const SEGMENT_SHARE = 1 / 32;
const SHORTEST_SEGMENT = 60_000;
/** A promotion costs two syncs and a reading of the journal, whatever it moves. */
const PROMOTION_BYTES = 8 * 1024 * 1024;
/** Bounds how long one write and its sync take. */
const GROUP_BYTES = 8 * 1024 * 1024;
/** As the journal goes by whole segments, so does the word that it has left its limit. */
const LIMIT_SLACK = 2 * SEGMENT_BYTES;

/** What a journal's files told when they were read. */
export interface Loaded {
  /** Oldest first, each going on where the one before ends. */
  readonly segments: Segment[];
  readonly nextId: number;
  readonly watermark: Place;
  readonly applied: Place;
  readonly damage: JournalError | undefined;
}

/** Everything behind `from` up to and including `to` goes to the replica disks. */
export interface PromotionPlan {
  readonly from: Place;
  readonly to: Place;
  /** The watermark before: what holds again if the plan is withdrawn. */
  readonly before: Place;
}

export class JournalCore<Token> {
  readonly #options: JournalOptions;
  readonly #hash: number;
  readonly #segments: Segment[];
  readonly #sum: JournalBytes = { bytes: 0 };
  #retention: Retention = { history: 0 };
  #damage: JournalError | undefined;
  #active: Segment | undefined;
  #nextId: number;
  #sealNext = false;
  #accepted: JournalPosition;
  #queue: Waiting<Token>[] = [];
  #group: Group<Token> | undefined;
  #watermark: Place;
  #applied: Place;
  /** What is older is given up, though perhaps not yet promoted: at or behind the watermark. */
  #front: Place;
  /** The time of the marker behind the front, as long as that is what was looked at. */
  #next: { readonly front: Place; readonly time: number } | undefined;
  /** Since when there has been something to promote. */
  #dueSince: number | undefined;
  #atLimit = false;
  /** The newest checkpoint that is known to stand in a catalogue. */
  #catalogued: CheckpointId = -1;
  readonly #pins = new Map<object, Place>();

  constructor(options: JournalOptions, loaded: Loaded) {
    this.#options = options;
    this.#hash = streamHash(options.stream);
    this.configure(options);
    this.#segments = loaded.segments;
    for (const segment of loaded.segments) segment.joins(this.#sum);
    this.#nextId = loaded.nextId;
    this.#watermark = loaded.watermark;
    this.#front = loaded.watermark;
    this.#applied = loaded.applied;
    this.#damage = loaded.damage;
    for (const { catalogued } of loaded.segments) this.confirm(catalogued);
    this.#accepted = this.#held;
  }

  // --- What is held ---------------------------------------------------------------------------

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Durable; nothing where damage makes going on from it impossible. */
  get position(): JournalPosition {
    return this.#damage === undefined ? this.#held : { epoch: 0, sequence: 0 };
  }

  get #held(): JournalPosition {
    return this.#segments.at(-1)?.position ?? { epoch: 0, sequence: 0 };
  }

  get bytes(): number {
    return this.#sum.bytes;
  }

  get atLimit(): boolean {
    return this.#atLimit;
  }

  get sync(): SyncKind | undefined {
    if (this.#damage !== undefined) return 'delta';
    const newest = this.#segments.at(-1);
    return newest === undefined ? 'initial' : newest.sync;
  }

  get damage(): JournalError | undefined {
    return this.#damage;
  }

  get watermark(): Place {
    return this.#watermark;
  }

  get applied(): Place {
    return this.#applied;
  }

  get last(): Place {
    return this.#segments.at(-1)?.last ?? BEGINNING;
  }

  /** What is older is given up. */
  get front(): Place {
    return this.#front;
  }

  /** The newest checkpoint that is known to stand in a catalogue; -1 for none. */
  get catalogued(): CheckpointId {
    return this.#catalogued;
  }

  /** Milliseconds. */
  get history(): number {
    return this.#retention.history;
  }

  get hardLimit(): number | undefined {
    return this.#retention.hardLimit;
  }

  /** The id of the next segment. */
  get nextId(): number {
    return this.#nextId;
  }

  oldest(): Marker | undefined {
    return oldestMarker(this.#segments, this.#front);
  }

  newest(): Marker | undefined {
    return newestMarker(this.#segments, this.#front);
  }

  checkpoints(): CheckpointRun[] {
    return markerRuns(this.#segments, this.#front);
  }

  has(checkpoint: CheckpointId): boolean {
    const place = findMarker(this.#segments, checkpoint);
    return place !== undefined && comparePlaces(place, this.#front) >= 0;
  }

  // --- Appending ------------------------------------------------------------------------------

  /**
   * `queued`: the token comes back from {@link groupDurable} or {@link groupFailed}. `held`: nothing to
   * wait for.
   */
  append(frame: Frame, token: Token): 'queued' | 'held' | JournalError {
    const { stream, disks } = this.#options;
    const problem = frameProblem(frame, stream, disks) ?? this.#unhealed(frame);
    if (problem !== undefined) return problem;
    const admission = admit(frame, this.#accepted);
    if (typeof admission === 'object') return admission;
    if (admission === 'next') {
      this.#queue.push({ frame, token });
      this.#accepted = { epoch: frame.epoch, sequence: lastSequenceOf(frame) };
      return 'queued';
    }
    if (admit(frame, this.#held) === 'held') return 'held';
    this.#queue.push({ frame: undefined, token });
    return 'queued';
  }

  /** After damage, what is missing comes back with a full sync and in no other way. */
  #unhealed(frame: Frame): JournalError | undefined {
    const damage = this.#damage;
    if (damage === undefined || this.#accepted.epoch > this.#held.epoch) return undefined;
    const first = frame.entries[0];
    const heals =
      frame.epoch > this.#accepted.epoch && first?.kind === 'sync-begin' && first.sync !== 'bitmap';
    if (heals) return undefined;
    return new JournalError(
      'corrupt',
      damage.subject,
      `the journal is damaged and takes nothing but a new epoch with an initial or delta sync`,
    );
  }

  /** What is to be written now, and synced; undefined while a group is under way. */
  nextGroup(): Group<Token> | undefined {
    if (this.#group !== undefined || this.#queue.length === 0) return undefined;
    const firstFrame = this.#queue.find((each) => each.frame !== undefined)?.frame;
    let segment = this.#active;
    const full =
      segment !== undefined && firstFrame !== undefined && this.#isFull(segment, firstFrame);
    const seal = full ? segment : undefined;
    if (full) segment = undefined;
    const create = segment === undefined;
    segment ??= this.#newSegment();
    let members = 0;
    let bytes = 0;
    for (const { frame } of this.#queue) {
      const more = frame === undefined ? 0 : frameBytes(frame);
      const room = bytes + more <= GROUP_BYTES && segment.end + bytes < SEGMENT_BYTES;
      if (members > 0 && !room) break;
      bytes += more;
      members += 1;
    }
    const all = members === this.#queue.length;
    const taken = all ? this.#queue : this.#queue.splice(0, members);
    if (all) this.#queue = [];
    const laidOut = layOut(segment, taken, this.#hash, create);
    this.#active = segment;
    this.#group = { segment, create, seal, members: taken, ...laidOut };
    return this.#group;
  }

  #isFull(segment: Segment, next: Frame): boolean {
    if (this.#sealNext || segment.end >= SEGMENT_BYTES) return true;
    if ((segment.index?.count ?? 0) >= SEGMENT_WRITES) return true;
    const time = next.entries[0]?.time ?? 0;
    return segment.firstTime !== undefined && time - segment.firstTime >= this.segmentSpan;
  }

  #newSegment(): Segment {
    const newest = this.#segments.at(-1);
    const id = this.#nextId;
    this.#nextId += 1;
    this.#sealNext = false;
    return new Segment({
      id,
      after: this.#held,
      sync: this.sync,
      newestCheckpoint: newest?.newestCheckpoint ?? -1,
    });
  }

  /** The group is on the datastore for good. */
  groupDurable(): readonly Waiting<Token>[] {
    const group = this.#group;
    if (group === undefined) return [];
    this.#group = undefined;
    if (group.create) {
      this.#segments.push(group.segment);
      group.segment.joins(this.#sum);
    }
    for (const { frame } of group.members) {
      if (frame === undefined) continue;
      group.segment.absorb({
        epoch: frame.epoch,
        firstSequence: frame.firstSequence,
        entries: frame.entries,
        bytes: frameBytes(frame),
      });
    }
    this.confirm(group.segment.catalogued);
    if (group.create) this.#damage = undefined;
    return group.members;
  }

  /**
   * Nothing is known of what the group left behind, so its segment takes no more: what is appended from
   * now on says in its header from where on the old one is void.
   */
  groupFailed(): readonly Waiting<Token>[] {
    const failed = [...(this.#group?.members ?? []), ...this.#queue];
    this.#group = undefined;
    this.#queue = [];
    this.#active = undefined;
    this.#accepted = this.#held;
    return failed;
  }

  // --- Ageing ---------------------------------------------------------------------------------

  configure(retention: Retention): void {
    const { history, hardLimit } = retention;
    this.#retention = { history, hardLimit };
  }

  /** A checkpoint stands in a catalogue, and so do the markers before it, or they are of no account. */
  confirm(checkpoint: CheckpointId): void {
    this.#catalogued = Math.max(this.#catalogued, checkpoint);
  }

  /**
   * The next step of ageing, or undefined. A step that failed is planned again. What is too old is
   * given up at once and promoted when that is worth its while.
   */
  planAgeing(now: number): PromotionPlan | undefined {
    this.#watchLimit();
    if (!this.#isYoung(now)) {
      const target = this.#target(now);
      if (comparePlaces(target, this.#front) > 0) this.#front = target;
      this.#next = this.#behindFront();
    }
    const to = this.#front;
    if (comparePlaces(to, this.#applied) <= 0 || this.#canWait(to, now)) return undefined;
    return { from: this.#applied, to, before: this.#watermark };
  }

  /** Whether nothing has become old enough since the last look: nearly always, every 5 s. */
  #isYoung(now: number): boolean {
    const { history, hardLimit = Infinity } = this.#retention;
    const next = this.#next;
    // From the very beginning on the first checkpoint counts, whatever its age.
    if (next?.front !== this.#front || next.front.segment === BEGINNING.segment) return false;
    return next.time > now - history && this.bytes <= hardLimit;
  }

  #behindFront(): { readonly front: Place; readonly time: number } | undefined {
    const front = this.#front;
    const marker = markerBehind(this.#segments, front);
    return marker && { front, time: marker.time };
  }

  /** Whether what there is to promote is little and recent. */
  #canWait(to: Place, now: number): boolean {
    const { hardLimit } = this.#retention;
    if (hardLimit !== undefined && this.bytes > hardLimit) return false;
    // What a crash or a failure left half done, and what no checkpoint needs any more.
    const isHalfDone = comparePlaces(this.#watermark, this.#applied) > 0;
    if (isHalfDone || this.oldest() === undefined) return false;
    const since = (this.#dueSince ??= now);
    if (now < since || now - since >= this.segmentSpan) return false;
    const { promotionBytes = PROMOTION_BYTES } = this.#options;
    return distance(this.#segments, this.#applied, to) < promotionBytes;
  }

  /** Milliseconds of the stream that a segment holds at most. */
  get segmentSpan(): number {
    return Math.max(this.#retention.history * SEGMENT_SHARE, SHORTEST_SEGMENT);
  }

  #watchLimit(): void {
    const { hardLimit } = this.#retention;
    if (hardLimit === undefined) {
      this.#atLimit = false;
      return;
    }
    const { bytes } = this;
    if (bytes > hardLimit) this.#atLimit = true;
    else if (bytes <= Math.max(hardLimit - LIMIT_SLACK, hardLimit / 2)) this.#atLimit = false;
  }

  /** Why an image cannot be promoted any more: damage has taken its checkpoint meanwhile. */
  promotionRefusal(checkpoint: CheckpointId): JournalError | undefined {
    if (findMarker(this.#segments, checkpoint) !== undefined) return undefined;
    return this.#refusal(checkpoint, false);
  }

  /** Everything up to a checkpoint that can be served; undefined where it is done. */
  planPromotion(checkpoint: CheckpointId): PromotionPlan | undefined {
    const to = findMarker(this.#segments, checkpoint);
    if (to === undefined || comparePlaces(to, this.#applied) <= 0) return undefined;
    return { from: this.#applied, to, before: this.#watermark };
  }

  /** What a crash left half done: to be done again before anything is served. */
  planRedo(): PromotionPlan | undefined {
    const to = this.#watermark;
    return comparePlaces(to, this.#applied) > 0
      ? { from: this.#applied, to, before: to }
      : undefined;
  }

  #target(now: number): Place {
    const segments = this.#segments;
    if (this.oldest() !== undefined) {
      const pins = [...this.#pins.values()];
      const [watermark, catalogued] = [this.#front, this.#catalogued];
      const { bytes } = this;
      return ageTarget({ segments, bytes, watermark, catalogued, pins, ...this.#retention }, now);
    }
    // With nothing to recover, there is nothing to keep: the end of the next segment to be promoted.
    const next = segments.find((each) => comparePlaces(each.last, this.#applied) > 0);
    return next === undefined || this.#pins.size > 0 ? BEGINNING : next.last;
  }

  /** From now on nothing before the plan's end is offered: the replica disks are about to change. */
  promoting(plan: PromotionPlan): void {
    this.#watermark = plan.to;
    this.#dueSince = undefined;
  }

  /** The plan came to nothing before a byte of it, or its watermark, was written. */
  withdrawn(plan: PromotionPlan): void {
    this.#watermark = plan.before;
    this.#front = plan.before;
  }

  /** The replica disks durably hold everything of the plan. */
  promoted(plan: PromotionPlan): void {
    if (comparePlaces(plan.to, this.#applied) > 0) this.#applied = plan.to;
  }

  /**
   * Segments of which everything is on the replica disks and that do not hold the watermark's marker.
   * The newest one stays: it says where the stream stands.
   */
  removable(): readonly Segment[] {
    const end = this.#segments.findIndex(
      (each) => each === this.#active || comparePlaces(each.last, this.#applied) >= 0,
    );
    return this.#segments.slice(0, end < 0 ? -1 : Math.min(end, this.#segments.length - 1));
  }

  removed(segment: Segment): void {
    const index = this.#segments.indexOf(segment);
    if (index < 0) return;
    this.#segments.splice(index, 1);
    segment.leaves();
  }

  // --- Leaping --------------------------------------------------------------------------------

  /** See `Journal.quiet`, as far as the core knows. */
  get isQuiet(): boolean {
    const idle = this.#group === undefined && this.#queue.length === 0 && this.#pins.size === 0;
    const sound = this.#damage === undefined && this.sync === undefined && !this.#atLimit;
    return idle && sound && this.#isPromotedWhole && this.oldest() !== undefined;
  }

  /** No promotion was left half done by a failure, nor has one gone beyond what ageing gives up. */
  get #isPromotedWhole(): boolean {
    const half = comparePlaces(this.#watermark, this.#applied) > 0;
    return !half && comparePlaces(this.#front, this.#watermark) >= 0;
  }

  /**
   * Takes in segments that are on the datastore already, and that the replica disks hold everything up to a place;
   * undefined: they hold what they held. Answers the segment that was appended to: it takes no more.
   */
  leapt(segments: readonly Segment[], applied: Place | undefined): Segment | undefined {
    const rested = segments.length > 0 ? this.#active : undefined;
    if (rested !== undefined) this.#active = undefined;
    for (const segment of segments) {
      this.#segments.push(segment);
      segment.joins(this.#sum);
      this.#nextId = Math.max(this.#nextId, segment.id + 1);
      this.confirm(segment.catalogued);
    }
    this.#accepted = this.#held;
    this.#next = undefined;
    if (applied !== undefined) {
      this.#front = this.#watermark = this.#applied = applied;
      this.#dueSince = undefined;
    }
    return rested;
  }

  // --- Images and damage ----------------------------------------------------------------------

  /** Holds ageing back at a checkpoint until {@link unpin}; its place, or why it cannot be served. */
  pin(checkpoint: CheckpointId, holder: object): Place | JournalError {
    const place = findMarker(this.#segments, checkpoint);
    if (place === undefined || comparePlaces(place, this.#front) < 0) {
      return this.#refusal(checkpoint, place !== undefined);
    }
    this.#pins.set(holder, place);
    // An image reads the newest segment as well: one that takes no more is sorted only once.
    if (this.#active?.id === place.segment) this.#sealNext = true;
    return place;
  }

  #refusal(checkpoint: CheckpointId, promoted: boolean): JournalError {
    const { stream } = this.#options;
    const oldest = this.oldest();
    const before = this.#segments[0]?.start.newestCheckpoint ?? -1;
    if (promoted || checkpoint <= before) {
      const help = oldest === undefined ? '' : `; the oldest one left is ${oldest.checkpoint}`;
      return new JournalError(
        'checkpoint-aged-out',
        stream,
        `checkpoint ${checkpoint} is older than the journal's history${help}`,
      );
    }
    if (this.#damage !== undefined) {
      const { message, subject } = this.#damage;
      const why = `checkpoint ${checkpoint} lies behind damage (${message})`;
      return new JournalError('corrupt', subject, why);
    }
    if (oldest === undefined && this.sync !== undefined) {
      return new JournalError(
        'replica-incomplete',
        stream,
        `no checkpoint can be recovered before the ${this.sync} sync has ended`,
      );
    }
    return new JournalError('checkpoint-unknown', stream, `holds no checkpoint ${checkpoint}`);
  }

  unpin(holder: object): void {
    this.#pins.delete(holder);
  }

  /**
   * Damage was found while reading. `intact` is what is left of the damaged segment; whatever lies
   * behind is void until a full sync. No group may be under way. What was waiting has failed.
   */
  cut(intact: Segment, damage: JournalError): readonly Waiting<Token>[] {
    const index = this.#segments.findIndex((each) => each.id === intact.id);
    if (index >= 0) {
      const given = this.#segments.splice(index, this.#segments.length - index, intact);
      for (const segment of given) segment.leaves();
      intact.joins(this.#sum);
    }
    this.#damage = damage;
    this.#next = undefined;
    // What was given up may be all that is left.
    this.#front = this.#watermark;
    return this.groupFailed();
  }
}
