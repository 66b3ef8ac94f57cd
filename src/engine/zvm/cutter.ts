/**
 * The protected side of a checkpoint: marks placed on every host of the VPG in one consistent cut.
 *
 * Nothing is retried: a cut that does not come off is abandoned with its cause, and the next tick
 * tries anew.
 */
import type { GapCause } from '../api.ts';
import type { CheckpointId } from '../journal/frame.ts';
import type { CheckpointReply, MarkRefusal } from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import type { ZvmMessage } from './messages.ts';
import type { PlannedVpg } from './plan.ts';
import type { VraLinks } from './vras.ts';

interface Cut {
  readonly id: CheckpointId;
  readonly time: Instant;
  readonly tag: string | undefined;
  readonly catalogued: CheckpointId;
  readonly hold: boolean;
  /** VRAs that have not answered the mark yet; then those that have not answered the release. */
  waiting: Set<string>;
  phase: 'proposing' | 'marking' | 'releasing';
}

export interface CutterEvents {
  /** To whoever catalogues: the peer, or this same ZVM. */
  tellCataloguer(message: ZvmMessage): void;
  /** The streams hold markers up to this number already. */
  outrun(last: CheckpointId): void;
  /** Without a cause: nobody answered the proposal. */
  abandoned(id: CheckpointId, cause: GapCause | undefined, tag: string | undefined): void;
}

export class Cutter {
  readonly #vpg: PlannedVpg;
  readonly #vras: VraLinks;
  readonly #events: CutterEvents;
  readonly #streams: readonly string[];
  /** Streams by the VRA that sends them. */
  readonly #senders = new Map<string, string[]>();
  #cut: Cut | undefined;

  constructor(vpg: PlannedVpg, vras: VraLinks, events: CutterEvents) {
    this.#vpg = vpg;
    this.#vras = vras;
    this.#events = events;
    this.#streams = vpg.streams.map((stream) => stream.protect.stream);
    for (const stream of vpg.streams) {
      const streams = this.#senders.get(stream.protectedVra) ?? [];
      streams.push(stream.protect.stream);
      this.#senders.set(stream.protectedVra, streams);
    }
  }

  /** Whether a cut is under way. */
  get isCutting(): boolean {
    return this.#cut !== undefined;
  }

  /** `catalogued` is the newest checkpoint that stands in the catalogue, if any does. */
  begin(
    id: CheckpointId,
    time: Instant,
    tag: string | undefined,
    catalogued: CheckpointId | undefined,
  ): void {
    // Who has not answered for a whole interval will not. A silent peer will be noticed by itself, and
    // its own kind of silence says more than that it did not answer here.
    if (this.#cut?.phase === 'proposing') this.#drop(this.#cut);
    if (this.#cut) this.#abandon('vra-down');
    const hold = this.#senders.size > 1;
    const waiting = new Set(this.#senders.keys());
    this.#cut = { id, time, tag, catalogued: catalogued ?? -1, hold, waiting, phase: 'proposing' };
    const vpg = this.#vpg.name;
    this.#events.tellCataloguer({
      kind: 'checkpoint-proposed',
      vpg,
      checkpoint: id,
      time,
      streams: this.#streams,
      ...(tag === undefined ? {} : { tag }),
    });
  }

  /** Whoever catalogues is there. */
  accepted(id: CheckpointId): void {
    const cut = this.#cut;
    if (cut?.id !== id || cut.phase !== 'proposing') return;
    cut.phase = 'marking';
    const { time, hold, catalogued } = cut;
    const vpg = this.#vpg.name;
    for (const [vra, streams] of this.#senders) {
      this.#vras.cut(vra, { kind: 'mark', vpg, checkpoint: id, time, streams, catalogued, hold });
    }
  }

  said(vra: string, message: CheckpointReply): void {
    const cut = this.#cut;
    if (cut?.id !== message.checkpoint) return;
    switch (message.kind) {
      case 'marked':
        if (cut.phase === 'marking' && cut.waiting.delete(vra) && cut.waiting.size === 0) {
          this.#marked(cut);
        }
        return;
      case 'released':
        if (cut.phase !== 'releasing') return;
        if (!message.inTime) this.#abandon('vra-down');
        else if (cut.waiting.delete(vra) && cut.waiting.size === 0) this.#sealed(cut);
        return;
      case 'mark-refused':
        this.#abandon(causeOf(message.reason));
        return;
      case 'mark-outrun':
        this.#events.outrun(message.last);
        this.#abandon('zvm-down');
        return;
      case 'durable':
        return;
    }
  }

  lost(vra: string): void {
    if (this.#cut && this.#senders.has(vra)) this.#abandon('vra-down');
  }

  /** The other half is gone: the cut under way can come to nothing. */
  giveUp(cause: GapCause): void {
    if (this.#cut) this.#abandon(cause);
  }

  #marked(cut: Cut): void {
    if (!cut.hold) {
      this.#sealed(cut);
      return;
    }
    cut.phase = 'releasing';
    cut.waiting = new Set(this.#senders.keys());
    this.#release(cut);
  }

  #sealed(cut: Cut): void {
    this.#cut = undefined;
    const vpg = this.#vpg.name;
    this.#events.tellCataloguer({ kind: 'checkpoint-sealed', vpg, checkpoint: cut.id });
  }

  #abandon(cause: GapCause): void {
    const cut = this.#cut;
    if (!cut) return;
    this.#cut = undefined;
    if (cut.hold && cut.phase !== 'proposing') this.#release(cut);
    const message = { vpg: this.#vpg.name, checkpoint: cut.id, cause };
    this.#events.tellCataloguer({ kind: 'checkpoint-abandoned', ...message });
    this.#events.abandoned(cut.id, cause, cut.tag);
  }

  #drop(cut: Cut): void {
    this.#cut = undefined;
    this.#events.abandoned(cut.id, undefined, cut.tag);
  }

  #release(cut: Cut): void {
    for (const vra of this.#senders.keys()) {
      this.#vras.cut(vra, { kind: 'release', vpg: this.#vpg.name, checkpoint: cut.id });
    }
  }
}

function causeOf(reason: MarkRefusal): GapCause {
  switch (reason) {
    case 'peer-disconnected':
      return 'link-down';
    case 'stream-unknown':
      return 'vra-down';
    case 'bitmap-sync':
    case 'delta-sync':
    case 'initial-sync':
    case 'paused':
    case 'journal-storage':
      return reason;
  }
}
