/** How the need of a datastore is put into words, for every rule that judges it. */
import { formatSize } from '../../../topology/quantities.ts';
import type { DatastoreNeed } from '../../../topology/sizing.ts';

/** `Replicas 240GiB, journals 15.84GiB and … of all VPGs take 432GiB of the 1TiB that are free …` */
export function arithmeticOf(need: DatastoreNeed): string {
  const { datastore, replicas, journals, scratch, vras, total } = need;
  const parts = [
    `replicas ${formatSize(replicas)}`,
    `journals ${formatSize(journals)}`,
    `scratch ${formatSize(scratch)}`,
    ...(vras > 0 ? [`VRAs ${formatSize(vras)}`] : []),
  ];
  return (
    `All VPGs together need ${formatSize(total)} on ${datastore.name} (${parts.join(' + ')}), where ` +
    `${formatSize(datastore.free)} are free.`
  );
}
