/**
 * A ZVM as a state machine: inputs in, effects out, no I/O (law 11). It decides; `zvm.ts` acts.
 *
 * Times are those of the ZVM's own clock.
 */
import { checkpointInterval } from '../../topology/limits.ts';
import type { Alert, Operation, Task, VpgSnapshot } from '../api.ts';
import type { CheckpointReply, VraReply } from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import { AlertLog } from './alerts.ts';
import { Deployer } from './deployer.ts';
import { nobodyVouches, Outbox } from './events.ts';
import type { Effect, Input, Vouching } from './events.ts';
import { ForceSyncs } from './force-syncs.ts';
import { freshLife, isNewer } from './life.ts';
import type { VpgLife } from './life.ts';
import type { ZvmMessage } from './messages.ts';
import { openerOf } from './operations/images.ts';
import { Operations } from './operations/operations.ts';
import { neverPaused } from './pause.ts';
import { Pausing } from './pausing.ts';
import { PeerLinks } from './peers.ts';
import type { PlannedVpg, ZvmPlan } from './plan.ts';
import type { LeaptVpg, QuietVpg, QuietZvm } from './quiet-zvm.ts';
import { Requests } from './requests.ts';
import type { Deployment, ZvmState } from './state.ts';
import { Supervision } from './supervision.ts';
import { StorageAlerts } from './storage-alerts.ts';
import { Synchronizer } from './synchronizer.ts';
import { TagRequests } from './tag-requests.ts';
import { cleaningInterval, firstCleaning, gapThreshold } from './timing.ts';
import { Vpg } from './vpg.ts';
import { VraLinks } from './vras.ts';

/** How often it notes that it is alive, in milliseconds. */
const aliveInterval = 10_000;

/** Alerts that no passing of time takes back, and that say nothing of replication: tests that are overdue. */
const lasting: ReadonlySet<string> = new Set(['VPG0011', 'VPG0012']);

