/** What a ZVM is asked for by people: each request goes to whoever does it. */
import type { Request } from '../api.ts';
import type { Instant } from '../world/world.ts';
import type { Deployer } from './deployer.ts';
import { refuse } from './deployment.ts';
import type { Outbox } from './events.ts';
import type { ForceSyncs } from './force-syncs.ts';
import { engaged } from './operations/failover.ts';
import type { Operations } from './operations/operations.ts';
import type { Pausing } from './pausing.ts';
import type { TagRequests } from './tag-requests.ts';
import type { Vpg } from './vpg.ts';

export interface RequestSurroundings {
  readonly site: string;
  readonly outbox: Outbox;
  readonly deployer: Deployer;
  readonly operations: Operations;
  readonly tags: TagRequests;
  readonly forceSyncs: ForceSyncs;
  readonly pausing: Pausing;
  /** Those that have been created, by name. */
  readonly vpgs: ReadonlyMap<string, Vpg>;
}

export class Requests {
  readonly #around: RequestSurroundings;

  constructor(around: RequestSurroundings) {
    this.#around = around;
  }

  /** The answer comes as an effect with the ticket. */
  take(ticket: number, request: Request, now: Instant): void {
    switch (request.kind) {
      case 'enter-license':
        this.#around.deployer.license(ticket);
        return;
      case 'install-vra':
        this.#around.deployer.install(ticket, request.host);
        return;
      case 'pair':
        this.#around.deployer.pair(ticket, request.site, now);
        return;
      case 'create-vpg':
        this.#around.deployer.create(ticket, request.vpg, now);
        return;
      default:
        break;
    }
    const vpg = this.#around.vpgs.get(request.vpg);
    if (!vpg) {
      const missing = [`VPG ${request.vpg}`];
      const reply = refuse(`The ZVM of ${this.#around.site} has no such VPG`, missing);
      this.#around.outbox.push({ kind: 'answer', ticket, reply });
      return;
    }
    switch (request.kind) {
      case 'failover-test':
        this.#around.operations.test(ticket, vpg, request.checkpoint, request.vms, now);
        return;
      case 'stop-test':
        this.#around.operations.stop(
          ticket,
          vpg,
          { success: request.success ?? true, notes: request.notes },
          now,
        );
        return;
      case 'failover':
        this.#around.operations.failover(
          ticket,
          vpg,
          { ...request, shutdown: request.shutdown ?? 'none' },
          now,
        );
        return;
      case 'move':
        this.#around.operations.move(
          ticket,
          vpg,
          { ...request, force: request.force ?? false },
          now,
        );
        return;
      case 'commit':
        this.#around.operations.commit(ticket, vpg, request.reverseProtection, now);
        return;
      case 'rollback':
        this.#around.operations.rollback(ticket, vpg, now);
        return;
      case 'clone':
        this.#around.operations.clone(
          ticket,
          vpg,
          request.checkpoint,
          request.datastore,
          request.vms,
          now,
        );
        return;
      case 'restore-file':
        this.#around.operations.restoreFile(ticket, vpg, request.checkpoint, request.file, now);
        return;
      case 'mount':
        this.#around.operations.mount(ticket, vpg, request, now);
        return;
      case 'reverse-protect':
        this.#around.operations.reverseProtect(ticket, vpg, now);
        return;
      default:
        break;
    }
    const refusal = engaged(vpg, true);
    if (refusal) {
      this.#around.outbox.push({ kind: 'answer', ticket, reply: refusal });
      return;
    }
    switch (request.kind) {
      case 'checkpoint':
        if (request.application === true) {
          this.#around.operations.applicationCheckpoint(ticket, vpg, request.tag, now);
        } else this.#around.tags.ask(ticket, vpg, request.tag, now);
        return;
      case 'force-sync':
        this.#around.forceSyncs.ask(ticket, vpg, now);
        return;
      case 'pause':
      case 'resume':
        this.#around.pausing.ask(ticket, vpg, request.kind === 'pause');
        return;
    }
  }
}
