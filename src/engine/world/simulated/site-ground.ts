/** The datastores of a site as ground, by which nothing takes time and nothing is lost. */
import type { Ground } from '../ground.ts';
import type { Payload } from '../payload.ts';
import type { Datastore } from './datastore.ts';
import type { Kernel } from './kernel.ts';

export class SiteGround implements Ground {
  readonly #kernel: Pick<Kernel, 'now'>;
  readonly #datastoreOf: (path: string) => Datastore;

  /** `datastoreOf` throws a RangeError for a path on a datastore that the site does not have. */
  constructor(kernel: Pick<Kernel, 'now'>, datastoreOf: (path: string) => Datastore) {
    this.#kernel = kernel;
    this.#datastoreOf = datastoreOf;
  }

  read(path: string): Payload | undefined {
    const content = this.#datastoreOf(path).file(path)?.content;
    return content?.read(0, content.size);
  }

  write(path: string, offset: number, payload: Payload): void {
    const { now } = this.#kernel;
    const datastore = this.#datastoreOf(path);
    const file = datastore.file(path) ?? datastore.establish(path, now);
    datastore.change(file, (content) => {
      content.writeDurably(offset, payload, now);
    });
  }

  defer(path: string, length: number, make: () => readonly Payload[]): void {
    const datastore = this.#datastoreOf(path);
    if (datastore.file(path)) throw new RangeError(`there is a file ${path} already`);
    datastore.establish(path, this.#kernel.now, { length, make });
  }

  remove(path: string): void {
    this.#datastoreOf(path).abolish(path, this.#kernel.now);
  }
}
