/** People who asked for a forced synchronization, and wait until the sending VRAs have begun it. */
import type { Reply } from '../api.ts';
import type { VraReply } from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import { decline, refuse } from './deployment.ts';
import type { Outbox } from './events.ts';
import type { ZvmMessage } from './messages.ts';
import type { PeerLinks } from './peers.ts';
import { answerLimit } from './timing.ts';
import type { Vpg } from './vpg.ts';
import type { VraLinks } from './vras.ts';

/** Who asked: somebody at this ZVM, or the peer's ZVM on behalf of somebody there. */
type Asker = { readonly ticket: number } | { readonly peer: string };

interface Waiting {
  readonly asker: Asker;
  readonly vpg: Vpg;
  readonly deadline: Instant;
  /** VRAs that have yet to answer; none where the peer's ZVM has been asked. */
  readonly vras: Set<string>;
  /** Streams that could not be synchronized. */
  readonly unknown: string[];
}

export class ForceSyncs {
  readonly #outbox: Outbox;
  readonly #vras: VraLinks;
  readonly #peers: PeerLinks;
  #waiting: Waiting[] = [];

  constructor(outbox: Outbox, vras: VraLinks, peers: PeerLinks) {
    this.#outbox = outbox;
    this.#vras = vras;
    this.#peers = peers;
  }

  ask(ticket: number, vpg: Vpg, now: Instant): void {
    this.#begin({ ticket }, vpg, now);
  }

  peerAsked(peer: string, vpg: Vpg, now: Instant): void {
    this.#begin({ peer }, vpg, now);
  }

  peerAnswered(vpg: Vpg, message: Extract<ZvmMessage, { kind: 'force-sync-answered' }>): void {
    for (const waiting of this.#waiting) {
      if (waiting.vpg !== vpg || vpg.plan.cutsHere) continue;
      const { refusal } = message;
      this.#end(waiting, refusal ? { result: 'refused', ...refusal } : { result: 'success' });
    }
  }

  vraSaid(vra: string, message: VraReply): void {
    if (message.kind !== 'sync-forced') return;
    const said = new Set([...message.streams, ...message.unknown]);
    for (const waiting of this.#waiting) {
      const mine = waiting.vpg.plan.streams.some(({ protect }) => said.has(protect.stream));
      if (!mine || !waiting.vras.delete(vra)) continue;
      waiting.unknown.push(...message.unknown);
      if (waiting.vras.size > 0) continue;
      const missing = waiting.unknown.map((stream) => `the disks of ${stream} at its VRA`);
      const failed = refuse(`Not all of ${waiting.vpg.name} could be synchronized`, missing);
      this.#end(waiting, missing.length > 0 ? failed : { result: 'success' });
    }
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  tick(now: Instant): void {
    for (const waiting of this.#waiting) {
      if (now < waiting.deadline) continue;
      const { vpg, vras } = waiting;
      const silent =
        vras.size > 0
          ? [...vras].map((vra) => `an answer of the VRA on ${vra}`)
          : [`an answer of the ZVM of ${vpg.plan.peer}`];
      this.#end(waiting, refuse(`${vpg.name} was perhaps not synchronized`, silent));
    }
  }

  #begin(asker: Asker, vpg: Vpg, now: Instant): void {
    const waiting: Waiting = {
      asker,
      vpg,
      deadline: now + answerLimit,
      vras: new Set(),
      unknown: [],
    };
    const refusal = this.#refusal(vpg);
    if (refusal) {
      this.#end(waiting, refusal);
      return;
    }
    this.#waiting.push(waiting);
    const { cutsHere, peer, streams } = vpg.plan;
    if (!cutsHere) {
      this.#peers.tell(peer ?? '', { kind: 'force-sync', vpg: vpg.name });
      return;
    }
    for (const { protectedVra } of streams) waiting.vras.add(protectedVra);
    for (const vra of waiting.vras) {
      const own = streams.filter(({ protectedVra }) => protectedVra === vra);
      this.#vras.tell(vra, {
        kind: 'force-sync',
        streams: own.map(({ protect }) => protect.stream),
      });
    }
  }

  #refusal(vpg: Vpg): Reply | undefined {
    const { name, plan, paused } = vpg;
    if (paused) return decline(`${name} is paused: resume it first`);
    if (!plan.cutsHere) {
      const reached = plan.peer !== undefined && this.#peers.connected(plan.peer);
      if (reached) return undefined;
      return refuse(`${name} cannot be synchronized`, [`a connection to the ZVM of ${plan.peer}`]);
    }
    const silent = new Set(
      plan.streams.map((stream) => stream.protectedVra).filter((vra) => !this.#vras.hears(vra)),
    );
    if (silent.size === 0) return undefined;
    const missing = [...silent].map((vra) => `a connection to the VRA on ${vra}`);
    return refuse(`${name} cannot be synchronized`, missing);
  }

  #end(waiting: Waiting, reply: Reply): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    const { asker, vpg } = waiting;
    if ('ticket' in asker) {
      this.#outbox.push({ kind: 'answer', ticket: asker.ticket, reply });
      return;
    }
    const refusal =
      reply.result === 'refused' ? { reason: reply.reason, missing: reply.missing } : undefined;
    this.#peers.tell(asker.peer, {
      kind: 'force-sync-answered',
      vpg: vpg.name,
      ...(refusal && { refusal }),
    });
  }
}
