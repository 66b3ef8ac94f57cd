/** Where the engine's paths, `datastore/folder/file`, lie on the machine. */
import { isAbsolute, join, relative, sep } from 'node:path';
import { WorldError } from '../world.ts';
import type { Answer, OpenOptions, StoredFile } from '../world.ts';
import { fromFileName, toFileName } from './file-names.ts';
import type { DatastoreSpace } from './space.ts';

/** Bytes of a file's name on the systems that there are. */
const longestName = 255;

/** Opens what stands for a file on another server. */
export type RemoteOpener = (options: OpenOptions, done: Answer<StoredFile>) => void;

export interface Place {
  /** On the machine. */
  readonly file: string;
  /** Undefined for a file that the user gave: it is opened as it is, never made, resized or removed. */
  readonly space: DatastoreSpace | undefined;
  /** Undefined for a file of the machine. */
  readonly remote?: RemoteOpener | undefined;
}

export class Places {
  readonly #folder: string;
  readonly #datastores: ReadonlyMap<string, DatastoreSpace>;
  readonly #given: ReadonlyMap<string, string>;
  readonly #remotes: ReadonlyMap<string, RemoteOpener>;

  /**
   * @param folder of the site; every datastore has a folder in it
   * @param given files of the user by the path that stands for each, such as the image of a protected disk
   * @param remotes files on other servers, likewise
   */
  constructor(
    folder: string,
    datastores: ReadonlyMap<string, DatastoreSpace>,
    given: ReadonlyMap<string, string>,
    remotes: ReadonlyMap<string, RemoteOpener>,
  ) {
    this.#folder = folder;
    this.#datastores = datastores;
    this.#given = given;
    this.#remotes = remotes;
  }

  datastore(path: string): DatastoreSpace | undefined {
    return this.#datastores.get(path.split('/', 1)[0] ?? '');
  }

  find(path: string): Place | WorldError {
    const given = this.#given.get(path);
    if (given !== undefined) return { file: given, space: undefined };
    const segments = path.split('/').filter((segment) => segment !== '');
    const [name = ''] = segments;
    const space = this.#datastores.get(name);
    if (!space) {
      const known = [...this.#datastores.keys()].join(', ');
      const has = known === '' ? 'none' : known;
      return new WorldError('not-found', path, `the site has no datastore ${name}; it has ${has}`);
    }
    const names = segments.map(toFileName);
    const long = names.find((each) => Buffer.byteLength(each) > longestName);
    if (long !== undefined) {
      const why = `no file can have a name of more than ${longestName} bytes, as ${long} is`;
      return new WorldError('input-output', path, why);
    }
    const file = join(this.#folder, ...names);
    if (!isInside(this.#folder, file)) {
      return new WorldError('input-output', path, 'it lies outside of the state folder');
    }
    return { file, space, remote: this.#remotes.get(path) };
  }

  /** The engine's name of a file below a folder on the machine, relative to it. */
  nameBelow(folder: string, file: string): string {
    return relative(folder, file).split(sep).map(fromFileName).join('/');
  }
}

/** Whether a file lies in a folder, however deep; neither has to exist, and no link is followed. */
export function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
