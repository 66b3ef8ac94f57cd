/**
 * Where a file of a recovered disk is: `tidemark:/TOPOLOGY/VPG/CHECKPOINT/VM/DISK/PATH`, the topology by its URI,
 * the checkpoint by its id. A workspace file keeps the URI of a folder undecoded and decodes it when it is read, so
 * that nothing in it may need an encoding: in the names of a topology `/` is written as `~2F`, and likewise what
 * means something in a URI.
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
    name === undefined ? [] : [toSegment(name)],
  );
  return `/${[...names, ...(path === '' ? [] : [path])].join('/')}`;
}

/** Undefined where it is no such path. */
export function placeOf(path: string): RecoveredPlace | undefined {
  const [topology, vpg, checkpoint, vm, disk, ...rest] = path.split('/').filter(Boolean);
  if (topology === undefined || vpg === undefined || !/^\d{1,15}$/.test(checkpoint ?? '')) {
    return undefined;
  }
  // What stands for nothing was not written here.
  if (
    [topology, vpg, vm, disk].some((segment) => segment !== undefined && !written.test(segment))
  ) {
    return undefined;
  }
  return {
    topology: fromSegment(topology),
    vpg: fromSegment(vpg),
    checkpoint: Number(checkpoint),
    vm: vm === undefined ? undefined : fromSegment(vm),
    disk: disk === undefined ? undefined : fromSegment(disk),
    path: rest.join('/'),
  };
}

/** A name of a topology as one segment of a path. */
export function toSegment(name: string): string {
  const marks = /^\.{1,2}$/.test(name) ? /\./g : /[%/~?#\\]/g;
  return name.replaceAll(
    marks,
    (mark) => `~${mark.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

const written = /^(?:[^~]|~[0-9A-F]{2})*$/;

function fromSegment(segment: string): string {
  return segment.replaceAll(/~([0-9A-F]{2})/g, (_all, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
