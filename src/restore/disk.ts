/** A disk as those read it who look for files in it. */

export interface SynchronousDisk {
  /** Bytes. */
  readonly size: number;
  /** Fills `into` with what is at the offset. Within the size. @throws where it cannot be read */
  read(offset: number, into: Uint8Array): void;
}

/** A part of a disk, as a disk: a partition. */
export function partOf(disk: SynchronousDisk, offset: number, size: number): SynchronousDisk {
  return {
    size,
    read: (at, into) => {
      disk.read(offset + at, into);
    },
  };
}
