/** Keeps an NBD server offering what a lab has: the disks of its VMs, and the images that are open. */
import type { ExportedDisk } from '../nbd/exported-disk.ts';
import type { NbdServer } from '../nbd/server.ts';
import type { RealLab } from '../lab/real-lab.ts';
import type { ServedDisk, ServedImage } from '../control/questions.ts';
import { nbdUri } from './endpoint.ts';

interface Served extends ServedImage {
  readonly exported: ExportedDisk;
  readonly name: string;
}

export interface OfferedDisks {
  /** Of `VM/disk`. */
  uriOf(disk: string): string;
  /** Settles when nobody reads them any more. */
  remove(): Promise<void>;
}

export class ServedDisks {
  readonly #lab: RealLab;
  readonly #server: Pick<NbdServer, 'add' | 'remove' | 'clientsOf'>;
  readonly #socket: string;
  readonly #report: (problem: string) => void;
  readonly #names = new Map<string, ExportedDisk>();
  #images: readonly Served[] = [];

  /** `socket` is where the server listens. */
  constructor(
    lab: RealLab,
    server: Pick<NbdServer, 'add' | 'remove' | 'clientsOf'>,
    socket: string,
    report: (problem: string) => void,
  ) {
    this.#lab = lab;
    this.#server = server;
    this.#socket = socket;
    this.#report = report;
    this.renew();
  }

  get disks(): readonly ServedDisk[] {
    return [...this.#lab.disks()].map(([disk, { size }]) => ({
      disk,
      size,
      uri: nbdUri(this.#socket, disk),
    }));
  }

  get images(): readonly ServedImage[] {
    return this.#images.map(({ image, disk, size, uri }) => ({ image, disk, size, uri }));
  }

  /** How many NBD clients there are. */
  get clients(): number {
    let clients = 0;
    for (const name of this.#names.keys()) clients += this.#server.clientsOf(name);
    return clients;
  }

  /** Where the disk of an image is served; undefined where it is not open. */
  uriOf(image: string, disk: string): string | undefined {
    return this.#images.find((each) => each.image === image && each.disk === disk)?.uri;
  }

  /** Serves disks for as long as they are needed. `as` tells them from all others. */
  offer(disks: ReadonlyMap<string, ExportedDisk>, as: string): OfferedDisks {
    const nameOf = (disk: string): string => `${as}/${disk}`;
    for (const [name, disk] of disks) this.#server.add({ name: nameOf(name), disk });
    return {
      uriOf: (disk) => nbdUri(this.#socket, nameOf(disk)),
      remove: async () => {
        const removed = [...disks.keys()].map(
          (disk) =>
            new Promise<void>((resolve) => {
              this.#server.remove(nameOf(disk), resolve);
            }),
        );
        await Promise.all(removed);
      },
    };
  }

  /** Takes note of disks and images that have come, changed or gone. */
  renew(): void {
    this.#images = imagesOf(this.#lab, this.#socket);
    const wanted = new Map<string, ExportedDisk>(this.#lab.disks());
    for (const { name, exported } of this.#images) wanted.set(name, exported);
    for (const [name, exported] of this.#names) {
      if (wanted.get(name) === exported) continue;
      this.#names.delete(name);
      this.#server.remove(name, () => undefined);
    }
    for (const [name, disk] of wanted) {
      if (this.#names.has(name)) continue;
      try {
        this.#server.add({ name, disk });
        this.#names.set(name, disk);
      } catch (error) {
        // A name that is too long for NBD; the others are served all the same.
        this.#names.set(name, disk);
        this.#report(`nbd: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

function imagesOf(lab: RealLab, socket: string): readonly Served[] {
  return lab.images().flatMap(({ id, disks }) => {
    const vm = id.slice(id.lastIndexOf('/') + 1);
    return [...disks].map(([disk, exported]) => {
      const name = `${id}/${disk}`;
      const { size } = exported;
      return { image: id, disk: `${vm}/${disk}`, size, uri: nbdUri(socket, name), exported, name };
    });
  });
}
