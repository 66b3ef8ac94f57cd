/** How the need of a datastore is put into words, for every rule that judges it. */
import { formatSize } from '../../../topology/quantities.ts';
import type { DatastoreNeed } from '../../../topology/sizing.ts';
import { roughly } from './sizes.ts';

/** `All VPGs together need 432GiB on ds-d1 (replicas 240GiB + …), where 1TiB are free.` */
export function arithmeticOf(need: DatastoreNeed): string {
  const { datastore, replicas, journals, scratch, vras, total } = need;
  const parts = [
    `replicas ${roughly(replicas)}`,
    `journals ${roughly(journals)}`,
    `scratch ${roughly(scratch)}`,
    ...(vras > 0 ? [`VRAs ${roughly(vras)}`] : []),
  ];
  return (
    `All VPGs together need ${roughly(total)} on ${datastore.name} (${parts.join(' + ')}), where ` +
    `${formatSize(datastore.free)} are free.`
  );
}
