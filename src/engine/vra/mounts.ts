/**
 * Images that are only to be read, such as for files out of a checkpoint. They are not the ZVM's: whoever
 * asked for one takes it over and closes it. What nobody takes is closed, so that a ZVM or a caller that is gone
 * leaves nothing that holds a journal's history back.
 */
import type { Image } from '../journal/journal.ts';
import type { StreamName } from '../journal/frame.ts';
import type { Clock, Timer } from '../world/world.ts';
import type { ImageId } from './messages.ts';

/** Milliseconds that an image waits to be taken: longer than any caller waits for its answer. */
const untakenTime = 60_000;

interface Mount {
  readonly image: Image;
  readonly stream: StreamName;
  /** Until it is taken. */
  untaken: Timer | undefined;
}

export class Mounts {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #mounts = new Map<ImageId, Mount>();

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  get idle(): boolean {
    return this.#mounts.size === 0;
  }

  has(id: ImageId): boolean {
    return this.#mounts.has(id);
  }

  add(id: ImageId, stream: StreamName, image: Image): void {
    const untaken = this.#clock.after(untakenTime, () => {
      this.close(id, () => undefined);
    });
    this.#mounts.set(id, { image, stream, untaken });
  }

  /** It stays open until {@link close} from then on. */
  take(id: ImageId): Image | undefined {
    const mount = this.#mounts.get(id);
    mount?.untaken?.cancel();
    if (mount) mount.untaken = undefined;
    return mount?.image;
  }

  get(id: ImageId): Image | undefined {
    return this.#mounts.get(id)?.image;
  }

  close(id: ImageId, closed: () => void): void {
    const mount = this.#mounts.get(id);
    this.#mounts.delete(id);
    mount?.untaken?.cancel();
    if (mount) mount.image.close(closed);
    else closed();
  }

  /** The stream's disks are about to become those of a VM, which no image of an earlier time outlives. */
  closeAllOf(stream: StreamName, closed: () => void): void {
    const ids = [...this.#mounts].filter(([, mount]) => mount.stream === stream);
    let left = ids.length;
    if (left === 0) closed();
    for (const [id] of ids) {
      this.close(id, () => {
        if (--left === 0) closed();
      });
    }
  }
}
