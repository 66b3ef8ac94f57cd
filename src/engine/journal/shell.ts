/** The journal's shell: turns what the core decides into I/O, and finished I/O into what it is told. */
import type { Ground } from '../world/ground.ts';
import type { Payload } from '../world/payload.ts';
import { zeroes } from '../world/payloads.ts';
import type { StoredFile } from '../world/world.ts';
import type {
  CheckpointRun,
  Image,
  ImageOptions,
  Journal,
  JournalAnswer,
  JournalDone,
  JournalPosition,
  JournalRange,
  Marker,
  Retention,
} from './contract.ts';
import { Ageing } from './ageing.ts';
import type { AgeingParts } from './ageing.ts';
import { intactPart } from './examine.ts';
import type { CheckpointId, Frame, SyncKind } from './frame.ts';
import { DamagedSegment, FrameReader } from './frame-reader.ts';
import type { Group } from './group.ts';
import { JournalImage } from './image.ts';
import { IndexCache } from './index-cache.ts';
import type { PromotionPlan } from './journal-core.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import { Leaps } from './leap.ts';
import { Overlay } from './overlay.ts';
import type { Place } from './place.ts';
import { PieceCache } from './piece-cache.ts';
import type { QuietStretch } from './quiet-stretch.ts';
import { sealSegment } from './seal.ts';
import { Scratch } from './scratch.ts';
import { streamHash } from './segment-codec.ts';
import type { Segment } from './segment.ts';
import { JournalView } from './view.ts';

export class JournalShell implements Journal {
  readonly #parts: AgeingParts;
  readonly #indices: IndexCache;
  readonly #pieces: PieceCache;
  readonly #sealing = new Set<Segment>();
  readonly #steps: Ageing;
  readonly #leaps: Leaps;
  #writing = false;
  /** Who waits for the ageing under way; undefined while none is. */
  #ageing: JournalDone[] | undefined;
  /** Damage that is being looked at: until its end is known nothing is appended. */
  #examining = false;
  #closing: JournalDone[] | undefined;
  #closed = false;

