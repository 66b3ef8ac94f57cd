/** The images that ZVMs have opened: writable copies of a VM at a checkpoint (OUT-12). */
import type { Image, Journal, JournalError } from '../journal/journal.ts';
import type { StreamName } from '../journal/frame.ts';
import type { Copy } from './copies.ts';
import type { ImageId, ImageRefusal, RecoveryStream, VraReply } from './messages.ts';
import type { VraCommand } from './messages.ts';
import { Mounts } from './mounts.ts';
import type { Clock } from '../world/world.ts';

type OpenImage = Extract<VraCommand, { kind: 'open-image' }>;

export class Images {
  readonly mounts: Mounts;
  readonly #images = new Map<ImageId, Image>();
  readonly #streams = new Map<ImageId, StreamName>();
  /** A commit works on them: nobody else closes them. */
  readonly #kept = new Set<ImageId>();
  /** Being opened; a close that comes meanwhile leaves its word here. */
  readonly #opening = new Map<ImageId, { closed: boolean }>();

  /** Copies by the tasks that made them. */
  readonly #copies = new Map<string, Copy>();

  constructor(clock: Pick<Clock, 'after'>) {
    this.mounts = new Mounts(clock);
  }

  copy(task: string): Copy | undefined {
    return this.#copies.get(task);
  }

  /** The copy is nobody's from then on. */
  takeCopy(task: string): Copy | undefined {
    const copy = this.#copies.get(task);
    this.#copies.delete(task);
    return copy;
  }

  addCopy(task: string, copy: Copy): void {
    this.#copies.set(task, copy);
  }

  /** Whether none is open or being opened. */
  get idle(): boolean {
    return this.#images.size === 0 && this.#opening.size === 0 && this.mounts.idle;
  }

  get all(): ReadonlyMap<ImageId, Image> {
    return this.#images;
  }

  get(image: ImageId): Image | undefined {
    return this.#images.get(image);
  }

  /** The fill of the largest scratch of a stream's images; undefined where nothing has been written. */
  scratchOf(stream: StreamName): { readonly bytes: number; readonly full: boolean } | undefined {
    if (this.#images.size === 0) return undefined;
    let bytes = 0;
    let full = false;
    for (const [id, image] of this.#images) {
      if (this.#streams.get(id) !== stream) continue;
      bytes = Math.max(bytes, image.scratchBytes);
      full ||= image.scratchFull;
    }
    return bytes > 0 || full ? { bytes, full } : undefined;
  }

  open(
    { image, checkpoint, mount = false }: OpenImage,
    journal: Journal | undefined,
    settings: RecoveryStream | undefined,
    reply: (reply: VraReply) => void,
  ): void {
    if (this.#images.has(image) || this.mounts.has(image)) {
      reply({ kind: 'image-opened', image, known: true });
      return;
    }
    if (!journal || !settings) {
      const reason = settings ? 'storage-failed' : 'stream-unknown';
      reply({ kind: 'image-refused', image, reason });
      return;
    }
    const opening = { closed: false };
    this.#opening.set(image, opening);
    const { scratchLimit } = settings;
    const scratchFolder = `${settings.scratchFolder}/${image}`;
    journal.openImage(checkpoint, { scratchFolder, scratchLimit }, (error, opened) => {
      if (this.#opening.get(image) === opening) this.#opening.delete(image);
      if (!opened) {
        reply({ kind: 'image-refused', image, reason: refusalOf(error) });
      } else if (opening.closed) {
        opened.close(() => {
          reply({ kind: 'image-closed', image });
        });
      } else if (mount) {
        this.mounts.add(image, settings.stream, opened);
        reply({ kind: 'image-opened', image });
      } else {
        this.#images.set(image, opened);
        this.#streams.set(image, settings.stream);
        reply({ kind: 'image-opened', image });
      }
    });
  }

  /** From now on it is closed by {@link discard} only, be it open or not. */
  keep(image: ImageId): void {
    this.#kept.add(image);
  }

  /** What an open image is of. */
  streamOf(image: ImageId): StreamName | undefined {
    return this.#streams.get(image);
  }

  /** What was written to it is on other disks. */
  discard(image: ImageId, closed: () => void): void {
    this.#kept.delete(image);
    this.close(image, closed);
  }

  /** Closing what is not open succeeds: it is as gone as it should be. */
  close(image: ImageId, reply: (reply: VraReply) => void): void {
    if (this.#kept.has(image)) {
      reply({ kind: 'image-closed', image });
      return;
    }
    const opening = this.#opening.get(image);
    if (opening) {
      opening.closed = true;
      return;
    }
    const opened = this.#images.get(image);
    this.#images.delete(image);
    this.#streams.delete(image);
    const closed = (): void => {
      reply({ kind: 'image-closed', image });
    };
    if (opened) opened.close(closed);
    else this.mounts.close(image, closed);
  }
}

function refusalOf(error: JournalError | undefined): ImageRefusal {
  switch (error?.code) {
    case 'checkpoint-aged-out':
    case 'checkpoint-unknown':
    case 'replica-incomplete':
      return error.code;
    case 'scratch-full':
    case 'no-space':
      return 'scratch-full';
    default:
      return 'storage-failed';
  }
}
