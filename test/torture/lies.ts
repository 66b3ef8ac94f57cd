/**
 * What datastores did without a word. A scratch has no checksums, as the disk of a VM has none, so nobody can tell a
 * write that went astray there from one that the VM made. A commit is not held to these sectors, and is to all
 * others: that a datastore lied somewhere excuses no loss elsewhere.
 */

interface Place {
  readonly offset: number;
  readonly length: number;
}

const sector = 512;

export class Lies {
  /** By image and disk: sectors of its scratch that do not hold what was last written there. */
  readonly #harmed = new Map<string, Set<number>>();
  /** VMs of which a file may not be what it was said to be, once its VRA has to read it again. */
  readonly #doubted = new Set<string>();

  /** Places of a file hold something else than they should; none: nobody knows what of it will be left. */
  told(path: string, places: readonly Place[]): void {
    const scratch = scratchAt(path);
    if (!scratch || places.length === 0) {
      const vm = /\/(?:journals|scratch)\/[^/]+\/([^/@.]+)/.exec(path)?.[1];
      if (vm !== undefined) this.#doubted.add(vm);
      return;
    }
    let harmed = this.#harmed.get(scratch.key);
    if (!harmed) this.#harmed.set(scratch.key, (harmed = new Set()));
    for (const place of places) for (const at of sectorsOf(place)) harmed.add(at);
  }

  /** A write that went where it should. */
  wrote(path: string, place: Place): void {
    const scratch = scratchAt(path);
    // To a later set of files the damage is copied with all the rest.
    if (!scratch?.isFirst) return;
    const harmed = this.#harmed.get(scratch.key);
    if (harmed) for (const at of sectorsOf(place)) harmed.delete(at);
  }

  /** Where the sectors of a disk begin that are not what was written to the image. */
  harmed(image: string, disk: number): readonly number[] {
    return [...(this.#harmed.get(`${image} ${disk}`) ?? [])].sort((one, other) => one - other);
  }

  doubts(vm: string): boolean {
    return this.#doubted.has(vm);
  }

  /** The files that were lied about are gone. */
  forget(vm: string): void {
    this.#doubted.delete(vm);
  }
}

function scratchAt(path: string): { key: string; isFirst: boolean } | undefined {
  const found = /\/scratch\/[^/]+\/[^/]+\/(.+)\/disk-(\d+)(-\d+)?\.scratch$/.exec(path);
  if (!found) return undefined;
  const [, image = '', disk = '', set] = found;
  return { key: `${image} ${disk}`, isFirst: set === undefined };
}

function* sectorsOf({ offset, length }: Place): Generator<number> {
  for (let at = offset - (offset % sector); at < offset + length; at += sector) yield at;
}
