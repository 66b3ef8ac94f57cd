import type { Vm } from '../../topology/model.ts';

/** Where a disk of a protected VM lies. */
export function protectedPath(vm: Vm, disk: string, datastore: string): string {
  return `${datastore}/vms/${vm.name}/${disk}.disk`;
}
