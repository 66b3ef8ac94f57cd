/**
 * A ZVM as a state machine: inputs in, effects out, no I/O (law 11). It decides; `zvm.ts` acts.
 *
 * Times are those of the ZVM's own clock.
 */
import { checkpointInterval } from '../../topology/limits.ts';
import type { Alert, GapCause, Operation, Reply, Request, VpgSnapshot } from '../api.ts';
import type { CheckpointId } from '../journal/frame.ts';
import type { CheckpointReply, VraReply } from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import { AlertLog } from './alerts.ts';
import { decline, refuse } from './deployment.ts';
import { Deployer } from './deployer.ts';
import { Outbox } from './events.ts';
import type { Effect, Input } from './events.ts';
import type { VpgDigest, ZvmMessage } from './messages.ts';
import { Operations } from './operations.ts';
import { PeerLinks } from './peers.ts';
import type { PlannedVpg, ZvmPlan } from './plan.ts';
import type { Deployment, ZvmState } from './state.ts';
import { Supervision } from './supervision.ts';
import {
  answerLimit,
  cleaningInterval,
  firstCleaning,
  gapThreshold,
  synchronizationLimit,
} from './timing.ts';
import { Vpg } from './vpg.ts';
import { VraLinks } from './vras.ts';

/** How often it notes that it is alive, in milliseconds. */
const aliveInterval = 10_000;

interface WaitingTag {
  readonly ticket: number;
  readonly vpg: string;
  readonly tag: string;
  readonly deadline: Instant;
}

export class ZvmCore {
  readonly #plan: ZvmPlan;
  readonly #outbox = new Outbox();
  readonly #vras: VraLinks;
  readonly #peers: PeerLinks;
  readonly #alerts: AlertLog;
  readonly #supervision: Supervision;
  readonly #deployer: Deployer;
  readonly #operations: Operations;
  /** VPGs that have been created, by name. */
  readonly #vpgs = new Map<string, Vpg>();
  readonly #planned = new Map<string, PlannedVpg>();
  /** VPGs by the VRAs that serve them. */
  readonly #served = new Map<string, Set<Vpg>>();
  /** VPGs that have no new checkpoint since the reconnection with their site, by site. */
  readonly #synchronizing = new Map<string, { since: Instant; waiting: Set<string> }>();
  #tags: WaitingTag[] = [];
  #lastTick: number;
  #nextCleaning: Instant;
  #nextAlive: Instant;
  readonly #state: ZvmState | undefined;

