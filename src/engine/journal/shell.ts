/** The journal's shell: turns what the core decides into I/O, and finished I/O into what it is told. */
import type { ReplicaDisks } from '../disk/replica-disk.ts';
import type { StoredFile, World } from '../world/world.ts';
import type {
  CheckpointRun,
  Image,
  ImageOptions,
  Journal,
  JournalAnswer,
  JournalDone,
  JournalOptions,
  JournalPosition,
  Marker,
  Retention,
} from './contract.ts';
import type { CheckpointId, Frame, SyncKind } from './frame.ts';
import { FrameCache } from './frame-cache.ts';
import { DamagedSegment, FrameReader } from './frame-reader.ts';
import type { Group } from './group.ts';
import { JournalImage } from './image.ts';
import { IndexCache } from './index-cache.ts';
import type { JournalCore, PromotionPlan } from './journal-core.ts';
import { JournalError, storageFailure } from './journal-error.ts';
import { Overlay } from './overlay.ts';
import { promote } from './promotion.ts';
import { sealSegment } from './recover.ts';
import { Scratch } from './scratch.ts';
import { streamHash } from './segment-codec.ts';
import type { SegmentFiles } from './segment-files.ts';
import { scanSegment } from './segment-scan.ts';
import type { Segment } from './segment.ts';
import type { WatermarkStore } from './watermark-store.ts';

export interface ShellParts {
  readonly world: World;
  readonly options: JournalOptions;
  readonly core: JournalCore<JournalDone>;
  readonly files: SegmentFiles;
  readonly store: WatermarkStore;
  readonly replica: ReplicaDisks;
  /** The position stored with the watermark. */
  readonly position: JournalPosition;
}

export class JournalShell implements Journal {
  readonly #parts: ShellParts;
  readonly #reader: FrameReader;
  readonly #indices: IndexCache;
  readonly #frames: FrameCache;
  readonly #sealing = new Set<Segment>();
  #storedPosition: JournalPosition;
  #writing = false;
  /** Who waits for the ageing under way; undefined while none is. */
  #ageing: JournalDone[] | undefined;
  /** Damage that is being looked at: until its end is known nothing is appended. */
  #examining = false;
  #closing: JournalDone[] | undefined;
  #closed = false;

  constructor(parts: ShellParts) {
    const { files, options, world } = parts;
    const stream = streamHash(options.stream);
    this.#parts = parts;
    this.#storedPosition = parts.position;
    this.#reader = new FrameReader(files, stream);
    this.#indices = new IndexCache(files, stream);
    this.#frames = new FrameCache(this.#reader, world.codec, (id) => files.path(id));
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
      this.#ageing = [];
      const { core } = this.#parts;
      const plan = (): PromotionPlan | undefined => core.planAgeing(now);
      this.#promoteAll(plan, (error, idle) => {
        const waiting = this.#ageing ?? [];
        const answer = (): void => {
          this.#ageing = undefined;
          for (const each of [done, ...waiting]) each(error);
          this.#closeWhenIdle();
        };
        if (idle) this.#parts.world.clock.after(0, answer);
        else answer();
      });
    }
  }

  /** Finishes what a crash left half done. Only then may anything be served. */
  redo(done: JournalDone): void {
    const { core } = this.#parts;
    this.#promoteAll(
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

  /** Carries plans out until there is none. `idle` where nothing had to be done. */
  #promoteAll(
    next: () => PromotionPlan | undefined,
    done: (error: JournalError | undefined, idle: boolean) => void,
    idle = true,
  ): void {
    const { core, files, replica, store, world } = this.#parts;
    const plan = this.#examining || this.#closing !== undefined ? undefined : next();
    if (plan === undefined) {
      this.#removeSegments((error, none) => {
        done(error, idle && none);
      });
      return;
    }
    core.promoting(plan);
    const tools = {
      reader: this.#reader,
      codec: world.codec,
      replica,
      path: (id: number) => files.path(id),
      store: (position: JournalPosition | undefined, stored: JournalDone): void => {
        this.#storedPosition = position ?? this.#storedPosition;
        const { applied, watermark } = core;
        store.store({ watermark, applied, position: this.#storedPosition }, stored);
      },
    };
    promote(tools, core.segments, plan, ({ error, begun }) => {
      if (error === undefined) {
        core.promoted(plan);
        this.#promoteAll(next, done, false);
        return;
      }
      if (!begun) core.withdrawn(plan);
      this.#failed(error);
      done(error, false);
    });
  }

  #removeSegments(done: (error: JournalError | undefined, none: boolean) => void): void {
    const { core, files, options, world } = this.#parts;
    const removable = core.removable().filter((each) => !this.#sealing.has(each));
    const next = (index: number): void => {
      const segment = removable[index];
      if (segment === undefined) {
        if (removable.length === 0) {
          done(undefined, true);
          return;
        }
        world.storage.syncFolder(options.journalFolder, (failure) => {
          done(failure && storageFailure(failure, 'removing segments'), false);
        });
        return;
      }
      core.removed(segment);
      files.forget(segment.id);
      this.#indices.forget(segment.id);
      world.storage.remove(files.path(segment.id), (failure) => {
        if (failure === undefined) next(index + 1);
        else done(storageFailure(failure, 'removing a promoted segment'), false);
      });
    };
    next(0);
  }

  // --- Images ---------------------------------------------------------------------------------

  openImage(checkpoint: CheckpointId, options: ImageOptions, done: JournalAnswer<Image>): void {
    const { core, options: settings, replica, world } = this.#parts;
    const holder = {};
    const place = this.#refusal() ?? core.pin(checkpoint, holder);
    if (place instanceof JournalError) {
      world.clock.after(0, () => {
        done(place, undefined);
      });
      return;
    }
    const isHeld = (segment: Segment): boolean =>
      segment.id >= (core.segments[0]?.id ?? Number.POSITIVE_INFINITY);
    const overlay = new Overlay(core.segments, place, this.#indices, isHeld);
    Scratch.open(world.storage, options, (error, scratch) => {
      if (scratch === undefined) {
        core.unpin(holder);
        done(error, undefined);
        return;
      }
      const image = new JournalImage({
        checkpoint,
        disks: settings.disks,
        overlay,
        frames: this.#frames,
        replica,
        scratch,
        isHeld,
        later: (run) => {
          world.clock.after(0, run);
        },
        failed: (failure) => {
          this.#failed(failure);
        },
        closed: () => {
          core.unpin(holder);
        },
      });
      done(undefined, image);
    });
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
    files.use(segment.id, false, (failure, file) => {
      if (failure !== undefined || file === undefined) {
        finished(undefined);
        return;
      }
      const size = Math.min(segment.end, file.size());
      file.read(0, size, (unread, content) => {
        files.release(segment.id);
        if (unread !== undefined || content === undefined) {
          finished(undefined);
          return;
        }
        const scanned = scanSegment(content, segment.start, streamHash(options.stream), undefined);
        // Read well this time: then it was the reading that failed, and nothing is lost.
        finished(scanned.segment.end < segment.end ? scanned.segment : undefined);
      });
    });
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
