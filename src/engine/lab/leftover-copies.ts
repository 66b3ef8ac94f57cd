/**
 * Copies that an engine had made for clones and restored files when it was killed.
 *
 * A copy is known to the VRA that made it, in its memory; whoever asked for it takes it over from there and has it
 * removed. So what a datastore holds of them when an engine starts is nobody's, and only takes space.
 */
import type { Topology } from '../../topology/model.ts';
import type { Universe } from '../world/universe.ts';
import type { Storage } from '../world/world.ts';

const folders = ['clones', 'restored'];

/**
 * Whether a file below one of these folders is a copy: `OPERATION/VM/DISK.disk`, of an operation as a ZVM of the topology
 * names them, and of a VM and a disk that the topology has. Everything else is somebody else's and stays.
 */
export function isCopy(path: string, topology: Topology): boolean {
  const [operation = '', vmName = '', file = '', ...more] = path.split('/');
  const match = /^(.+) \d+-\d+$/.exec(operation);
  if (!match || more.length > 0 || !topology.sites.has(match[1] ?? '')) return false;
  for (const site of topology.sites.values()) {
    for (const disk of site.vms.get(vmName)?.disks.keys() ?? []) {
      if (file === `${disk}.disk`) return true;
    }
  }
  return false;
}

/** Removes them from all datastores, before anybody makes new ones; `report` hears what could not be removed. */
export function removeLeftoverCopies(
  universe: Universe,
  topology: Topology,
  report: (subject: string, problem: string) => void,
): void {
  for (const site of topology.sites.values()) {
    const process = universe.createProcess(`leftover copies ${site.name}`, { site });
    const { storage } = process.world;
    let left = site.datastores.size * folders.length;
    const ended = (): void => {
      if (--left === 0) process.kill({ silent: true });
    };
    for (const datastore of site.datastores.keys()) {
      for (const name of folders) {
        const folder = `${datastore}/${name}`;
        removeCopies(storage, folder, topology, (problem) => {
          if (problem !== undefined) report(folder, problem);
          ended();
        });
      }
    }
  }
}

function removeCopies(
  storage: Storage,
  folder: string,
  topology: Topology,
  done: (problem: string | undefined) => void,
): void {
  storage.list(folder, (unlisted, paths) => {
    const copies = (paths ?? []).filter((path) => isCopy(path, topology));
    let problem = unlisted && `What a clone may have left is not known: ${unlisted.message}`;
    const next = (index: number): void => {
      const path = copies[index];
      if (path === undefined) {
        done(problem);
        return;
      }
      storage.remove(`${folder}/${path}`, (error) => {
        problem ??= error && `What a clone left could not be removed: ${error.message}`;
        next(index + 1);
      });
    };
    next(0);
  });
}