export class ZvmCore {
  readonly #plan: ZvmPlan;
  readonly #outbox = new Outbox();
  readonly #vras: VraLinks;
  readonly #peers: PeerLinks;
  readonly #alerts: AlertLog;
  readonly #supervision: Supervision;
  readonly #storageAlerts: StorageAlerts;
  readonly #deployer: Deployer;
  readonly #operations: Operations;
  /** VPGs that have been created, by name. */
  readonly #vpgs = new Map<string, Vpg>();
  readonly #planned = new Map<string, PlannedVpg>();
  /** VPGs by the VRAs that serve them. */
  readonly #served = new Map<string, Set<Vpg>>();
  readonly #synchronizer: Synchronizer;
  readonly #tags: TagRequests;
  readonly #forceSyncs: ForceSyncs;
  readonly #pausing: Pausing;
  readonly #requests: Requests;
  /** Of the input that is being handled. */
  #now: Instant = 0;
  #beats = 0;
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
        const served = this.#served.get(vra) ?? [];
        for (const vpg of served) vpg.vraOpened(vra);
        this.#operations.vraOpened(vra, served, now);
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
    this.#storageAlerts = new StorageAlerts(plan.site, this.#alerts, this.#vras);
    this.#synchronizer = new Synchronizer(outbox, this.#peers, this.#supervision);
    this.#tags = new TagRequests(outbox, this.#peers);
    this.#forceSyncs = new ForceSyncs(outbox, this.#vras, this.#peers);
    this.#operations = new Operations(
      plan.site,
      outbox,
      this.#vras,
      this.#peers,
      state?.operations ?? [],
      startedAt,
      {
        keep: (vpg) => {
          this.#keepVpg(vpg);
        },
        live: (vpg, life) => {
          this.#live(vpg, life, true);
        },
        runScript: (key, vpg, script, which) => {
          this.#outbox.push({ kind: 'run-script', key, vpg: vpg.name, which, script });
        },
      },
    );
    this.#deployer = new Deployer(plan, state?.deployment ?? fresh, outbox, this.#peers, {
      deployed: () => {
        this.#follow();
      },
      isSilent: (vra) => this.#vras.isSilent(vra),
    });
    this.#pausing = new Pausing(outbox, this.#peers, (vpg) => {
      this.#keepVpg(vpg);
      for (const stream of vpg.plan.streams) this.#configure(stream.protectedVra);
    });
    this.#requests = new Requests({
      site: plan.site,
      outbox,
      deployer: this.#deployer,
      operations: this.#operations,
      tags: this.#tags,
      forceSyncs: this.#forceSyncs,
      pausing: this.#pausing,
      vpgs: this.#vpgs,
    });
  }

  /** To be called once, before anything else. */
  start(now: Instant): Effect[] {
    this.#now = now;
    this.#follow();
    if (!this.#state) this.#outbox.keep({ kind: 'state', state: this.save(now) });
    for (const vpg of this.#vpgs.values()) {
      const stored = this.#state?.vpgs[vpg.name];
      if (stored) vpg.restore(stored);
      this.#serve();
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
      this.#operations.resume(vpg, now);
    }
    return this.#outbox.take();
  }

  handle(input: Input, now: Instant): Effect[] {
    this.#now = now;
    switch (input.kind) {
      case 'tick':
        this.pass(input.beats ?? 1);
        this.#tick(input.vouching ?? nobodyVouches, now);
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
        this.#requests.take(input.ticket, input.request, now);
        break;
      case 'vra-installed':
        this.#deployer.installed(input.vra, input.problem);
        break;
      case 'script-ended':
        this.#operations.scriptEnded(input.key, input, now);
        break;
      case 'leapt':
        this.#leapt(input.vpgs, now);
        break;
      case 'kept':
        this.#supervision.storage(undefined, now);
        this.#outbox.kept(input.token);
        for (const vpg of this.#vpgs.values()) vpg.kept(input.token);
        this.#operations.kept(now);
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

  /** Operations that are under way here, and synchronisations of which its VRAs send. */
  get tasks(): readonly Task[] {
    return [...this.#operations.tasks, ...this.#supervision.synchronizations(this.#vpgs.values())];
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

  /** Beats have passed. */
  pass(beats: number): void {
    this.#beats += beats;
  }

  /** Whether nothing can become due before the next checkpoint, as long as nobody says anything unusual. */
  isCalm(vouching: Vouching): boolean {
    if (!this.#vras.isVouched(vouching) || !this.#peers.isVouched(this.#wantsPeer, vouching)) {
      return false;
    }
    if (!this.#isIdle) return false;
    for (const vpg of this.#vpgs.values()) if (!vpg.isCalm) return false;
    return true;
  }

  /** What it watches over, as long as nothing happens: undefined where anything does. */
  quiet(vouching: Vouching, now: Instant): Omit<QuietZvm, 'leapt'> | undefined {
    const standing = this.#alerts.raised.every(({ id }) => lasting.has(id));
    if (!standing || !this.isCalm(vouching)) return undefined;
    const vpgs: QuietVpg[] = [];
    let until = Infinity;
    for (const vpg of this.#vpgs.values()) {
      const { newest } = vpg.catalogue;
      if (!newest || !vpg.isQuiet || !this.#supervision.isQuiet(vpg, now)) return undefined;
      vpgs.push({ plan: vpg.plan, newest });
      until = Math.min(until, this.#supervision.testDue(vpg, now));
    }
    return { vpgs, until };
  }

  /** Whether checkpoints come, of one VPG at least. */
  get #makesCheckpoints(): boolean {
    for (const vpg of this.#vpgs.values()) if (vpg.isCalm) return true;
    return false;
  }

  /** Whether nobody waits for anything that was asked for. */
  get #isIdle(): boolean {
    return (
      this.#operations.isIdle &&
      this.#deployer.isIdle &&
      this.#tags.isIdle &&
      this.#forceSyncs.isIdle &&
      this.#synchronizer.isIdle
    );
  }

  readonly #wantsPeer = (site: string): boolean => this.#deployer.wantsPeer(site);

  #tick(vouching: Vouching, now: Instant): void {
    this.#peers.tick(now, this.#wantsPeer, vouching);
    this.#vras.tick(now, vouching);
    this.#deployer.tick(now);
    this.#operations.tick(this.#vpgs.values(), now);
    this.#tags.tick(now);
    this.#forceSyncs.tick(now);
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

  /** What is done now and then keeps its times. */
  #leapt(vpgs: readonly LeaptVpg[], now: Instant): void {
    for (const { vpg, run, age } of vpgs) this.#vpgs.get(vpg)?.leapt(run, age, now);
    // The cut of this interval has been made: a tick between two cuts makes none.
    this.#lastTick = Math.floor(now / checkpointInterval);
    while (this.#nextCleaning <= now) this.#nextCleaning += cleaningInterval;
    while (this.#nextAlive <= now) this.#nextAlive += aliveInterval;
  }

  #everyInterval(tick: Instant, now: Instant): void {
    for (const vpg of this.#vpgs.values()) {
      vpg.cut(tick);
      vpg.guard(now);
    }
    this.#supervision.dataPath(this.#vpgs, now);
    for (const vpg of this.#vpgs.values()) {
      if (vpg.since === undefined) {
        vpg.since = now;
        this.#keepVpg(vpg);
      }
      if (this.#supervision.fills(vpg, now)) {
        vpg.filled = true;
        this.#keepVpg(vpg);
      }
      this.#supervision.vpg(vpg, now);
      if (vpg.plan.cataloguesHere) this.#storageAlerts.vpg(vpg, now);
    }
    this.#storageAlerts.datastores((datastore) => this.#vpgsOn(datastore), now);
    if (now >= this.#nextCleaning) {
      this.#nextCleaning = now + cleaningInterval;
      for (const vpg of this.#vpgs.values()) if (vpg.plan.cataloguesHere) vpg.clean();
    }
    if (now >= this.#nextAlive) {
      this.#nextAlive = now + aliveInterval;
      // A checkpoint is on its way and will be kept: both go into one write.
      const record = { kind: 'alive', at: now } as const;
      if (this.#makesCheckpoints) this.#outbox.keepLater(record);
      else this.#outbox.keep(record);
    } else {
      this.#outbox.hurry();
    }
  }

  #watchPeer(site: string, now: Instant): void {
    const connected = this.#peers.connected(site);
    const names = (): string[] => this.#vpgsWith(site).map((vpg) => vpg.name);
    if (connected || this.#peers.isSilent(site)) {
      this.#supervision.peer(site, connected, names, now);
    }
    this.#synchronizer.tick(site, connected, names, now);
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
      for (const vra of vrasOf(vpg)) changed.add(vra);
    }
    this.#serve();
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
      beats: () => this.#beats,
      catalogued: (catalogued, id, time, tag) => {
        this.#synchronizer.catalogued(catalogued);
        if (tag === undefined) return;
        this.#tags.catalogued(catalogued, id, time, tag);
        this.#operations.tagged(catalogued, tag, this.#now);
      },
      tagFailed: (failed, tag, cause) => {
        this.#tags.failed(failed, tag, cause);
      },
    });
    // A VPG that both sides have just agreed on has nothing to compare.
    const { peer } = plan;
    if (peer !== undefined && this.#peers.connected(peer)) vpg.synchronized = true;
    this.#vpgs.set(plan.name, vpg);
    return vpg;
  }

  /** Which VRAs serve which VPGs, as they stand in their lives. */
  #serve(): void {
    this.#served.clear();
    for (const vpg of this.#vpgs.values()) {
      for (const vra of vrasOf(vpg)) {
        const served = this.#served.get(vra);
        if (served) served.add(vpg);
        else this.#served.set(vra, new Set([vpg]));
      }
    }
  }

  #live(vpg: Vpg, life: VpgLife, tell: boolean): void {
    const turned = life.generation !== vpg.life.generation;
    if (tell) this.#supervision.look(vpg, this.#now);
    const vras = new Set(vrasOf(vpg));
    vpg.live(life);
    if (turned) {
      this.#outbox.keep({ kind: 'turned', vpg: vpg.name });
      const { peer } = vpg.plan;
      vpg.synchronized = peer === undefined || this.#peers.connected(peer);
    }
    this.#keepVpg(vpg);
    this.#serve();
    for (const vra of vrasOf(vpg)) vras.add(vra);
    for (const vra of vras) this.#configure(vra);
    if (!tell) this.#supervision.learned(vpg);
    else {
      this.#supervision.look(vpg, this.#now);
      this.#tellLife(vpg);
    }
  }

  #tellLife(vpg: Vpg): void {
    const { peer } = vpg.plan;
    const { name, life } = vpg;
    if (peer !== undefined) this.#peers.tell(peer, { kind: 'vpg-life', vpg: name, life });
  }

  /** Takes a later word over; to an older one the later is the answer. */
  #peerLives(vpg: Vpg, life: VpgLife): void {
    const before = vpg.life;
    if (isNewer(life, before)) {
      this.#live(vpg, life, false);
      this.#operations.overtaken(vpg, before, this.#now);
    } else if (isNewer(before, life)) {
      this.#tellLife(vpg);
    }
  }

  /** Tells a VRA everything that it has to do. */
  #configure(vra: string): void {
    if (this.#vras.isForeign(vra) || !this.#vras.hears(vra)) return;
    const protect = [];
    const recover = [];
    for (const vpg of this.#served.get(vra) ?? []) {
      if (vpg.life.phase === 'recovered') continue;
      for (const stream of vpg.plan.streams) {
        if (stream.protectedVra === vra) {
          protect.push({ ...stream.protect, paused: vpg.paused || vpg.held });
        }
        if (stream.recoveryVra === vra) {
          const fenced = vpg.life.phase === 'committing';
          recover.push(fenced ? { ...stream.recover, fenced } : stream.recover);
        }
      }
    }
    this.#vras.tell(vra, { kind: 'configure', protect, recover });
  }

  #vraSaid(vra: string, message: VraReply, now: Instant): void {
    this.#vras.said(vra, message);
    if (message.kind === 'heartbeat') return;
    this.#operations.vraSaid(vra, message, this.#served.get(vra) ?? [], now);
    this.#forceSyncs.vraSaid(vra, message);
    if (message.kind === 'report') {
      this.#closeUnused(vra, message.images ?? []);
      const telling = message.recover.some(({ damage, held }) => damage ?? held);
      for (const vpg of telling ? (this.#served.get(vra) ?? []) : []) {
        vpg.reported(vra, now);
        // Damage may be healed before the next look.
        if (vpg.plan.cataloguesHere) this.#storageAlerts.vpg(vpg, now);
      }
      return;
    }
    for (const vpg of this.#served.get(vra) ?? []) vpg.vraSaid(vra, message);
  }

  /** Images of this site that nothing needs any more: what had opened them ended with a life of this ZVM. */
  #closeUnused(vra: string, images: readonly string[]): void {
    const vpgs = [...this.#vpgs.values()];
    for (const image of images) {
      if (openerOf(image) !== this.#plan.site || this.#operations.uses(image)) continue;
      if (vpgs.some((vpg) => vpg.uses(image))) continue;
      this.#vras.tell(vra, { kind: 'close-image', image });
    }
  }

  #vraCut(vra: string, message: CheckpointReply): void {
    const vpg = this.#vpgs.get(message.vpg);
    if (message.kind === 'durable') vpg?.durable(message.stream, message.checkpoint);
    else vpg?.senderSaid(vra, message);
  }

  // --- Peers -----------------------------------------------------------------------------------

  #vpgsWith(site: string): Vpg[] {
    return [...this.#vpgs.values()].filter((vpg) => vpg.plan.peer === site);
  }

  /** VPGs that keep replicas or journals on a datastore of this site. */
  #vpgsOn(datastore: string): string[] {
    const on = (folder: string): boolean => folder.startsWith(`${datastore}/`);
    return [...this.#vpgs.values()]
      .filter(
        ({ plan }) =>
          plan.cataloguesHere &&
          plan.streams.some(
            ({ recover }) => on(recover.journalFolder) || on(recover.replicaFolder),
          ),
      )
      .map((vpg) => vpg.name);
  }

  #peerConnected(site: string, restarted: boolean, now: Instant): void {
    this.#deployer.peerConnected(site);
    if (!this.#deployer.deployment.paired.includes(site)) return;
    const vpgs = this.#vpgsWith(site);
    const names = vpgs.map((vpg) => vpg.name);
    this.#supervision.peer(site, true, () => names, now);
    for (const vpg of vpgs) {
      if (restarted) vpg.gaps.prove({ sort: 'peer', cause: 'zvm-down' }, now);
    }
    this.#synchronizer.begin(site, vpgs, now);
    for (const vpg of vpgs) {
      // Also that none runs: a crash may have taken one along that the other side has heard of.
      const running = vpg.testingAt === this.#plan.site;
      this.#peers.tell(site, { kind: 'test-running', vpg: vpg.name, running });
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
      for (const digest of message.vpgs) {
        const vpg = this.#vpgs.get(digest.vpg);
        if (!vpg) continue;
        const { life = freshLife, pause = neverPaused } = digest;
        this.#peerLives(vpg, life);
        this.#pausing.peerSaid(vpg, pause, life.generation);
        this.#synchronizer.compare(vpg, digest);
      }
      for (const vpg of this.#vpgsWith(site)) vpg.synchronized = true;
      this.#peers.tell(site, { kind: 'synchronized' });
      return;
    }
    if (!('vpg' in message)) return;
    const vpg = this.#vpgs.get(message.vpg);
    if (vpg?.plan.peer !== site) return;
    switch (message.kind) {
      case 'vpg-life':
        this.#peerLives(vpg, message.life);
        return;
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
      case 'checkpoints-lost':
        vpg.lose(message.lost);
        return;
      case 'checkpoint-tagged':
        if (!vpg.catalogue.tag(message.checkpoint, message.tag, message.application)) return;
        this.#outbox.keep({
          kind: 'tag',
          vpg: vpg.name,
          id: message.checkpoint,
          tag: message.tag,
          application: message.application,
        });
        return;
      case 'test-running':
        if (vpg.testingAt !== this.#plan.site) vpg.testingAt = message.running ? site : undefined;
        if (message.passedAt !== undefined) {
          vpg.tested(message.passedAt);
          this.#keepVpg(vpg);
        }
        return;
      case 'set-paused':
        this.#pausing.peerSaid(vpg, message.word, message.generation);
        return;
      case 'force-sync':
        this.#forceSyncs.peerAsked(site, vpg, now);
        return;
      case 'force-sync-answered':
        this.#forceSyncs.peerAnswered(vpg, message);
        return;
      case 'tag-next':
        vpg.tagNext(message.tag);
        return;
      default:
        vpg.told(message);
    }
  }

  #keepVpg(vpg: Vpg): void {
    this.#outbox.keep({ kind: 'vpg', vpg: vpg.name, ...vpg.marks });
  }
}

function vrasOf(vpg: Vpg): readonly string[] {
  return vpg.plan.streams.flatMap((stream) => [stream.protectedVra, stream.recoveryVra]);
}
