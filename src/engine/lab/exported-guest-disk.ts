/** A disk of a VM as a server serves it, wherever the VM runs. */
import type { ExportedDisk, ZeroOptions } from '../nbd/exported-disk.ts';
import type { Payload } from '../world/payload.ts';
import type { Answer, Done, WorldError } from '../world/world.ts';
import type { GuestMachine } from './guests.ts';
import { PendingCalls } from './pending-calls.ts';

const off = 'its VM does not run: it is off, or its host is';

export class ExportedGuestDisk implements ExportedDisk {
  readonly size: number;
  readonly readOnly = false;
  /** Zeroes are written like anything else where there is no hole yet. */
  readonly zeroesFast = false;
  readonly #disk: number;
  readonly #guest: () => GuestMachine | undefined;
  readonly #calls: PendingCalls;

  /** `subject` is `VM/disk`; `disk` is its index among the VM's disks. */
  constructor(subject: string, disk: number, size: number, guest: () => GuestMachine | undefined) {
    this.size = size;
    this.#disk = disk;
    this.#guest = guest;
    this.#calls = new PendingCalls(subject);
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    this.#ask<Payload>(done, (guest, finish) => {
      guest.read(this.#disk, offset, length, finish);
    });
  }

  write(offset: number, payload: Payload, fua: boolean, done: Done): void {
    this.#change(fua, done, (guest, finish) => {
      guest.write(this.#disk, offset, payload, finish);
    });
  }

  flush(done: Done): void {
    this.#ask<undefined>(done, (guest, finish) => {
      guest.flush(this.#disk, finishes(finish));
    });
  }

  zero(offset: number, length: number, { fua }: ZeroOptions, done: Done): void {
    this.#change(fua, done, (guest, finish) => {
      guest.zero(this.#disk, offset, length, finish);
    });
  }

  /** The other side has to hold the same, so what is trimmed reads as zeroes. */
  trim(offset: number, length: number, fua: boolean, done: Done): void {
    this.zero(offset, length, { fua, mayTrim: true }, done);
  }

  /** Ends what was asked of a machine that is not there any more. */
  sweep(): void {
    this.#calls.sweep(this.#guest(), off);
  }

  #change(fua: boolean, done: Done, run: (guest: GuestMachine, finish: Done) => void): void {
    this.#ask<undefined>(done, (guest, finish) => {
      run(guest, (error) => {
        if (error || !fua) finish(error, undefined);
        else guest.flush(this.#disk, finishes(finish));
      });
    });
  }

  /** Ends whatever was asked: nobody is left to answer. */
  end(): void {
    this.#calls.sweep(undefined, off);
  }

  #ask<T>(done: Answer<T>, run: (guest: GuestMachine, finish: Answer<T>) => void): void {
    const guest = this.#guest();
    if (guest) run(guest, this.#calls.begin(guest, done));
    else done(this.#calls.closed(off), undefined);
  }
}

function finishes(answer: Answer<undefined>): Done {
  return (error: WorldError | undefined) => {
    answer(error, undefined);
  };
}
