/**
 * What a VRA was told to do, on its own storage, so that it can do it with no ZVM anywhere (OUT-1).
 *
 * Two files take turns, so a crash while one is written leaves the other. Each carries a generation
 * and a checksum; the newest that is whole counts.
 */
import { bytesPayload, joinPayloads } from '../world/payloads.ts';
import type { Done, Storage, StoredFile, World } from '../world/world.ts';
import { WorldError } from '../world/world.ts';
import type { ProtectedStream, RecoveryStream } from './messages.ts';

export interface VraConfiguration {
  /** The site whose ZVM said so: the VRA's own. */
  readonly site: string;
  readonly protect: readonly ProtectedStream[];
  readonly recover: readonly RecoveryStream[];
  /** See `Fences`. Undefined: none. */
  readonly fenced?: readonly string[] | undefined;
  readonly promoted?: readonly string[] | undefined;
}

const slots = ['configuration-a', 'configuration-b'] as const;
const title = 'tidemark-vra 1';

interface Loaded {
  readonly generation: number;
  readonly slot: number;
  readonly text: string;
}

export class StoredConfiguration {
  readonly #storage: Storage;
  readonly #folder: string;
  #generation = 0;
  #slot = 0;
  /** As stored, or as it will be. */
  #text = '';
  #waiting: string | undefined;
  #asking: Done[] = [];
  #saving = false;

  constructor(world: World, folder: string) {
    this.#storage = world.storage;
    this.#folder = folder;
  }

  /**
   * Reads it. No configuration and no error: this VRA has never been told anything. Errors: those of
   * the storage, and `corrupt` where neither file is whole.
   */
  load(
    done: (error: WorldError | undefined, configuration: VraConfiguration | undefined) => void,
  ): void {
    const read: (Loaded | WorldError | undefined)[] = [];
    const answer = (index: number, result: Loaded | WorldError | undefined): void => {
      read[index] = result;
      if (index + 1 < slots.length) {
        this.#read(index + 1, answer);
        return;
      }
      const whole = read.flatMap((each) => (each && !(each instanceof WorldError) ? [each] : []));
      const [newest] = whole.sort((a, b) => b.generation - a.generation);
      if (newest) {
        this.#generation = newest.generation;
        this.#slot = newest.slot;
        this.#text = newest.text;
        done(undefined, JSON.parse(newest.text) as VraConfiguration);
      } else {
        done(
          read.find((each) => each instanceof WorldError),
          undefined,
        );
      }
    };
    this.#read(0, answer);
  }

  #read(
    index: number,
    answer: (index: number, result: Loaded | WorldError | undefined) => void,
  ): void {
    const path = this.#path(index);
    this.#storage.open(path, { create: false }, (error, file) => {
      if (!file) {
        answer(index, error?.code === 'not-found' ? undefined : error);
        return;
      }
      file.read(0, file.size(), (failure, content) => {
        file.close();
        if (content) answer(index, parse(path, index, content.bytes()));
        else answer(index, failure);
      });
    });
  }

  /** Answers when it is durable. What is stored already is not stored again, and not answered. */
  save(configuration: VraConfiguration, done: Done): void {
    const text = JSON.stringify(configuration);
    if (text === this.#text && this.#waiting === undefined) return;
    this.#text = text;
    this.#waiting = text;
    this.#asking.push(done);
    if (!this.#saving) this.#saveNext();
  }

  #saveNext(): void {
    const text = this.#waiting;
    const asking = this.#asking;
    this.#asking = [];
    if (text === undefined) {
      this.#saving = false;
      return;
    }
    this.#waiting = undefined;
    this.#saving = true;
    const slot = 1 - this.#slot;
    this.#write(slot, this.#generation + 1, text, (error) => {
      if (error) {
        // The text is not stored, so the same one again has to be written.
        this.#text = '';
      } else {
        this.#slot = slot;
        this.#generation++;
      }
      for (const done of asking) done(error);
      this.#saveNext();
    });
  }

  #write(slot: number, generation: number, text: string, done: Done): void {
    const body = bytesPayload(new TextEncoder().encode(text));
    const head = `${title} ${generation} ${body.checksum().toString(16)}\n`;
    const content = joinPayloads([bytesPayload(new TextEncoder().encode(head)), body]);
    this.#storage.open(this.#path(slot), { create: true }, (error, file) => {
      if (!file) {
        done(error);
        return;
      }
      const finish: Done = (failure) => {
        file.close();
        if (failure) done(failure);
        else this.#storage.syncFolder(this.#folder, done);
      };
      replace(file, content, finish);
    });
  }

  #path(slot: number): string {
    return `${this.#folder}/${slots[slot] ?? slots[0]}`;
  }
}

function replace(file: StoredFile, content: ReturnType<typeof joinPayloads>, done: Done): void {
  file.write(0, [content], (error) => {
    if (error) {
      done(error);
      return;
    }
    file.truncate(content.length, (failure) => {
      if (failure) done(failure);
      else file.sync(done);
    });
  });
}

function parse(path: string, slot: number, bytes: Uint8Array): Loaded | WorldError {
  const end = bytes.indexOf(10);
  const head = new TextDecoder().decode(bytes.subarray(0, Math.max(0, end)));
  const match = /^(.*) (\d+) ([0-9a-f]+)$/.exec(head);
  const body = bytes.slice(end + 1);
  if (match?.[1] !== title || bytesPayload(body).checksum().toString(16) !== match[3]) {
    const what = 'this copy of the configuration is damaged or was never finished';
    return new WorldError('corrupt', path, what);
  }
  return { generation: Number(match[2]), slot, text: new TextDecoder().decode(body) };
}
