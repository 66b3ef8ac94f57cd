/** Finds the disks of a recovered VM among all that an engine serves. */
import type { LabSnapshot } from '../api.ts';
import type { ServedImage } from './questions.ts';

/** NBD URIs of the disks of a VM in the recovery of its VPG that goes on, in their order; none where none does. */
export function recoveredDisks(
  vpg: string,
  vm: string,
  { operations }: Pick<LabSnapshot, 'operations'>,
  images: readonly ServedImage[],
): readonly string[] {
  for (const { id, vpg: of } of operations.toReversed()) {
    if (of !== vpg) continue;
    const disks = images.filter(({ image }) => image === `${id}/${vm}`);
    if (disks.length > 0) return disks.map(({ uri }) => uri);
  }
  return [];
}
