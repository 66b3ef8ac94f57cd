/**
 * What a commit does on a VRA: the journal up to the checkpoint, and what the recovered VM has written since, become
 * the VM's disks. The order of the steps, and what a crash behind each of them leaves, is told in docs/engine.md.
 */
import { replicaPath } from '../disk/replica-disk.ts';
import type { Journal, JournalError } from '../journal/journal.ts';
import type { World } from '../world/world.ts';
import type { Fences } from './fences.ts';
import type { HostAnswer, Hypervisor } from './hypervisor.ts';
import type { Images } from './images.ts';
import { committingAlready, rolledBackAlready } from './messages.ts';
import type { ImageId, RecoveryStream, VraTask } from './messages.ts';
import { isMarkedPromoted, markPromoted } from './promotion-mark.ts';

type Check = Extract<VraTask, { kind: 'check-promotion' }>;
type Promotion = Extract<VraTask, { kind: 'promote' }>;
/** `lasting`: asking again is of no use. */
export type TaskAnswer = (problem: string | undefined, lasting?: boolean) => void;

export interface PromotionSurroundings {
  readonly world: World;
  readonly images: Images;
  readonly fences: Fences;
  journalOf(stream: string): Journal | undefined;
  settingsOf(stream: string): RecoveryStream | undefined;
  /** The stream takes no frame any more. */
  fence(stream: string): void;
  /** The stream is no more; its journal is closed. */
  drop(stream: string, closed: () => void): void;
  /** Whether the recovery that it belongs to was rolled back. */
  isDiscarded(image: ImageId): boolean;
}

export class Promotions {
  readonly #around: PromotionSurroundings;

  constructor(around: PromotionSurroundings) {
    this.#around = around;
  }

  /** Whether {@link promote} would find all that it needs. */
  check(task: Check, done: TaskAnswer): void {
    const { fences } = this.#around;
    const { stream } = task;
    if (fences.fenced.has(stream) || fences.isPromoted(stream)) {
      done(committingAlready);
      return;
    }
    if (this.#around.isDiscarded(task.image)) {
      // That is said when it is to be promoted.
      done(undefined);
      return;
    }
    const journal = this.#around.journalOf(stream);
    const settings = this.#around.settingsOf(stream);
    if (!journal || !settings) {
      done(`the journal of ${stream} is not open`);
      return;
    }
    this.#withImage(task, journal, settings, (problem, lasting) => {
      const image = this.#around.images.get(task.image);
      if (!image) {
        done(problem ?? `the image ${task.image} is not open`, lasting);
        return;
      }
      journal.checkPromotion(image, (error) => {
        done(error?.message, error !== undefined && isLasting(error));
      });
    });
  }

  /**
   * Each step may be done again after a crash, by this VRA or another one, up to the last: then the stream is on
   * record as promoted. Until the merge begins nothing but the journal is needed for it, from then on
   * the sealed scratch is.
   */
  promote(task: Promotion, hypervisor: Hypervisor, done: HostAnswer): void {
    const around = this.#around;
    const { fences } = around;
    const { stream } = task;
    if (fences.isPromoted(stream)) {
      done(undefined);
      return;
    }
    if (this.#around.isDiscarded(task.image)) {
      done(rolledBackAlready);
      return;
    }
    const settings = around.settingsOf(stream);
    if (!settings) {
      done(`the VRA does not recover ${stream}`);
      return;
    }
    fences.fence(stream, (unstored) => {
      if (unstored !== undefined) {
        done(unstored);
        return;
      }
      around.fence(stream);
      around.images.keep(task.image);
      // No image of an earlier time may read a replica that promotion has moved on.
      around.images.mounts.closeAllOf(stream, () => {
        isMarkedPromoted(around.world, settings.journalFolder, task.task, (marked) => {
          // Another VRA has done it, and is no more.
          if (marked) this.#settle(task, settings, hypervisor, done);
          else this.#promoteJournal(task, settings, hypervisor, done);
        });
      });
    });
  }

  #promoteJournal(
    task: Promotion,
    settings: RecoveryStream,
    hypervisor: Hypervisor,
    done: HostAnswer,
  ): void {
    const around = this.#around;
    const { stream } = task;
    const journal = around.journalOf(stream);
    if (!journal) {
      done(`the journal of ${stream} is not open`);
      return;
    }
    const marked = (problem: string | undefined): void => {
      if (problem === undefined) this.#settle(task, settings, hypervisor, done);
      else done(problem);
    };
    this.#withImage(task, journal, settings, (problem) => {
      const image = around.images.get(task.image);
      if (!image) {
        done(problem ?? `the image ${task.image} is not open`);
        return;
      }
      journal.promote(image, (unpromoted) => {
        if (unpromoted) {
          done(unpromoted.message);
          return;
        }
        hypervisor.hold(task.vm, () => {
          image.merge((unmerged) => {
            if (unmerged) done(unmerged.message);
            else markPromoted(around.world, settings.journalFolder, task.task, marked);
          });
        });
      });
    });
  }

  /**
   * After a restart of the VRA the image is opened anew. What had been written to it is lost, unless it was flushed
   * or sealed for its merge by then.
   */
  #withImage(
    { image, stream, checkpoint }: Promotion | Check,
    journal: Journal,
    settings: RecoveryStream,
    then: (problem: string | undefined, lasting: boolean) => void,
  ): void {
    const { images } = this.#around;
    if (images.get(image)) {
      then(undefined, false);
      return;
    }
    images.open({ kind: 'open-image', image, stream, checkpoint }, journal, settings, (reply) => {
      const reason = reply.kind === 'image-refused' ? reply.reason : undefined;
      const lasting = reason === 'checkpoint-aged-out' || reason === 'checkpoint-unknown';
      then(reason && `${image}: ${reason}`, lasting);
    });
  }

  /**
   * The VM gets its disks first: a crash right behind that finds the mark, and does it once more. What is on
   * record as promoted is never looked at again.
   */
  #settle(
    { vm, stream, image }: Promotion,
    settings: RecoveryStream,
    hypervisor: Hypervisor,
    done: HostAnswer,
  ): void {
    const { fences, images, world } = this.#around;
    const disks = settings.disks.map(({ name, size, path }) => ({
      name,
      size,
      path: path ?? replicaPath(settings.replicaFolder, name),
    }));
    const settled = (): void => {
      fences.promoted(stream, (unstored) => {
        if (unstored !== undefined) {
          done(unstored);
          return;
        }
        this.#around.drop(stream, () => {
          removeAll(world, settings.journalFolder, () => {
            done(undefined);
          });
        });
      });
    };
    hypervisor.settle(vm, disks, (problem) => {
      if (problem !== undefined) {
        done(problem);
        return;
      }
      images.discard(image, () => {
        removeAll(world, `${settings.scratchFolder}/${image}`, settled);
      });
    });
  }
}

/** The journal has lost what it is about. */
function isLasting({ code }: JournalError): boolean {
  return code === 'corrupt' || code === 'checkpoint-aged-out' || code === 'checkpoint-unknown';
}

/** What cannot be removed only takes space. */
function removeAll(world: World, folder: string, done: () => void): void {
  const { storage } = world;
  storage.list(folder, (_unlisted, names) => {
    const left = [...(names ?? [])];
    const next = (): void => {
      const name = left.pop();
      if (name === undefined) {
        storage.syncFolder(folder, done);
        return;
      }
      storage.remove(`${folder}/${name}`, next);
    };
    next();
  });
}
