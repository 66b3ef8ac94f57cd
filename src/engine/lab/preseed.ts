/**
 * Recovery volumes that were filled by other means than the wire: a copy of the protected disk, carried over,
 * that lies where the replica is to be before the VPG is created.
 */
import type { Topology } from '../../topology/model.ts';
import { replicaPath } from '../disk/replica-disk.ts';
import type { SimulatedUniverse } from '../world/simulated.ts';
import { replicaFolderOf } from './plan.ts';
import { protectedPath } from './protected-path.ts';
import { LabError } from './types.ts';

/** Milliseconds of virtual time that writing the copies may take; carrying them is not simulated. */
const limit = 3_600_000;

/** Copies every preseeded disk as it stands now. Lives on until that is done. */
export function copyPreseeds(universe: SimulatedUniverse, topology: Topology): void {
  let open = 0;
  let problem: string | undefined;
  for (const vpg of topology.vpgs.values()) {
    const to = vpg.to.target;
    for (const protectedVm of vpg.vms.values()) {
      const vm = protectedVm.vm.target;
      for (const { target: disk } of protectedVm.preseed) {
        const datastore = protectedVm.datastore.target;
        if (!to || !vm || !disk || !datastore) continue;
        const from = protectedPath(vm, disk.name, disk.datastore.name);
        const content = universe.peek(vm.site, from);
        const folder = replicaFolderOf(vpg, protectedVm, datastore);
        const path = replicaPath(folder, disk.name);
        if (!content) continue;
        open += 1;
        const done = (why: string | undefined): void => {
          open -= 1;
          problem ??= why && `${vm.name}/${disk.name} cannot be copied to ${path}: ${why}`;
        };
        const { storage } = universe.createProcess(`preseed ${path}`, { site: to }).world;
        storage.open(path, { create: true, writeThrough: true }, (error, file) => {
          if (!file) {
            done(error?.message ?? 'the file cannot be opened');
            return;
          }
          file.write(0, [content], (unwritten) => {
            file.close();
            if (unwritten) done(unwritten.message);
            else {
              storage.syncFolder(folder, (unlisted) => {
                done(unlisted?.message);
              });
            }
          });
        });
      }
    }
  }
  universe.runWhile(() => open > 0, universe.now + limit);
  if (problem !== undefined || open > 0) {
    throw new LabError('no-room', problem ?? 'The preseeded volumes were not written in an hour');
  }
}
