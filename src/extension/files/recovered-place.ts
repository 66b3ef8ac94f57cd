/**
 * Where a file of a recovered disk is: `tidemark:/TOPOLOGY/VPG/CHECKPOINT/VM/DISK/PATH`, the topology by its URI,
 * the checkpoint by its id. In the names of a topology `/` and `%` are written as in a URI.
 */
export const recoveredScheme = 'tidemark';

export interface RecoveredPlace {
  /** URI of the topology. */
  readonly topology: string;
  readonly vpg: string;
  /** Id. */
  readonly checkpoint: number;
  /** Undefined: the folder of all VMs. */
  readonly vm?: string | undefined;
  /** Undefined: the folder of all disks of the VM. */
  readonly disk?: string | undefined;
  /** In the disk, with `/` between names; empty for its root. */
  readonly path: string;
}

/** The path of a URI; see {@link placeOf}. */
export function pathOf(place: RecoveredPlace): string {
  const { topology, vpg, checkpoint, vm, disk, path } = place;
  const names = [topology, vpg, String(checkpoint), vm, disk].flatMap((name) =>
    name === undefined ? [] : [name.replaceAll(/[%/]/g, encodeURIComponent)],
  );
  return `/${[...names, ...(path === '' ? [] : [path])].join('/')}`;
}

/** Undefined where it is no such path. */
export function placeOf(path: string): RecoveredPlace | undefined {
  const [topology, vpg, checkpoint, vm, disk, ...rest] = path.split('/').filter(Boolean);
  if (topology === undefined || vpg === undefined || !/^\d{1,15}$/.test(checkpoint ?? '')) {
    return undefined;
  }
  try {
    return {
      topology: decodeURIComponent(topology),
      vpg: decodeURIComponent(vpg),
      checkpoint: Number(checkpoint),
      vm: vm === undefined ? undefined : decodeURIComponent(vm),
      disk: disk === undefined ? undefined : decodeURIComponent(disk),
      path: rest.join('/'),
    };
  } catch {
    // A % that encodes nothing: nobody has made such a path here.
    return undefined;
  }
}
