/**
 * Keeps the last checkpoint of a VPG from ageing out while no new one is made (OUT-9).
 *
 * A journal promotes up to its newest marker that is old enough, and cannot know whether the other
 * journals hold that marker too. A cut that failed half-way leaves a marker in some journals only;
 * an outage longer than the history would then take the last checkpoint that exists. An open image holds
 * a journal back at its checkpoint, so the ZVM holds one of every VM, at the last checkpoint.
 */
import type { CheckpointId } from '../journal/frame.ts';
import type { VraReply } from '../vra/messages.ts';
import type { PlannedVpg } from './plan.ts';
import type { VraLinks } from './vras.ts';

export class Guard {
  readonly #site: string;
  readonly #vpg: PlannedVpg;
  readonly #vras: VraLinks;
  readonly #recoveryVras: readonly string[];
  #checkpoint: CheckpointId | undefined;
  /** Images that were asked for, by VRA. */
  readonly #asked = new Map<string, string[]>();

  constructor(site: string, vpg: PlannedVpg, vras: VraLinks) {
    this.#site = site;
    this.#vpg = vpg;
    this.#vras = vras;
    this.#recoveryVras = [...new Set(vpg.streams.map((stream) => stream.recoveryVra))];
  }

  /** Holds the checkpoint in every journal that can be reached; to be said again and again. */
  hold(checkpoint: CheckpointId): void {
    if (this.#checkpoint !== undefined && this.#checkpoint !== checkpoint) this.release();
    if (this.#checkpoint === undefined) {
      this.#checkpoint = checkpoint;
      for (const vra of this.#recoveryVras) this.#vras.borrow(vra);
    }
    for (const vra of this.#recoveryVras) this.#open(vra);
  }

  release(): void {
    if (this.#checkpoint === undefined) return;
    this.#checkpoint = undefined;
    for (const [vra, images] of this.#asked) {
      for (const image of images) this.#vras.tell(vra, { kind: 'close-image', image });
    }
    this.#asked.clear();
    for (const vra of this.#recoveryVras) this.#vras.giveBack(vra);
  }

  /** Whether it holds a checkpoint by this image. */
  uses(image: string): boolean {
    for (const images of this.#asked.values()) if (images.includes(image)) return true;
    return false;
  }

  /** A VRA is there again: it may have lost its images with its memory. */
  vraOpened(vra: string): void {
    this.#asked.delete(vra);
    if (this.#checkpoint !== undefined) this.#open(vra);
  }

  /** Where an image was refused there is nothing to hold, or not yet: the next `hold` asks again. */
  vraSaid(vra: string, message: VraReply): void {
    if (message.kind !== 'image-refused') return;
    const images = this.#asked.get(vra);
    if (images?.includes(message.image)) this.#asked.delete(vra);
  }

  #open(vra: string): void {
    if (this.#checkpoint === undefined || this.#asked.has(vra) || !this.#vras.hears(vra)) return;
    const images: string[] = [];
    for (const stream of this.#vpg.streams) {
      if (stream.recoveryVra !== vra) continue;
      const image = `${this.#site} guard ${this.#checkpoint}/${stream.recover.stream}`;
      images.push(image);
      this.#vras.tell(vra, {
        kind: 'open-image',
        image,
        stream: stream.recover.stream,
        checkpoint: this.#checkpoint,
      });
    }
    if (images.length > 0) this.#asked.set(vra, images);
  }
}
