/** The CPU of the machine, as it is used by others than this process of the system. */
import { cpus } from 'node:os';
import type { Cpu } from '../world.ts';

/** Milliseconds between two looks. */
const interval = 1000;

/** Shared by all processes of a universe: reading the counters of all cores takes a while. */
export class MachineCpu implements Cpu {
  #load = 0;
  #at = 0;
  #busy = 0;
  #idle = 0;
  #ours = 0;

  load(): number {
    const now = performance.now();
    if (now - this.#at < interval) return this.#load;
    const first = this.#at === 0;
    this.#at = now;
    let busy = 0;
    let idle = 0;
    for (const { times } of cpus()) {
      busy += times.user + times.nice + times.sys + times.irq;
      idle += times.idle;
    }
    const { user, system } = process.cpuUsage();
    const ours = (user + system) / 1000;
    const all = busy - this.#busy + (idle - this.#idle);
    const others = busy - this.#busy - (ours - this.#ours);
    this.#busy = busy;
    this.#idle = idle;
    this.#ours = ours;
    if (!first && all > 0) this.#load = Math.min(1, Math.max(0, others / all));
    return this.#load;
  }
}
