/** The images of a lab that are mounted: to be read by whoever asked for them, until they are closed. */
import type { Image } from '../journal/journal.ts';
import type { Estate } from './estate.ts';
import { ExportedImageDisk } from './exported-image-disk.ts';
import type { TakenMounts } from './real-lab.ts';

export class MountedImages {
  readonly #estate: Pick<Estate, 'mount' | 'takeMount' | 'closeMount'>;
  readonly #disks = new Set<ExportedImageDisk>();

  constructor(estate: Pick<Estate, 'mount' | 'takeMount' | 'closeMount'>) {
    this.#estate = estate;
  }

  /** `images` as a reply has them: `VM/disk` to image. */
  take(images: Readonly<Record<string, string>>): TakenMounts {
    const taken = new Map<string, Image>();
    const disks = new Map<string, ExportedImageDisk>();
    for (const [subject, id] of Object.entries(images)) {
      const image = taken.get(id) ?? this.#estate.takeMount(id);
      if (!image) continue;
      taken.set(id, image);
      const name = subject.slice(subject.lastIndexOf('/') + 1);
      const index = image.disks.findIndex((disk) => disk.name === name);
      if (index < 0) continue;
      const present = (): Image | undefined => this.#estate.mount(id);
      const disk = new ExportedImageDisk(image, index, present, true);
      disks.set(subject, disk);
      this.#disks.add(disk);
    }
    const close = (): void => {
      for (const id of taken.keys()) this.#estate.closeMount(id);
      for (const disk of disks.values()) {
        this.#disks.delete(disk);
        disk.sweep();
      }
    };
    return { disks, close };
  }

  /** Ends what was asked of images that are not there any more. */
  sweep(): void {
    for (const disk of this.#disks) disk.sweep();
  }

  /** Nobody is left to answer. */
  end(): void {
    for (const disk of this.#disks) disk.end();
  }
}
