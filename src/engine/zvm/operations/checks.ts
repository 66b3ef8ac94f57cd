/** What an operation needs and does not have, as far as one can see before it begins (law 7). */
import { streamsOf } from '../plan.ts';
import type { Vpg } from '../vpg.ts';
import type { VraLinks } from '../vras.ts';
import { heardOf } from './run.ts';

/** Those of all VMs of a VPG, or of the streams that are meant. */
export function recoveryVras(vpg: Vpg, streams = vpg.plan.streams): string[] {
  return [...new Set(streams.map((stream) => stream.recoveryVra))];
}

export function protectedVras(vpg: Vpg): string[] {
  return [...new Set(vpg.plan.streams.map((stream) => stream.protectedVra))];
}

/** What is missing for an image of every VM that is meant at a checkpoint. */
export function missingForImages(vpg: Vpg, vras: VraLinks, vms?: readonly string[]): string[] {
  const missing: string[] = [];
  const streams = streamsOf(vpg.plan, vms);
  if (vms?.length === 0) missing.push(`a VM of ${vpg.name}`);
  for (const name of vms ?? []) {
    if (!streams.some(({ vm }) => vm === name)) missing.push(`VM ${name} in ${vpg.name}`);
  }
  if (vpg.catalogue.count === 0) missing.push(`a checkpoint of ${vpg.name}`);
  for (const vra of recoveryVras(vpg, streams)) {
    if (vras.isSilent(vra)) missing.push(heardOf(vra));
  }
  for (const stream of streams) {
    const report = vras.receiving(stream.recoveryVra, stream.recover.stream);
    if (report?.recoverable === false) missing.push(`a complete replica of ${stream.vm}`);
  }
  return missing;
}
