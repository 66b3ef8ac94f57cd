/** What this window has mounted: each VM at a checkpoint once, for as long as somebody looks into it. */
import { MountedVm, type Asks, type MountedName } from './mounted-vm.ts';

/**
 * Milliseconds after which what nobody looks at is unmounted: it holds its checkpoint in the journal. It is
 * mounted again when somebody looks.
 */
const keptFor = 5 * 60_000;
const sweepInterval = 30_000;

/** Fewer than the engine allows a client. */
const mostMounts = 12;

export class RecoveredDisks {
  readonly #mounts = new Map<string, { readonly topology: string; vm: Promise<MountedVm> }>();
  readonly #sweeper = setInterval(() => {
    this.#closeUnused(keptFor);
  }, sweepInterval);

  /** @throws as {@link MountedVm.mount} */
  async mounted(topology: string, asks: Asks, name: MountedName): Promise<MountedVm> {
    const key = JSON.stringify([topology, name.vpg, name.checkpoint, name.vm]);
    const known = this.#mounts.get(key);
    if (known) {
      // The one that was asked for last is the last to be closed.
      this.#mounts.delete(key);
      this.#mounts.set(key, known);
      return known.vm;
    }
    if (this.#mounts.size >= mostMounts) await this.#closeOldest();
    const vm = MountedVm.mount(asks, name);
    this.#mounts.set(key, { topology, vm });
    // What could not be mounted is tried anew by whoever asks next.
    vm.catch(() => {
      if (this.#mounts.get(key)?.vm === vm) this.#mounts.delete(key);
    });
    return vm;
  }

  /** The engine of a topology is gone, and with it what it had mounted. */
  forget(topology: string): void {
    for (const [key, mount] of this.#mounts) if (mount.topology === topology) this.#close(key);
  }

  dispose(): void {
    clearInterval(this.#sweeper);
    for (const key of this.#mounts.keys()) this.#close(key);
  }

  #closeUnused(longerThan: number): void {
    for (const [key, { vm }] of this.#mounts) {
      vm.then(
        ({ unusedFor }) => {
          if (unusedFor > longerThan) this.#close(key);
        },
        () => undefined,
      );
    }
  }

  async #closeOldest(): Promise<void> {
    for (const [key, { vm }] of this.#mounts) {
      const mounted = await vm.catch(() => undefined);
      if (mounted?.unusedFor === 0) continue;
      this.#close(key);
      return;
    }
  }

  #close(key: string): void {
    const mount = this.#mounts.get(key);
    this.#mounts.delete(key);
    mount?.vm.then(
      (vm) => {
        vm.close();
      },
      () => undefined,
    );
  }
}
