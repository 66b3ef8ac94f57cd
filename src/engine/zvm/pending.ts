/**
 * The recovery side of a checkpoint: proposed, sealed, durable in every journal, and only then real.
 */
import type { CheckpointId } from '../journal/frame.ts';
import type { Instant } from '../world/world.ts';

export interface PendingCheckpoint {
  readonly id: CheckpointId;
  readonly time: Instant;
  readonly tag: string | undefined;
  /** Streams whose journal does not hold the marker yet. */
  readonly waiting: Set<string>;
  sealed: boolean;
}

/** How many checkpoints of which only the markers are known so far are remembered per VPG. */
const earlyLimit = 64;

export class PendingCheckpoints {
  /** By id, oldest first. */
  readonly #pending = new Map<CheckpointId, PendingCheckpoint>();
  /** Markers that came before their proposal: the two travel by different connections. */
  readonly #early = new Map<CheckpointId, string[]>();

  propose(
    id: CheckpointId,
    time: Instant,
    streams: readonly string[],
    tag: string | undefined,
  ): void {
    const waiting = new Set(streams);
    for (const stream of this.#early.get(id) ?? []) waiting.delete(stream);
    this.#early.delete(id);
    this.#pending.set(id, { id, time, tag, waiting, sealed: false });
  }

  /** The checkpoint, where this was the last thing that it waited for. */
  seal(id: CheckpointId): PendingCheckpoint | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    pending.sealed = true;
    return this.#complete(pending);
  }

  /** The checkpoint, where this was the last thing that it waited for. */
  durable(id: CheckpointId, stream: string): PendingCheckpoint | undefined {
    const pending = this.#pending.get(id);
    if (pending) {
      pending.waiting.delete(stream);
      return this.#complete(pending);
    }
    const early = this.#early.get(id);
    if (early) early.push(stream);
    else this.#early.set(id, [stream]);
    for (const oldest of this.#early.keys()) {
      if (this.#early.size <= earlyLimit) break;
      this.#early.delete(oldest);
    }
    return undefined;
  }

  abandon(id: CheckpointId): void {
    this.#pending.delete(id);
  }

  /**
   * The newest one that lacks nothing but its journals: cut, and on its way. While writes are merely
   * late that is no gap.
   */
  get newestSealed(): Instant | undefined {
    let newest: Instant | undefined;
    for (const pending of this.#pending.values()) if (pending.sealed) newest = pending.time;
    return newest;
  }

  /** Nothing more will come of what was under way. */
  clear(): void {
    this.#pending.clear();
    this.#early.clear();
  }

  #complete(pending: PendingCheckpoint): PendingCheckpoint | undefined {
    if (!pending.sealed || pending.waiting.size > 0) return undefined;
    // Markers arrive in order, so whatever is older and still waits will wait for ever.
    for (const id of this.#pending.keys()) if (id <= pending.id) this.#pending.delete(id);
    for (const id of this.#early.keys()) if (id <= pending.id) this.#early.delete(id);
    return pending;
  }
}
