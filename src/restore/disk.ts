/** A recovered disk, as it is read here. */

/** One that answers in its own time, such as one behind a socket. */
export interface ReadableDisk {
  /** Bytes. */
  readonly size: number;
  /** Exactly that many bytes, which lie within the size. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** One that answers at once, as 7-Zip has to have it. */
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
