/**
 * A running engine built from a topology: every host, VRA and ZVM as a process of its own in a
 * simulated world, a workload that writes, and the handles by which a drill does harm to all that.
 */
import type { Topology } from '../topology/model.ts';
import { RunningLab } from './lab/running-lab.ts';
import type { Lab, LabOptions } from './lab/types.ts';

export type {
  Containment,
  Lab,
  LabErrorCode,
  LabOptions,
  LinkChange,
  Marker,
  WriteRequest,
} from './lab/types.ts';
export { BlockTraceError, parseBlockTrace, type BlockTrace } from './lab/block-trace.ts';
export { bootTimes, defaultWriteRate, LabError, NotSupportedError } from './lab/types.ts';

/**
 * Builds a lab at offset 0. With `begin: 'protected'` it has lived through the few seconds in which
 * ZVMs and VRAs find each other; VPGs that the network keeps from getting in sync are left as they are.
 *
 * @throws LabError `not-deployable` where the topology lacks what the engine needs to start (a VPG
 *   whose VM, host, VRA or datastore nothing declares), naming everything that is missing; `no-trace` where
 *   a VM has a recorded trace and none is given; `no-room` where it writes more than the VM's disks hold.
 */
export function createLab(topology: Topology, options: LabOptions): Lab {
  return new RunningLab(topology, options);
}
