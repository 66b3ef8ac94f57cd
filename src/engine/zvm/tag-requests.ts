/** People who asked for a tagged checkpoint, and wait until it exists. */
import type { GapCause } from '../api.ts';
import type { CheckpointId } from '../journal/frame.ts';
import type { Instant } from '../world/world.ts';
import { decline, refuse } from './deployment.ts';
import type { Outbox } from './events.ts';
import type { PeerLinks } from './peers.ts';
import { answerLimit } from './timing.ts';
import type { Vpg } from './vpg.ts';

interface Waiting {
  readonly ticket: number;
  readonly vpg: Vpg;
  readonly tag: string;
  readonly deadline: Instant;
}

export class TagRequests {
  readonly #outbox: Outbox;
  readonly #peers: PeerLinks;
  #waiting: Waiting[] = [];

  constructor(outbox: Outbox, peers: PeerLinks) {
    this.#outbox = outbox;
    this.#peers = peers;
  }

  ask(ticket: number, vpg: Vpg, tag: string, now: Instant): void {
    const { peer, cutsHere } = vpg.plan;
    if (peer !== undefined && !this.#peers.connected(peer)) {
      const missing = [`a connection to the ZVM of ${peer}`];
      const reply = refuse(`No checkpoint of ${vpg.name} can be made`, missing);
      this.#outbox.push({ kind: 'answer', ticket, reply });
      return;
    }
    this.#waiting.push({ ticket, vpg, tag, deadline: now + answerLimit });
    if (cutsHere) vpg.tagNext(tag);
    else if (peer !== undefined) this.#peers.tell(peer, { kind: 'tag-next', vpg: vpg.name, tag });
  }

  catalogued(vpg: Vpg, id: CheckpointId, time: Instant, tag: string): void {
    const waiting = this.#take(vpg, tag);
    if (!waiting) return;
    const reply = { result: 'success', checkpoint: { id, time } } as const;
    this.#outbox.push({ kind: 'answer', ticket: waiting.ticket, reply });
  }

  failed(vpg: Vpg, tag: string, cause: GapCause): void {
    const waiting = this.#take(vpg, tag);
    if (!waiting) return;
    const reply = decline(`No checkpoint of ${vpg.name} could be made: ${cause}`);
    this.#outbox.push({ kind: 'answer', ticket: waiting.ticket, reply });
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  tick(now: Instant): void {
    if (this.#waiting.length === 0) return;
    for (const { vpg, tag } of this.#waiting.filter((entry) => entry.deadline <= now)) {
      this.failed(vpg, tag, vpg.gaps.cause);
    }
  }

  #take(vpg: Vpg, tag: string): Waiting | undefined {
    const index = this.#waiting.findIndex((entry) => entry.vpg === vpg && entry.tag === tag);
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }
}
