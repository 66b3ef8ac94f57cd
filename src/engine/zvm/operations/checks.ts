/** What an operation needs and does not have, as far as one can see before it begins (law 7). */
import type { Vpg } from '../vpg.ts';
import type { VraLinks } from '../vras.ts';
import { heardOf } from './run.ts';

export function recoveryVras(vpg: Vpg): string[] {
  return [...new Set(vpg.plan.streams.map((stream) => stream.recoveryVra))];
}

export function protectedVras(vpg: Vpg): string[] {
  return [...new Set(vpg.plan.streams.map((stream) => stream.protectedVra))];
}

/** What is missing for an image of every VM at a checkpoint. */
export function missingForImages(vpg: Vpg, vras: VraLinks): string[] {
  const missing: string[] = [];
  if (vpg.catalogue.count === 0) missing.push(`a checkpoint of ${vpg.name}`);
  for (const vra of recoveryVras(vpg)) {
    if (vras.isSilent(vra)) missing.push(heardOf(vra));
  }
  for (const stream of vpg.plan.streams) {
    const report = vras.receiving(stream.recoveryVra, stream.recover.stream);
    if (report?.recoverable === false) missing.push(`a complete replica of ${stream.vm}`);
  }
  return missing;
}