  constructor(parts: AgeingParts) {
    const { files, options, world } = parts;
    const stream = streamHash(options.stream);
    this.#parts = parts;
    const reader = new FrameReader(files, stream);
    this.#indices = new IndexCache(files, stream);
    this.#pieces = new PieceCache(reader, world.codec, (id) => files.path(id));
    this.#steps = new Ageing(parts, reader, this.#indices, {
      stopped: () => this.#examining || this.#closing !== undefined,
      isBusy: (segment) => this.#sealing.has(segment),
      failed: (error) => {
        this.#failed(error);
      },
    });
    this.#leaps = new Leaps(parts, this.#steps);
  }

  get stream(): string {
    return this.#parts.options.stream;
  }

  get position(): JournalPosition {
    return this.#parts.core.position;
  }

  get bytes(): number {
    return this.#parts.core.bytes;
  }

  get atLimit(): boolean {
    return this.#parts.core.atLimit;
  }

  get recoverable(): boolean {
    return this.oldest() !== undefined;
  }

  get sync(): SyncKind | undefined {
    return this.#parts.core.sync;
  }

  get damage(): JournalError | undefined {
    return this.#parts.core.damage;
  }

  oldest(): Marker | undefined {
    return this.#parts.core.oldest();
  }

  newest(): Marker | undefined {
    return this.#parts.core.newest();
  }

  has(checkpoint: CheckpointId): boolean {
    return this.#parts.core.has(checkpoint);
  }

  checkpoints(): CheckpointRun[] {
    return this.#parts.core.checkpoints();
  }

  configure(retention: Retention): void {
    this.#parts.core.configure(retention);
  }

  confirm(checkpoint: CheckpointId): void {
    this.#parts.core.confirm(checkpoint);
  }

  // --- Appending ------------------------------------------------------------------------------

  append(frame: Frame, done: JournalDone): void {
    const taken = this.#refusal() ?? this.#parts.core.append(frame, done);
    if (taken === 'queued') this.#write();
    else this.#later(done, taken === 'held' ? undefined : taken);
  }

  #write(): void {
    if (this.#writing || this.#examining || this.#closing !== undefined) return;
    const { core, files } = this.#parts;
    const group = core.nextGroup();
    if (group === undefined) return;
    this.#writing = true;
    if (group.seal !== undefined) this.#seal(group.seal);
    const { id } = group.segment;
    files.use(id, group.create, (failure, file) => {
      if (failure !== undefined || file === undefined) {
        const error = failure ?? files.missing(id);
        this.#writeFailed(group, storageFailure(error, 'opening a segment'));
      } else {
        this.#writeTo(file, group);
      }
    });
  }

  #writeTo(file: StoredFile, group: Group<JournalDone>): void {
    const { files, options, world } = this.#parts;
    file.write(group.offset, group.parts, (failure) => {
      files.release(group.segment.id);
      if (failure !== undefined) {
        this.#writeFailed(group, storageFailure(failure, 'appending to the journal'));
      } else if (group.create) {
        world.storage.syncFolder(options.journalFolder, (unsynced) => {
          if (unsynced === undefined) this.#written();
          else this.#writeFailed(group, storageFailure(unsynced, 'appending to the journal'));
        });
      } else {
        this.#written();
      }
    });
  }

  #written(): void {
    const members = this.#parts.core.groupDurable();
    this.#writing = false;
    for (const { token } of members) token(undefined);
    this.#write();
    this.#closeWhenIdle();
  }

  #writeFailed(group: Group<JournalDone>, error: JournalError): void {
    const { core, files, world } = this.#parts;
    const members = core.groupFailed();
    this.#writing = false;
    const { id } = group.segment;
    files.forget(id);
    if (group.create) {
      // Only tidiness: whatever is in the file is void as soon as there is another segment.
      world.storage.remove(files.path(id), () => undefined);
    }
    for (const { token } of members) token(error);
    this.#closeWhenIdle();
  }

  /** A footer that cannot be written is not needed: the segment is scanned when it is opened next. */
  #seal(segment: Segment): void {
    this.#sealing.add(segment);
    sealSegment(this.#parts.files, segment, () => {
      this.#sealing.delete(segment);
      this.#closeWhenIdle();
    });
  }

  // --- Ageing ---------------------------------------------------------------------------------

  age(now: number, done: JournalDone): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#later(done, refusal);
    } else if (this.#ageing !== undefined) {
      this.#ageing.push(done);
    } else {
      const { core } = this.#parts;
      this.#advance(() => core.planAgeing(now), done);
    }
  }

  needsAgeing(now: number): boolean {
    const { core } = this.#parts;
    if (this.#refusal() !== undefined || this.#ageing !== undefined) return true;
    return core.planAgeing(now) !== undefined || core.removable().length > 0;
  }

  promote(image: Image, done: JournalDone): void {
    const { core } = this.#parts;
    const { checkpoint } = image;
    this.#whenPromotable(checkpoint, done, () => {
      this.#advance(() => core.planPromotion(checkpoint), done, true);
    });
  }

  checkPromotion(image: Image, done: JournalDone): void {
    const { core } = this.#parts;
    const { checkpoint } = image;
    this.#whenPromotable(checkpoint, done, () => {
      const plan = core.planPromotion(checkpoint);
      if (plan === undefined) this.#later(done, undefined);
      // Nothing of what is read may be promoted and removed meanwhile.
      else this.#steps.check(plan, this.#stopAgeing(done));
    });
  }

  /** Runs something when no ageing is under way, unless what is to be promoted is not there. */
  #whenPromotable(checkpoint: CheckpointId, done: JournalDone, run: () => void): void {
    const refusal = this.#refusal() ?? this.#parts.core.promotionRefusal(checkpoint);
    if (refusal !== undefined) {
      this.#later(done, refusal);
    } else if (this.#ageing !== undefined) {
      this.#ageing.push(() => {
        this.#whenPromotable(checkpoint, done, run);
      });
    } else {
      run();
    }
  }

  /** No ageing begins before the answer is called. */
  #stopAgeing(done: JournalDone): JournalDone {
    this.#ageing = [];
    return (error) => {
      const waiting = this.#ageing ?? [];
      this.#ageing = undefined;
      for (const each of [done, ...waiting]) each(error);
      this.#closeWhenIdle();
    };
  }

  /** Moves the watermark on, one step of a plan after the other; with `rests`, for the last time. */
  #advance(plan: () => PromotionPlan | undefined, done: JournalDone, rests = false): void {
    const answer = this.#stopAgeing(done);
    this.#steps.run(plan, (error, idle) => {
      if (error === undefined && rests) this.#steps.rest(answer);
      else if (idle) this.#later(answer, error);
      else answer(error);
    });
  }

  /** Finishes what a crash left half done. Only then may anything be served. */
  redo(done: JournalDone): void {
    const { core } = this.#parts;
    this.#steps.run(
      () => core.planRedo(),
      (error) => {
        if (error instanceof DamagedSegment) {
          this.#examine(error, () => {
            done(undefined);
          });
        } else {
          done(error);
        }
      },
    );
  }

  // --- Leaping --------------------------------------------------------------------------------

  get quiet(): boolean {
    const busy = this.#writing || this.#examining || this.#sealing.size > 0;
    if (busy || this.#ageing !== undefined || this.#closing !== undefined) return false;
    return this.#parts.core.isQuiet;
  }

  leap(stretch: QuietStretch, now: number, ground: Ground): void {
    if (!this.quiet) throw new RangeError(`the journal of ${this.stream} is not quiet`);
    this.#leaps.leap(stretch, now, ground);
  }

  // --- Images ---------------------------------------------------------------------------------

  openImage(checkpoint: CheckpointId, options: ImageOptions, done: JournalAnswer<Image>): void {
    const { core, files, options: settings, world } = this.#parts;
    const holder = {};
    const place = this.#refusal() ?? core.pin(checkpoint, holder);
    if (place instanceof JournalError) {
      world.clock.after(0, () => {
        done(place, undefined);
      });
      return;
    }
    const below = this.#view(place);
    Scratch.open(world.storage, { ...options, checkpoint }, (error, scratch) => {
      if (scratch === undefined) {
        core.unpin(holder);
        done(error, undefined);
        return;
      }
      const image = new JournalImage({
        checkpoint,
        disks: settings.disks,
        below,
        scratch,
        replica: this.#parts.replica,
        later: (run) => {
          world.clock.after(0, run);
        },
        failed: (failure) => {
          this.#failed(failure);
        },
        closed: () => {
          core.unpin(holder);
          files.imageOpened(-1);
        },
      });
      files.imageOpened(1);
      done(undefined, image);
    });
  }

  /** Journal over replica, up to a place; up to `after` the replica alone. */
  #view(place: Place, after?: Place): JournalView {
    const { core, replica } = this.#parts;
    const isHeld = (segment: Segment): boolean =>
      segment.id >= (core.segments[0]?.id ?? Number.POSITIVE_INFINITY);
    const overlay = new Overlay(core.segments, place, this.#indices, isHeld, after);
    return new JournalView({ overlay, pieces: this.#pieces, replica, isHeld });
  }

  readLatest(
    ranges: readonly JournalRange[],
    each: (index: number, error: JournalError | undefined, payload: Payload | undefined) => void,
  ): void {
    const { core, options, world } = this.#parts;
    const closing = this.#refusal();
    // A segment may outlive the promotion of what it holds, but what counts then is the replica.
    const view = this.#view(core.last, core.applied);
    let inside = true;
    for (const [index, { disk, offset, length }] of ranges.entries()) {
      const answer = (error: JournalError | undefined, payload: Payload | undefined): void => {
        if (error !== undefined) this.#failed(error);
        if (!inside) each(index, error, payload);
        else
          world.clock.after(0, () => {
            each(index, error, payload);
          });
      };
      const within = offset >= 0 && offset + length <= (options.disks[disk]?.size ?? -1);
      const why = `${length} bytes at ${offset} are not within disk ${disk}`;
      if (closing !== undefined) answer(closing, undefined);
      else if (!within) {
        answer(new JournalError('out-of-range', options.stream, why), undefined);
      } else if (length === 0) answer(undefined, zeroes(0));
      else view.read(disk, offset, offset + length, answer);
    }
    inside = false;
  }

  // --- Damage ---------------------------------------------------------------------------------

  #failed(error: JournalError): void {
    if (error instanceof DamagedSegment) this.#examine(error, () => undefined);
  }

  /** Finds out what is left of a segment in which damage was met, and gives up what lies behind. */
  #examine(damage: DamagedSegment, done: () => void): void {
    const { core, files, options } = this.#parts;
    const segment = core.segments.find((each) => each.id === damage.segment);
    if (segment === undefined || this.#examining) {
      done();
      return;
    }
    this.#examining = true;
    const finished = (intact: Segment | undefined): void => {
      if (this.#writing) {
        // A group is on its way to a segment that may be given up: its end is awaited.
        this.#parts.world.clock.after(1, () => {
          finished(intact);
        });
        return;
      }
      this.#examining = false;
      if (intact !== undefined) {
        for (const { token } of core.cut(intact, damage)) token(damage);
      }
      done();
      this.#write();
      this.#closeWhenIdle();
    };
    intactPart(files, segment, streamHash(options.stream), finished);
  }

  // --- Closing --------------------------------------------------------------------------------

  close(done: JournalDone): void {
    if (this.#closed) {
      this.#later(done, undefined);
      return;
    }
    this.#closing ??= [];
    this.#closing.push(done);
    this.#parts.world.clock.after(0, () => {
      this.#closeWhenIdle();
    });
  }

  #closeWhenIdle(): void {
    if (this.#closing === undefined || this.#closed) return;
    const busy = this.#writing || this.#examining || this.#sealing.size > 0;
    if (busy || this.#ageing !== undefined) return;
    this.#closed = true;
    const { core, files, replica, store } = this.#parts;
    const error = new JournalError('closed', this.stream, 'the journal has been closed');
    for (const { token } of core.groupFailed()) token(error);
    files.closeAll();
    store.close();
    replica.close();
    for (const each of this.#closing) each(undefined);
  }

  #refusal(): JournalError | undefined {
    if (this.#closing === undefined) return undefined;
    return new JournalError('closed', this.stream, 'the journal has been closed');
  }

  #later(done: JournalDone, error: JournalError | undefined): void {
    this.#parts.world.clock.after(0, () => {
      done(error);
    });
  }
}
