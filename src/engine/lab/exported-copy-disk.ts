/** A disk of a clone's copy, as a server serves it: to be read, and nothing else. */
import type { ExportedDisk } from '../nbd/exported-disk.ts';
import type { Copy } from '../vra/copies.ts';
import type { Payload } from '../world/payload.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Done } from '../world/world.ts';

export class ExportedCopyDisk implements ExportedDisk {
  readonly size: number;
  readonly readOnly = true;
  readonly zeroesFast = false;
  readonly #subject: string;
  readonly #copy: Copy;
  readonly #disk: number;

  /** `disk` counts within the copy. */
  constructor(subject: string, copy: Copy, disk: number) {
    this.#subject = subject;
    this.#copy = copy;
    this.#disk = disk;
    this.size = copy.disks[disk]?.size ?? 0;
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    this.#copy.read(this.#disk, offset, length, (problem, payload) => {
      if (payload) done(undefined, payload);
      else done(this.#error(problem ?? 'the copy cannot be read'), undefined);
    });
  }

  write(_offset: number, _payload: Payload, _fua: boolean, done: Done): void {
    done(this.#error('the copy is read-only'));
  }

  flush(done: Done): void {
    done(undefined);
  }

  zero(_offset: number, _length: number, _options: object, done: Done): void {
    done(this.#error('the copy is read-only'));
  }

  trim(_offset: number, _length: number, _fua: boolean, done: Done): void {
    done(this.#error('the copy is read-only'));
  }

  #error(message: string): WorldError {
    return new WorldError('input-output', this.#subject, message);
  }
}
