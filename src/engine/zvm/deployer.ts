/** Carries out the requests that deploy: licence, VRAs, pairing, VPGs. */
import type { Reply } from '../api.ts';
import type { Instant } from '../world/world.ts';
import { decline, licenseMissing, missingForPairing, missingForVpg, refuse } from './deployment.ts';
import type { Outbox } from './events.ts';
import { missingForInstallation } from './installation.ts';
import type { ZvmMessage } from './messages.ts';
import type { PeerLinks } from './peers.ts';
import type { ZvmPlan } from './plan.ts';
import type { Deployment } from './state.ts';
import { answerLimit } from './timing.ts';

export interface DeployerEvents {
  /** Something was deployed: VRAs are to be commanded, peers to be dialled, VPGs to be run. */
  deployed(): void;
  /** Whether a VRA that was installed is not heard: then it may be deployed anew. */
  isSilent(vra: string): boolean;
}

interface Waiting {
  readonly ticket: number;
  readonly what: 'pair' | 'create-vpg';
  /** The site to pair with, or the VPG. */
  readonly subject: string;
  readonly site: string;
  readonly deadline: Instant;
  asked: boolean;
}

export class Deployer {
  readonly #plan: ZvmPlan;
  readonly #outbox: Outbox;
  readonly #peers: PeerLinks;
  readonly #events: DeployerEvents;
  #deployment: Deployment;
  #waiting: Waiting[] = [];
  readonly #installing = new Map<string, number>();

  constructor(
    plan: ZvmPlan,
    deployment: Deployment,
    outbox: Outbox,
    peers: PeerLinks,
    events: DeployerEvents,
  ) {
    this.#plan = plan;
    this.#deployment = deployment;
    this.#outbox = outbox;
    this.#peers = peers;
    this.#events = events;
  }

  get deployment(): Deployment {
    return this.#deployment;
  }

  /** Whether a connection with the peer is needed. */
  wantsPeer(site: string): boolean {
    return (
      this.#deployment.paired.includes(site) || this.#waiting.some((entry) => entry.site === site)
    );
  }

  license(ticket: number): void {
    this.#put({ licensed: true });
    this.#answer(ticket, { result: 'success' });
  }

  install(ticket: number, host: string): void {
    const vra = this.#plan.vras.find(
      (planned) => planned.vra === host || planned.vra === `${this.#plan.site}/${host}`,
    );
    const missing = licenseMissing(this.#plan, this.#deployment);
    if (vra) missing.push(...missingForInstallation(vra.vra, vra.installation));
    else missing.push(`a VRA for host ${host} in the topology`);
    if (!vra || missing.length > 0) {
      this.#answer(ticket, refuse(`The VRA on ${host} cannot be installed`, missing));
    } else if (this.#deployment.vras.includes(vra.vra) && !this.#events.isSilent(vra.vra)) {
      this.#answer(ticket, decline(`Host ${vra.vra} has its VRA already: one per host`));
    } else {
      this.#installing.set(vra.vra, ticket);
      this.#outbox.push({ kind: 'install-vra', vra: vra.vra });
    }
  }

