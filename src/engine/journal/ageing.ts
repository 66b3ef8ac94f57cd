/** Carries the core's plans of ageing out: promotes, stores the watermark, removes segments. */
import type { ReplicaDisks } from '../disk/replica-disk.ts';
import type { Ground } from '../world/ground.ts';
import type { World } from '../world/world.ts';
import type { JournalDone, JournalOptions, JournalPosition } from './contract.ts';
import type { FrameReader } from './frame-reader.ts';
import type { IndexCache } from './index-cache.ts';
import type { JournalCore, PromotionPlan } from './journal-core.ts';
import { storageFailure } from './journal-error.ts';
import type { JournalError } from './journal-error.ts';
import { checkPlan, promote } from './promotion.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Segment } from './segment.ts';
import type { WatermarkStore } from './watermark-store.ts';

export interface AgeingParts {
  readonly world: World;
  readonly options: JournalOptions;
  readonly core: JournalCore<JournalDone>;
  readonly files: SegmentFiles;
  readonly store: WatermarkStore;
  readonly replica: ReplicaDisks;
  /** The position stored with the watermark. */
  readonly position: JournalPosition;
}

interface AgeingHooks {
  /** Whether no further step may begin. */
  readonly stopped: () => boolean;
  /** Whether a segment cannot be removed yet. */
  readonly isBusy: (segment: Segment) => boolean;
  readonly failed: (error: JournalError) => void;
}

export class Ageing {
  readonly #parts: AgeingParts;
  readonly #hooks: AgeingHooks;
  readonly #reader: FrameReader;
  readonly #indices: IndexCache;
  #storedPosition: JournalPosition;

  constructor(parts: AgeingParts, reader: FrameReader, indices: IndexCache, hooks: AgeingHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    this.#reader = reader;
    this.#indices = indices;
    this.#storedPosition = parts.position;
  }

  /** Carries plans out until there is none. `idle` where nothing had to be done. */
  run(
    next: () => PromotionPlan | undefined,
    done: (error: JournalError | undefined, idle: boolean) => void,
    idle = true,
  ): void {
    const { core, files, replica, store, world } = this.#parts;
    const plan = this.#hooks.stopped() ? undefined : next();
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
        this.run(next, done, false);
        return;
      }
      if (!begun) core.withdrawn(plan);
      this.#hooks.failed(error);
      done(error, false);
    });
  }

  /** Whether a plan could be carried out. */
  check(plan: PromotionPlan, done: JournalDone): void {
    checkPlan(this.#reader, this.#parts.core.segments, plan, (error) => {
      if (error !== undefined) this.#hooks.failed(error);
      done(error);
    });
  }

  /**
   * Stores what has been applied, which otherwise comes with the next step: no later opening does any of it
   * again, over what has been written to the replica disks since.
   */
  rest(done: JournalDone): void {
    const { core, store } = this.#parts;
    const { applied, watermark } = core;
    store.store({ watermark, applied, position: this.#storedPosition }, done);
  }

  /**
   * Stores what a leap has brought to the replica disks, up to a position, where it has brought anything, and removes
   * the segments that are not needed any more.
   */
  leapt(position: JournalPosition | undefined, ground: Ground): void {
    const { core, files, store } = this.#parts;
    if (position !== undefined) {
      this.#storedPosition = position;
      const { applied, watermark } = core;
      store.put({ watermark, applied, position }, ground);
    }
    for (const segment of core.removable()) {
      this.#forget(segment);
      ground.remove(files.path(segment.id));
    }
  }

  #forget(segment: Segment): void {
    this.#parts.core.removed(segment);
    this.#parts.files.forget(segment.id);
    this.#indices.forget(segment.id);
  }

  #removeSegments(done: (error: JournalError | undefined, none: boolean) => void): void {
    const { core, files, options, world } = this.#parts;
    const removable = core.removable().filter((each) => !this.#hooks.isBusy(each));
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
      this.#forget(segment);
      world.storage.remove(files.path(segment.id), (failure) => {
        if (failure === undefined) next(index + 1);
        else done(storageFailure(failure, 'removing a promoted segment'), false);
      });
    };
    next(0);
  }
}
