/** What a client has mounted: gone when it says so, and at the latest with it. */
import { limits } from './protocol.ts';
import { QuestionError } from './questions.ts';

export class ClientMounts {
  readonly #open = new Map<string, () => void>();
  /** Asked for, and not there yet. */
  #coming = 0;
  #gone = false;

  /** @throws QuestionError `not-possible` where it has as many as it may */
  begin(): void {
    if (this.#open.size + this.#coming >= limits.mounts) {
      const most = `${limits.mounts} mounts are open`;
      throw new QuestionError('not-possible', `${most} for this client: unmount one first.`);
    }
    this.#coming++;
  }

  end(): void {
    this.#coming--;
  }

  /** Of a client that has gone meanwhile it is closed at once. */
  add(mount: string, close: () => void): void {
    if (this.#gone) close();
    else this.#open.set(mount, close);
  }

  /** @throws QuestionError `unknown-name` */
  close(mount: string): void {
    const close = this.#open.get(mount);
    if (!close) throw new QuestionError('unknown-name', `This client has no mount ${mount}.`);
    this.#open.delete(mount);
    close();
  }

  /** The client has gone. */
  closeAll(): void {
    this.#gone = true;
    for (const close of this.#open.values()) close();
    this.#open.clear();
  }
}
