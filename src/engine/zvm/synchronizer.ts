/** Two ZVMs that meet again: each tells what it knows of the VPGs between them (OUT-6). */
import type { Instant } from '../world/world.ts';
import type { Outbox } from './events.ts';
import type { VpgDigest } from './messages.ts';
import type { PeerLinks } from './peers.ts';
import type { Supervision } from './supervision.ts';
import { synchronizationLimit } from './timing.ts';
import type { Vpg } from './vpg.ts';

export class Synchronizer {
  readonly #outbox: Outbox;
  readonly #peers: PeerLinks;
  readonly #supervision: Supervision;
  /** VPGs that have no new checkpoint since the reconnection with their site, by site. */
  readonly #waiting = new Map<string, { readonly since: Instant; readonly vpgs: Set<string> }>();

  constructor(outbox: Outbox, peers: PeerLinks, supervision: Supervision) {
    this.#outbox = outbox;
    this.#peers = peers;
    this.#supervision = supervision;
  }

  begin(site: string, vpgs: readonly Vpg[], now: Instant): void {
    // The first contact after a pairing has nothing to catch up with.
    if (vpgs.some((vpg) => vpg.catalogue.count > 0)) {
      const names = vpgs.map((vpg) => vpg.name);
      this.#waiting.set(site, { since: now, vpgs: new Set(names) });
      this.#supervision.synchronizing(site, true, names, now);
    }
    this.#peers.tell(site, { kind: 'synchronize', vpgs: vpgs.map(digestOf) });
  }

  /** ZVM0010 stands until every VPG has a checkpoint again, or for its limit. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  tick(site: string, connected: boolean, names: () => readonly string[], now: Instant): void {
    const waiting = this.#waiting.get(site);
    if (!waiting) return;
    const late = now - waiting.since >= synchronizationLimit;
    if (connected && waiting.vpgs.size > 0 && !late) return;
    this.#waiting.delete(site);
    this.#supervision.synchronizing(site, false, names(), now);
  }

  catalogued(vpg: Vpg): void {
    if (vpg.plan.peer !== undefined) this.#waiting.get(vpg.plan.peer)?.vpgs.delete(vpg.name);
  }

  /** Takes over what the other side knows and this one missed. */
  compare(vpg: Vpg, digest: VpgDigest): void {
    // What one side knows of another generation's checkpoints says nothing about this one's.
    if ((digest.life?.generation ?? 0) !== vpg.life.generation) return;
    const { catalogue } = vpg;
    const own = { runs: catalogue.runs, tagged: catalogue.tagged };
    const before = catalogue.newest?.time;
    let changed: boolean;
    if (vpg.plan.cataloguesHere) {
      changed = catalogue.extend(digest.runs, digest.tagged);
    } else {
      changed = catalogue.newest?.id !== digest.lastCheckpoint;
      catalogue.restore(digest.runs, digest.tagged);
      catalogue.extend(own.runs, own.tagged);
    }
    // What one side has lost and the other not heard of must not come back.
    for (const lost of [vpg.lost, digest.lost]) if (lost) catalogue.withdraw(lost);
    if ((digest.lost?.upTo ?? 0) > (vpg.lost?.upTo ?? 0)) vpg.lost = digest.lost;
    for (const gap of digest.gaps) {
      if (vpg.gaps.closed.some((known) => known.from === gap.from && known.to === gap.to)) continue;
      vpg.gaps.put(gap);
      this.#outbox.keep({ kind: 'gap', vpg: vpg.name, gap });
    }
    if (!changed) return;
    const { runs, tagged } = catalogue;
    this.#outbox.keep({ kind: 'catalogue', vpg: vpg.name, runs, tagged });
    // What was missed meanwhile may have ended a gap that still looks open here.
    const newest = catalogue.newest?.time;
    if (newest !== undefined && newest !== before) vpg.gaps.checkpoint(newest, newest, 0);
  }
}

function digestOf(vpg: Vpg): VpgDigest {
  const { newest, runs, tagged } = vpg.catalogue;
  return {
    vpg: vpg.name,
    lastCheckpoint: newest?.id,
    lastCheckpointTime: newest?.time,
    lost: vpg.lost,
    runs,
    tagged,
    gaps: vpg.gaps.closed,
    ...(vpg.pause.version > 0 && { pause: vpg.pause }),
    ...(vpg.marks.life && { life: vpg.marks.life }),
  };
}
