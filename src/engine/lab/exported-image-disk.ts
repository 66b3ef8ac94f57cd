/**
 * A disk of an image, as a server serves it. What is written to it lies in the image's scratch; to one that is
 * mounted nothing can be written.
 */
import type { Image, JournalError } from '../journal/journal.ts';
import type { ExportedDisk, ZeroOptions } from '../nbd/exported-disk.ts';
import type { Payload } from '../world/payload.ts';
import { zeroes } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Done, WorldErrorCode } from '../world/world.ts';
import { PendingCalls } from './pending-calls.ts';

const gone = 'the image is closed, or the VRA that served it is down';

export class ExportedImageDisk implements ExportedDisk {
  readonly size: number;
  readonly readOnly: boolean;
  readonly zeroesFast = false;
  readonly #subject: string;
  readonly #disk: number;
  readonly #image: Image;
  readonly #present: () => Image | undefined;
  readonly #calls: PendingCalls;

  /** `present` answers the image as long as it is open. */
  constructor(image: Image, disk: number, present: () => Image | undefined, readOnly = false) {
    this.readOnly = readOnly;
    const known = image.disks[disk];
    this.#subject = `${known?.name ?? disk} at checkpoint ${image.checkpoint}`;
    this.size = known?.size ?? 0;
    this.#disk = disk;
    this.#image = image;
    this.#present = present;
    this.#calls = new PendingCalls(this.#subject);
  }

  read(offset: number, length: number, done: Answer<Payload>): void {
    this.#ask<Payload>(done, (finish) => {
      this.#image.read(this.#disk, offset, length, (error, payload) => {
        finish(this.#asWorldError(error), payload);
      });
    });
  }

  write(offset: number, payload: Payload, fua: boolean, done: Done): void {
    if (this.readOnly) {
      done(new WorldError('input-output', this.#subject, 'it can only be read'));
      return;
    }
    this.#ask<undefined>(done, (finish) => {
      const written = (error: JournalError | undefined): void => {
        finish(this.#asWorldError(error), undefined);
      };
      this.#image.write(this.#disk, offset, payload, (error) => {
        if (error === undefined && fua) this.#image.flush(written);
        else written(error);
      });
    });
  }

  flush(done: Done): void {
    this.#ask<undefined>(done, (finish) => {
      this.#image.flush((error) => {
        finish(this.#asWorldError(error), undefined);
      });
    });
  }

  zero(offset: number, length: number, { fua }: ZeroOptions, done: Done): void {
    this.write(offset, zeroes(length), fua, done);
  }

  /** It costs scratch to say that a range is not needed any more, and keeping it costs nothing. */
  trim(_offset: number, _length: number, fua: boolean, done: Done): void {
    if (fua) this.flush(done);
    else
      this.read(0, 0, (error) => {
        done(error);
      });
  }

  /** Ends what was asked of an image that is not there any more. */
  sweep(): void {
    this.#calls.sweep(this.#present(), gone);
  }

  /** Ends whatever was asked: nobody is left to answer. */
  end(): void {
    this.#calls.sweep(undefined, gone);
  }

  #ask<T>(done: Answer<T>, run: (finish: Answer<T>) => void): void {
    if (this.#present() === this.#image) run(this.#calls.begin(this.#image, done));
    else done(this.#calls.closed(gone), undefined);
  }

  #asWorldError(error: JournalError | undefined): WorldError | undefined {
    return error && new WorldError(codeOf(error), this.#subject, error.message);
  }
}

function codeOf(error: JournalError): WorldErrorCode {
  switch (error.code) {
    case 'scratch-full':
    case 'no-space':
      return 'no-space';
    case 'closed':
    case 'out-of-range':
    case 'corrupt':
      return error.code;
    default:
      return 'input-output';
  }
}