  /** `state` is what the last life left; `fresh` is what is deployed where there was none. */
  constructor(plan: ZvmPlan, startedAt: Instant, state: ZvmState | undefined, fresh: Deployment) {
    this.#plan = plan;
    this.#state = state;
    this.#lastTick = Math.floor(startedAt / checkpointInterval);
    this.#nextCleaning = startedAt + firstCleaning;
    this.#nextAlive = startedAt;
    for (const vpg of plan.vpgs) this.#planned.set(vpg.name, vpg);
    const outbox = this.#outbox;
    this.#vras = new VraLinks(plan.site, outbox, {
      vraOpened: (vra, now) => {
        this.#configure(vra);
        for (const vpg of this.#served.get(vra) ?? []) vpg.vraOpened(vra);
        this.#operations.vraOpened(vra, now);
      },
      vraLost: (vra, now) => {
        for (const vpg of this.#served.get(vra) ?? []) vpg.senderLost(vra);
        this.#operations.vraLost(vra, now);
      },
    });
    this.#peers = new PeerLinks(plan.site, startedAt, outbox, {
      peerConnected: (site, restarted, now) => {
        this.#peerConnected(site, restarted, now);
      },
      peerLost: (site, now) => {
        for (const vpg of this.#vpgsWith(site)) vpg.peerLost(now);
      },
      peerSaid: (site, message, now) => {
        this.#peerSaid(site, message, now);
      },
      vrasDown: () => this.#vras.missing,
    });
    for (const vra of plan.vras) this.#vras.add(vra.vra, false);
    for (const vra of plan.foreignVras) this.#vras.add(vra.vra, true);
    for (const peer of plan.peers) this.#peers.add(peer.site);
    this.#alerts = new AlertLog(plan.site, outbox, state?.alerts);
    this.#supervision = new Supervision(this.#alerts, this.#vras);
    this.#operations = new Operations(
      plan.site,
      outbox,
      this.#vras,
      this.#peers,
      state?.operations,
    );
    this.#deployer = new Deployer(plan, state?.deployment ?? fresh, outbox, this.#peers, {
      deployed: () => {
        this.#follow();
      },
    });
  }

  /** To be called once, before anything else. */
  start(now: Instant): Effect[] {
    this.#follow();
    if (!this.#state) this.#outbox.keep({ kind: 'state', state: this.save(now) });
    for (const vpg of this.#vpgs.values()) {
      const stored = this.#state?.vpgs[vpg.name];
      if (stored) vpg.restore(stored);
      if (this.#operations.testOf(vpg.name)) vpg.testingAt = this.#plan.site;
      const last = vpg.catalogue.newest?.time;
      const alive = this.#state?.alive;
      // It was making checkpoints until it went away, so that is why there are none since.
      if (
        last !== undefined &&
        (alive === undefined || alive - last <= aliveInterval + gapThreshold)
      ) {
        vpg.gaps.prove({ sort: 'peer', cause: 'zvm-down' }, now);
      }
    }
    return this.#outbox.take();
  }

  handle(input: Input, now: Instant): Effect[] {
    switch (input.kind) {
      case 'tick':
        this.#tick(now);
        break;
      case 'peer-opened':
        this.#peers.opened(input.connection);
        break;
      case 'peer-accepted':
        this.#peers.accepted(input.connection);
        break;
      case 'peer-closed':
        this.#peers.closed(input.connection, now);
        break;
      case 'peer-said':
        this.#peers.said(input.connection, input.message, now);
        break;
      case 'vra-opened':
        this.#vras.opened(input.vra, input.channel, now);
        break;
      case 'vra-closed':
        this.#vras.closed(input.vra, input.channel, now);
        break;
      case 'vra-said':
        this.#vraSaid(input.vra, input.message, now);
        break;
      case 'vra-cut':
        this.#vraCut(input.vra, input.message);
        break;
      case 'request':
        this.#request(input.ticket, input.request, now);
        break;
      case 'vra-installed':
        this.#deployer.installed(input.vra, input.problem);
        break;
      case 'kept':
        this.#supervision.storage(undefined, now);
        for (const vpg of this.#vpgs.values()) vpg.kept(input.token);
        break;
      case 'not-kept':
        this.#supervision.storage(input.problem, now);
        break;
    }
    return this.#outbox.take();
  }

  /** A number for a connection that a peer made. */
  takeConnectionNumber(): number {
    return this.#peers.takeNumber();
  }

  // --- What it shows ---------------------------------------------------------------------------

  get alerts(): readonly Alert[] {
    return this.#alerts.all;
  }

  get operations(): readonly Operation[] {
    return this.#operations.all;
  }

  get deployment(): Deployment {
    return this.#deployer.deployment;
  }

  get connectedTo(): readonly string[] {
    const { paired } = this.#deployer.deployment;
    return this.#peers.connectedTo.filter((site) => paired.includes(site));
  }

  /** Undefined where the VPG has not been created here. */
  snapshot(vpg: string, now: Instant): VpgSnapshot | undefined {
    const created = this.#vpgs.get(vpg);
    return created && this.#supervision.snapshot(created, now);
  }

  /** Everything that has to survive a restart. */
  save(now: Instant): ZvmState {
    const vpgs: Record<string, ReturnType<Vpg['save']>> = {};
    for (const vpg of this.#vpgs.values()) vpgs[vpg.name] = vpg.save();
    return {
      deployment: this.#deployer.deployment,
      vpgs,
      alerts: this.#alerts.all,
      operations: this.#operations.all,
      alive: now,
    };
  }

  // --- Time ------------------------------------------------------------------------------------

  #tick(now: Instant): void {
    this.#peers.tick(now, (site) => this.#deployer.wantsPeer(site));
    this.#vras.tick(now);
    this.#deployer.tick(now);
    this.#operations.tick(now);
    for (const waiting of this.#tags.filter((entry) => entry.deadline <= now)) {
      this.#tagRefused(waiting, this.#vpgs.get(waiting.vpg)?.gaps.cause ?? 'link-down');
    }
    for (const vpg of this.#vpgs.values()) vpg.look(now);
    for (const site of this.#deployer.deployment.paired) this.#watchPeer(site, now);
    for (const vra of this.#vras.commanded) {
      const silent = this.#vras.isSilent(vra);
      if (silent || this.#vras.hears(vra)) this.#supervision.vra(vra, !silent, now);
    }
    const tick = Math.floor(now / checkpointInterval);
    if (tick !== this.#lastTick) {
      this.#lastTick = tick;
      this.#everyInterval(tick * checkpointInterval, now);
    }
  }

  #everyInterval(tick: Instant, now: Instant): void {
    for (const vpg of this.#vpgs.values()) {
      vpg.cut(tick);
      vpg.guard(now);
    }
    this.#supervision.dataPath(this.#vpgs.values(), now);
    for (const vpg of this.#vpgs.values()) {
      if (this.#supervision.fills(vpg, now)) {
        vpg.filled = true;
        this.#keepVpg(vpg);
      }
      this.#supervision.vpg(vpg, now);
    }
    if (now >= this.#nextCleaning) {
      this.#nextCleaning = now + cleaningInterval;
      for (const vpg of this.#vpgs.values()) if (vpg.plan.cataloguesHere) vpg.clean();
    }
    if (now >= this.#nextAlive) {
      this.#nextAlive = now + aliveInterval;
      this.#outbox.keep({ kind: 'alive', at: now });
    }
  }

  #watchPeer(site: string, now: Instant): void {
    const connected = this.#peers.connected(site);
    const names = (): string[] => this.#vpgsWith(site).map((vpg) => vpg.name);
    if (connected || this.#peers.isSilent(site)) {
      this.#supervision.peer(site, connected, names, now);
    }
    const synchronizing = this.#synchronizing.get(site);
    if (!synchronizing) return;
    const late = now - synchronizing.since >= synchronizationLimit;
    if (connected && synchronizing.waiting.size > 0 && !late) return;
    this.#synchronizing.delete(site);
    this.#supervision.synchronizing(site, false, names(), now);
  }

  // --- VRAs ------------------------------------------------------------------------------------

  /** Takes up the work of everything that is deployed. */
  #follow(): void {
    const { vras, paired, vpgs } = this.#deployer.deployment;
    const changed = new Set<string>();
    for (const name of vpgs) {
      const plan = this.#planned.get(name);
      if (!plan || this.#vpgs.has(name)) continue;
      const vpg = this.#create(plan);
      for (const stream of plan.streams) {
        for (const vra of [stream.protectedVra, stream.recoveryVra]) {
          changed.add(vra);
          const served = this.#served.get(vra);
          if (served) served.add(vpg);
          else this.#served.set(vra, new Set([vpg]));
        }
      }
    }
    const commanded = new Set(this.#vras.commanded);
    for (const vra of vras) if (!commanded.has(vra)) this.#vras.want(vra);
    for (const site of paired) if (!this.#peers.connected(site)) this.#peers.dial(site);
    for (const vra of changed) this.#configure(vra);
  }

  #create(plan: PlannedVpg): Vpg {
    const vpg = new Vpg(plan, {
      outbox: this.#outbox,
      vras: this.#vras,
      peers: this.#peers,
      catalogued: (catalogued, id, time, tag) => {
        this.#catalogued(catalogued, id, time, tag);
      },
      tagFailed: (failed, tag, cause) => {
        const waiting = this.#tags.find((entry) => entry.vpg === failed.name && entry.tag === tag);
        if (waiting) this.#tagRefused(waiting, cause);
      },
    });
    // A VPG that both sides have just agreed on has nothing to compare.
    const { peer } = plan;
    if (peer !== undefined && this.#peers.connected(peer)) vpg.synchronized = true;
    this.#vpgs.set(plan.name, vpg);
    return vpg;
  }

  /** Tells a VRA everything that it has to do. */
  #configure(vra: string): void {
    if (this.#vras.isForeign(vra) || !this.#vras.hears(vra)) return;
    const protect = [];
    const recover = [];
    for (const vpg of this.#served.get(vra) ?? []) {
      for (const stream of vpg.plan.streams) {
        if (stream.protectedVra === vra) protect.push({ ...stream.protect, paused: vpg.paused });
        if (stream.recoveryVra === vra) recover.push(stream.recover);
      }
    }
    this.#vras.tell(vra, { kind: 'configure', protect, recover });
  }

  #vraSaid(vra: string, message: VraReply, now: Instant): void {
    this.#vras.said(vra, message);
    if (message.kind === 'heartbeat') return;
    this.#operations.vraSaid(vra, message, now);
    if (message.kind === 'report') return;
    for (const vpg of this.#served.get(vra) ?? []) vpg.vraSaid(vra, message);
  }

  #vraCut(vra: string, message: CheckpointReply): void {
    this.#vras.said(vra, undefined);
    const vpg = this.#vpgs.get(message.vpg);
    if (message.kind === 'durable') vpg?.durable(message.stream, message.checkpoint);
    else vpg?.senderSaid(vra, message);
  }

  // --- Peers -----------------------------------------------------------------------------------

  #vpgsWith(site: string): Vpg[] {
    return [...this.#vpgs.values()].filter((vpg) => vpg.plan.peer === site);
  }

  #peerConnected(site: string, restarted: boolean, now: Instant): void {
    this.#deployer.peerConnected(site);
    if (!this.#deployer.deployment.paired.includes(site)) return;
    const vpgs = this.#vpgsWith(site);
    const names = vpgs.map((vpg) => vpg.name);
    this.#supervision.peer(site, true, () => names, now);
    // The first contact after a pairing has nothing to catch up with.
    const again = vpgs.some((vpg) => vpg.catalogue.count > 0);
    if (again) {
      this.#synchronizing.set(site, { since: now, waiting: new Set(names) });
      this.#supervision.synchronizing(site, true, names, now);
    }
    for (const vpg of vpgs) {
      if (restarted) vpg.gaps.prove({ sort: 'peer', cause: 'zvm-down' }, now);
    }
    const digests = vpgs.map((vpg): VpgDigest => ({
      vpg: vpg.name,
      lastCheckpoint: vpg.catalogue.newest?.id,
      lastCheckpointTime: vpg.catalogue.newest?.time,
      runs: vpg.catalogue.runs,
      tagged: vpg.catalogue.tagged,
      gaps: vpg.gaps.closed,
    }));
    this.#peers.tell(site, { kind: 'synchronize', vpgs: digests });
    for (const vpg of vpgs) {
      const running = vpg.testingAt === this.#plan.site;
      if (running) this.#peers.tell(site, { kind: 'test-running', vpg: vpg.name, running });
    }
  }

  #peerSaid(site: string, message: ZvmMessage, now: Instant): void {
    if (this.#deployer.peerSaid(site, message)) {
      // Paired just now, over a connection that stood before: what a new one would bring follows.
      if (message.kind === 'paired' || message.kind === 'pair')
        this.#peerConnected(site, false, now);
      return;
    }
    if (message.kind === 'synchronize') {
      for (const digest of message.vpgs) this.#synchronize(digest);
      for (const vpg of this.#vpgsWith(site)) vpg.synchronized = true;
      this.#peers.tell(site, { kind: 'synchronized' });
      return;
    }
    if (!('vpg' in message)) return;
    const vpg = this.#vpgs.get(message.vpg);
    if (vpg?.plan.peer !== site) return;
    switch (message.kind) {
      case 'checkpoint-catalogued':
        if (vpg.catalogue.newest && message.checkpoint <= vpg.catalogue.newest.id) return;
        this.#outbox.keep({
          kind: 'checkpoint',
          vpg: vpg.name,
          id: message.checkpoint,
          time: message.time,
          tag: message.tag,
        });
        vpg.enter(message.checkpoint, message.time, message.tag);
        return;
      case 'catalogue-trimmed':
        vpg.trim(message.oldest);
        return;
      case 'checkpoint-tagged':
        if (!vpg.catalogue.tag(message.checkpoint, message.tag)) return;
        this.#outbox.keep({
          kind: 'tag',
          vpg: vpg.name,
          id: message.checkpoint,
          tag: message.tag,
        });
        return;
      case 'test-running':
        vpg.testingAt = message.running ? site : undefined;
        return;
      case 'set-paused':
        this.#setPaused(vpg, message.paused);
        return;
      case 'tag-next':
        vpg.tagNext(message.tag);
        return;
      default:
        vpg.told(message);
    }
  }

  #synchronize(digest: VpgDigest): void {
    const vpg = this.#vpgs.get(digest.vpg);
    if (!vpg) return;
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
    if (newest !== undefined && newest !== before) vpg.gaps.checkpoint(newest, newest);
  }

  // --- Requests --------------------------------------------------------------------------------

  #request(ticket: number, request: Request, now: Instant): void {
    switch (request.kind) {
      case 'enter-license':
        this.#deployer.license(ticket);
        return;
      case 'install-vra':
        this.#deployer.install(ticket, request.host);
        return;
      case 'pair':
        this.#deployer.pair(ticket, request.site, now);
        return;
      case 'create-vpg':
        this.#deployer.create(ticket, request.vpg, now);
        return;
      default:
        break;
    }
    const vpg = this.#vpgs.get(request.vpg);
    if (!vpg) {
      const missing = [`VPG ${request.vpg}`];
      const reply = refuse(`The ZVM of ${this.#plan.site} has no such VPG`, missing);
      this.#outbox.push({ kind: 'answer', ticket, reply });
      return;
    }
    switch (request.kind) {
      case 'failover-test':
        this.#operations.test(ticket, vpg, request.checkpoint, now);
        return;
      case 'stop-test':
        this.#operations.stop(ticket, vpg, now);
        return;
      case 'checkpoint':
        this.#tag(ticket, vpg, request.tag, now);
        return;
      case 'pause':
      case 'resume':
        this.#pause(ticket, vpg, request.kind === 'pause');
        return;
    }
  }

  #tag(ticket: number, vpg: Vpg, tag: string, now: Instant): void {
    const { peer, cutsHere } = vpg.plan;
    if (peer !== undefined && !this.#peers.connected(peer)) {
      const missing = [`a connection to the ZVM of ${peer}`];
      const reply = refuse(`No checkpoint of ${vpg.name} can be made`, missing);
      this.#outbox.push({ kind: 'answer', ticket, reply });
      return;
    }
    this.#tags.push({ ticket, vpg: vpg.name, tag, deadline: now + answerLimit });
    if (cutsHere) vpg.tagNext(tag);
    else if (peer !== undefined) this.#peers.tell(peer, { kind: 'tag-next', vpg: vpg.name, tag });
  }

  #catalogued(vpg: Vpg, id: CheckpointId, time: Instant, tag: string | undefined): void {
    if (vpg.plan.peer !== undefined) {
      this.#synchronizing.get(vpg.plan.peer)?.waiting.delete(vpg.name);
    }
    if (tag === undefined) return;
    const waiting = this.#tags.find((entry) => entry.vpg === vpg.name && entry.tag === tag);
    if (!waiting) return;
    this.#tags = this.#tags.filter((entry) => entry !== waiting);
    const reply = { result: 'success', checkpoint: { id, time } } as const;
    this.#outbox.push({ kind: 'answer', ticket: waiting.ticket, reply });
  }

  #tagRefused(waiting: WaitingTag, cause: GapCause): void {
    this.#tags = this.#tags.filter((entry) => entry !== waiting);
    const reply = decline(`No checkpoint of ${waiting.vpg} could be made: ${cause}`);
    this.#outbox.push({ kind: 'answer', ticket: waiting.ticket, reply });
  }

  #pause(ticket: number, vpg: Vpg, paused: boolean): void {
    const { peer, cutsHere } = vpg.plan;
    const answer = (reply: Reply): void => {
      this.#outbox.push({ kind: 'answer', ticket, reply });
    };
    if (vpg.paused === paused) {
      answer(decline(`${vpg.name} is ${paused ? 'paused already' : 'not paused'}`));
      return;
    }
    const told =
      peer === undefined || this.#peers.tell(peer, { kind: 'set-paused', vpg: vpg.name, paused });
    if (!told && !cutsHere) {
      answer(refuse(`${vpg.name} cannot be paused`, [`a connection to the ZVM of ${peer}`]));
      return;
    }
    this.#setPaused(vpg, paused);
    answer({ result: 'success' });
  }

  #setPaused(vpg: Vpg, paused: boolean): void {
    vpg.paused = paused;
    this.#keepVpg(vpg);
    for (const stream of vpg.plan.streams) this.#configure(stream.protectedVra);
  }

  #keepVpg(vpg: Vpg): void {
    const { name, paused, filled } = vpg;
    this.#outbox.keep({ kind: 'vpg', vpg: name, paused, filled });
  }
}
