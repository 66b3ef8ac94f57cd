/**
 * When recovered VMs start: boot groups one after the other, and no host more VMs at once than it can
 * take. Zerto's default is five VMs per five minutes and host: 500 VMs on ten hosts take 50 minutes.
 */
import type { BootPlan } from '../plan.ts';

/** VMs that a host starts within {@link bootWindow}. */
export const bootsPerWindow = 5;
/** Milliseconds. */
export const bootWindow = 300_000;

export interface BootingVm {
  readonly vm: string;
  readonly host: string;
  readonly group: number | undefined;
}

export interface Boot extends BootingVm {
  /** Milliseconds after the first VM may start. */
  readonly at: number;
}

export interface BootSchedule {
  /** In the order in which they start. */
  readonly boots: readonly Boot[];
  /** When the last window of a host that is paced is over: an upper bound of the time that it takes. */
  readonly over: number;
}

export function scheduleBoot(vms: readonly BootingVm[], { order, delay }: BootPlan): BootSchedule {
  const started = new Map<string, number[]>();
  const boots: Boot[] = [];
  let at = 0;
  for (const group of groupsOf(vms, order)) {
    let last = at;
    for (const vm of group) {
      const before = started.get(vm.host) ?? [];
      const paced = before.length < bootsPerWindow ? undefined : before[0];
      const start = Math.max(at, paced === undefined ? at : paced + bootWindow);
      started.set(vm.host, [...before, start].slice(-bootsPerWindow));
      boots.push({ ...vm, at: start });
      last = Math.max(last, start);
    }
    at = last + delay;
  }
  boots.sort((a, b) => a.at - b.at);
  const last = boots.at(-1)?.at ?? 0;
  return { boots, over: last > 0 ? last + bootWindow : 0 };
}

/** In the order of the plan; what it does not name comes last, together. */
function groupsOf(vms: readonly BootingVm[], order: readonly number[]): BootingVm[][] {
  const named = order.map((group) => vms.filter((vm) => vm.group === group));
  const rest = vms.filter((vm) => vm.group === undefined || !order.includes(vm.group));
  return [...named, rest].filter((group) => group.length > 0);
}
