/** A file on another server, as a process has it: it is closed with the process, whose callbacks are then silent. */
import type { Life } from '../schedule/life.ts';
import { WorldError } from '../world.ts';
import type { Answer, Done, Instant, StoredFile, StoredRange } from '../world.ts';

export class RemoteProcessFile implements StoredFile {
  readonly path: string;
  readonly #file: StoredFile;
  readonly #life: Life;

  constructor(path: string, file: StoredFile, life: Life) {
    this.path = path;
    this.#file = file;
    this.#life = life;
  }

  size(): number {
    return this.#file.size();
  }

  write(...[offset, parts, done]: Parameters<StoredFile['write']>): void {
    this.#file.write(offset, parts, this.#heard(done));
  }

  read(...[offset, length, done]: Parameters<StoredFile['read']>): void {
    this.#file.read(offset, length, this.#answered(done));
  }

  sync(done: Done): void {
    this.#file.sync(this.#heard(done));
  }

  truncate(size: number, done: Done): void {
    this.#file.truncate(size, this.#heard(done));
  }

  written(done: Answer<readonly StoredRange[]>): void {
    if (this.#file.written) {
      this.#file.written(this.#answered(done));
      return;
    }
    this.sync((error) => {
      done(error, error ? undefined : [{ offset: 0, length: this.size() }]);
    });
  }

  /** Nobody knows what others have done to it. */
  changed(done: Answer<Instant>): void {
    const why = 'a disk on another server does not tell when it was changed';
    setImmediate(this.#answered(done), new WorldError('input-output', this.path, why), undefined);
  }

  close(): void {
    this.#file.close();
  }

  #heard(done: Done): Done {
    return (error) => {
      if (this.#life.alive) done(error);
    };
  }

  #answered<T>(done: Answer<T>): Answer<T> {
    return (error, value) => {
      if (this.#life.alive) done(error, value);
    };
  }
}