  installed(vra: string, problem: string | undefined): void {
    const ticket = this.#installing.get(vra);
    this.#installing.delete(vra);
    if (problem === undefined && !this.#deployment.vras.includes(vra)) {
      this.#put({ vras: [...this.#deployment.vras, vra] });
    }
    if (ticket === undefined) return;
    const failed = problem ?? '';
    this.#answer(
      ticket,
      problem === undefined
        ? { result: 'success' }
        : decline(`The VRA on ${vra} cannot be installed: ${failed}`),
    );
  }

  pair(ticket: number, site: string, now: Instant): void {
    const missing = missingForPairing(this.#plan, this.#deployment);
    if (!this.#peers.has(site)) missing.push(`a pairing with ${site} in the topology`);
    if (missing.length > 0) {
      this.#answer(ticket, refuse(`${this.#plan.site} cannot be paired with ${site}`, missing));
    } else if (this.#deployment.paired.includes(site)) {
      this.#answer(ticket, decline(`${this.#plan.site} is paired with ${site} already`));
    } else {
      this.#ask({ ticket, what: 'pair', subject: site, site }, now);
    }
  }

  create(ticket: number, name: string, now: Instant): void {
    const vpg = this.#plan.vpgs.find((planned) => planned.name === name);
    if (!vpg) {
      const missing = [`VPG ${name} in the topology`];
      this.#answer(ticket, refuse(`VPG ${name} cannot be created`, missing));
      return;
    }
    const missing = missingForVpg(this.#plan, this.#deployment, vpg);
    if (missing.length > 0) {
      this.#answer(ticket, refuse(`VPG ${name} cannot be created`, missing));
    } else if (this.#deployment.vpgs.includes(name)) {
      this.#answer(ticket, decline(`VPG ${name} exists already`));
    } else if (vpg.peer === undefined) {
      this.#put({ vpgs: [...this.#deployment.vpgs, name] });
      this.#answer(ticket, { result: 'success' });
    } else {
      this.#ask({ ticket, what: 'create-vpg', subject: name, site: vpg.peer }, now);
    }
  }

  peerConnected(site: string): void {
    for (const entry of this.#waiting) if (entry.site === site) this.#send(entry);
  }

  /** True where the message was about a deployment. */
  peerSaid(site: string, message: ZvmMessage): boolean {
    switch (message.kind) {
      case 'pair': {
        const missing = missingForPairing(this.#plan, this.#deployment);
        const own = this.#plan.site;
        if (missing.length > 0) {
          this.#peers.tell(site, { kind: 'pairing-refused', site: own, missing });
          return true;
        }
        this.#paired(site);
        this.#peers.tell(site, { kind: 'paired', site: own });
        return true;
      }
      case 'paired':
        this.#paired(site);
        this.#settle('pair', site, { result: 'success' });
        return true;
      case 'pairing-refused': {
        const reason = `${this.#plan.site} cannot be paired with ${site}`;
        this.#settle('pair', site, refuse(reason, message.missing));
        return true;
      }
      case 'create-vpg': {
        const vpg = this.#plan.vpgs.find((planned) => planned.name === message.vpg);
        const missing = vpg
          ? missingForVpg(this.#plan, this.#deployment, vpg)
          : [`VPG ${message.vpg} in the topology of ${this.#plan.site}`];
        if (missing.length > 0) {
          this.#peers.tell(site, { kind: 'vpg-refused', vpg: message.vpg, missing });
          return true;
        }
        this.#created(message.vpg);
        this.#peers.tell(site, { kind: 'vpg-created', vpg: message.vpg });
        return true;
      }
      case 'vpg-created':
        this.#created(message.vpg);
        this.#settle('create-vpg', message.vpg, { result: 'success' });
        return true;
      case 'vpg-refused': {
        const reason = `VPG ${message.vpg} cannot be created`;
        this.#settle('create-vpg', message.vpg, refuse(reason, message.missing));
        return true;
      }
      default:
        return false;
    }
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  tick(now: Instant): void {
    for (const entry of this.#waiting.filter((candidate) => candidate.deadline <= now)) {
      const missing = [`a connection to the ZVM of ${entry.site}`];
      this.#settle(entry.what, entry.subject, refuse(`${entry.subject} was not deployed`, missing));
    }
  }

  #ask(entry: Omit<Waiting, 'deadline' | 'asked'>, now: Instant): void {
    const waiting: Waiting = { ...entry, deadline: now + answerLimit, asked: false };
    this.#waiting.push(waiting);
    if (this.#peers.connected(entry.site)) this.#send(waiting);
    else this.#peers.dial(entry.site);
  }

  #send(entry: Waiting): void {
    if (entry.asked) return;
    entry.asked = true;
    const message: ZvmMessage =
      entry.what === 'pair'
        ? { kind: 'pair', site: this.#plan.site }
        : { kind: 'create-vpg', vpg: entry.subject };
    this.#peers.tell(entry.site, message);
  }

  #settle(what: Waiting['what'], subject: string, reply: Reply): void {
    const settled = this.#waiting.filter(
      (entry) => entry.what === what && entry.subject === subject,
    );
    this.#waiting = this.#waiting.filter((entry) => !settled.includes(entry));
    for (const { ticket } of settled) this.#answer(ticket, reply);
  }

  #paired(site: string): void {
    if (this.#deployment.paired.includes(site)) return;
    this.#put({ paired: [...this.#deployment.paired, site] });
  }

  #created(vpg: string): void {
    if (this.#deployment.vpgs.includes(vpg)) return;
    this.#put({ vpgs: [...this.#deployment.vpgs, vpg] });
  }

  #put(change: Partial<Deployment>): void {
    this.#deployment = { ...this.#deployment, ...change };
    this.#outbox.keep({ kind: 'deployment', deployment: this.#deployment });
    this.#events.deployed();
  }

  #answer(ticket: number, reply: Reply): void {
    this.#outbox.push({ kind: 'answer', ticket, reply });
  }
}
