/**
 * VMs that were shut down for a recovery which came to nothing, and could not be started again at once: they are
 * started as soon as their VRA can be told. It holds no operation up, for the site may be gone for good.
 */
import type { VraReply } from '../../vra/messages.ts';
import type { Instant } from '../../world/world.ts';
import { retryInterval } from '../timing.ts';
import type { Vpg } from '../vpg.ts';
import type { VraLinks } from '../vras.ts';
import type { OperationTools } from './tools.ts';

export class Restarts {
  readonly #tools: OperationTools;
  /** VRAs that are turned to for it, by VPG. */
  readonly #borrowed = new Map<string, readonly string[]>();
  readonly #nextTry = new Map<string, Instant>();

  constructor(tools: OperationTools) {
    this.#tools = tools;
  }

  tick(vpg: Vpg, now: Instant): void {
    const { vras } = this.#tools;
    if (vpg.toStart.length === 0 || vpg.life.phase !== 'protected') {
      this.#giveBack(vpg, vras);
      return;
    }
    const streams = vpg.plan.streams.filter(({ vm }) => vpg.toStart.includes(vm));
    if (!this.#borrowed.has(vpg.name)) {
      const wanted = [...new Set(streams.map((stream) => stream.protectedVra))];
      for (const vra of wanted) vras.borrow(vra);
      this.#borrowed.set(vpg.name, wanted);
      this.#nextTry.set(vpg.name, now);
    }
    if (now < (this.#nextTry.get(vpg.name) ?? now)) return;
    let asked = false;
    for (const { vm, protectedVra: vra } of streams) {
      if (!vras.hears(vra)) continue;
      asked = true;
      vras.tell(vra, { kind: 'power', task: taskOf(vpg, vm), vm, to: 'on' });
    }
    if (asked) this.#nextTry.set(vpg.name, now + retryInterval);
  }

  vraSaid(vpg: Vpg, message: VraReply): void {
    if (message.kind !== 'task-done' || vpg.toStart.length === 0) return;
    const started = vpg.toStart.find((vm) => taskOf(vpg, vm) === message.task);
    if (started === undefined || vpg.life.phase !== 'protected') return;
    vpg.toStart = vpg.toStart.filter((vm) => vm !== started);
    this.#tools.keep(vpg);
  }

  #giveBack(vpg: Vpg, vras: VraLinks): void {
    const borrowed = this.#borrowed.get(vpg.name);
    if (!borrowed) return;
    this.#borrowed.delete(vpg.name);
    for (const vra of borrowed) vras.giveBack(vra);
  }
}

function taskOf(vpg: Vpg, vm: string): string {
  return `restart of ${vm} of ${vpg.name}`;
}
