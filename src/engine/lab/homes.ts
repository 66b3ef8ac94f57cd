/** Which host each VM runs on: a recovery, a move and the way back change it. */
import type { Host, Topology, Vm } from '../../topology/model.ts';

export class Homes {
  readonly #topology: Topology;
  /** Hosts that a recovered VM has been started on, the last one last. */
  readonly #homes = new Map<Vm, readonly Host[]>();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** Where a VM was started last. */
  of(vm: Vm): Host | undefined {
    return this.#homes.get(vm)?.at(-1) ?? vm.host.target;
  }

  moved(host: Host, name: string, here: boolean): void {
    const vm = this.vmOn(host, name);
    if (!vm) return;
    const homes = this.#homes.get(vm) ?? (vm.host.target ? [vm.host.target] : []);
    const others = homes.filter((home) => home !== host);
    this.#homes.set(vm, here ? [...others, host] : others);
  }

  /** Two sites may each have a VM of the name: the one that this host runs or recovers. */
  vmOn(host: Host, name: string): Vm | undefined {
    for (const vpg of this.#topology.vpgs.values()) {
      const planned = vpg.vms.get(name);
      const vm = planned?.vm.target;
      if (planned?.recoveryHost.target === host || vm?.host.target === host) return vm;
    }
    return host.site.vms.get(name);
  }
}
