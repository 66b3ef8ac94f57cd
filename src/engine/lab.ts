/**
 * A running engine built from a topology: every host, VRA and ZVM as a process of its own in a
 * simulated world, a workload that writes, and the handles by which a drill does harm to all that.
 */
import type { Topology } from '../topology/model.ts';
import type { Lab, LabOptions } from './lab/types.ts';
import { NotSupportedError } from './lab/types.ts';

export type {
  Containment,
  Lab,
  LabErrorCode,
  LabOptions,
  LinkChange,
  Marker,
  WriteRequest,
} from './lab/types.ts';
export { bootTimes, defaultWriteRate, LabError, NotSupportedError } from './lab/types.ts';

/**
 * Builds a lab in which no time has passed yet.
 *
 * @throws LabError `not-deployable` where the topology lacks what the engine needs to start (a VPG
 *   whose VM, host, VRA or datastore nothing declares), naming everything that is missing.
 * @throws NotSupportedError for a VM with a recorded trace.
 */
export function createLab(_topology: Topology, _options: LabOptions): Lab {
  throw new NotSupportedError('a lab (being built in this very hour)');
}
