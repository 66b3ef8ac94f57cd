/**
 * All topology files that are known, and the topologies that they make: a file that another one includes is
 * a part of it, and every other file is a topology of its own.
 */
import { lintStepwise, type LintOptions } from '../lint/run.ts';
import type { Finding } from '../lint/rule.ts';
import { byDocument, type TopologyDocument } from '../topology/document.ts';
import { carrying, type CarriedFiles } from '../topology/include/carried-files.ts';
import { isFault, type FileFault, type IncludedFiles } from '../topology/include/files.ts';
import { gather, includeItems } from '../topology/include/gather.ts';
import { knownFiles } from '../topology/include/known-files.ts';
import { decoded, fileNameOf } from '../topology/include/path.ts';
import { rootsAmong } from '../topology/include/roots.ts';
import { loadParts, type LoadedTopology } from '../topology/load.ts';
import { readPart, type TopologyPart } from '../topology/part.ts';

/** What the server can read that no editor has open and that nobody has told it of. */
export interface Disk {
  /** The files below the folder of a URI that a pattern matches; undefined where it cannot look. */
  matching(folder: string, pattern: string): readonly string[] | FileFault | undefined;
  /** The file at a path below a folder; undefined where it cannot look. */
  read(folder: string, path: string): DiskFile | FileFault | undefined;
}

export interface DiskFile {
  /** The same for all paths that lead to one file. */
  readonly identity: string;
  readonly bytes: Uint8Array;
}

/** What is not to be read from disk. */
export const noDisk: Disk = { matching: () => undefined, read: () => undefined };

interface KnownFile {
  readonly version: number;
  readonly source: string | Uint8Array;
  readonly part: TopologyPart;
  readonly options: LintOptions;
}

/** A topology as it is now; it is linted when its findings are first asked for. */
export class OpenTopology {
  readonly loaded: LoadedTopology;
  /** What a process needs that cannot read the files itself. */
  readonly carried: CarriedFiles;
  readonly #options: LintOptions;
  #run: Generator<void, readonly Finding[], void> | undefined;
  #findings: readonly Finding[] | undefined;
  #byUri: ReadonlyMap<string, readonly Finding[]> | undefined;

  constructor(loaded: LoadedTopology, carried: CarriedFiles, options: LintOptions) {
    this.loaded = loaded;
    this.carried = carried;
    this.#options = options;
  }

  get uri(): string {
    return this.loaded.document.uri;
  }

  /** Lints to the end what has not been linted yet. */
  get findings(): readonly Finding[] {
    while (this.#findings === undefined) this.lintStep();
    return this.#findings;
  }

  /** Goes on linting for a moment; false where nothing was left to do. */
  lintStep(): boolean {
    if (this.#findings) return false;
    this.#run ??= lintStepwise(this.loaded, this.#options);
    const step = this.#run.next();
    if (step.done === true) {
      this.#findings = step.value;
      this.#run = undefined;
    }
    return true;
  }

  has(uri: string): boolean {
    return this.loaded.parts.some(({ document }) => document.uri === uri);
  }

  /** What is found in one of its files. */
  findingsIn(uri: string): readonly Finding[] {
    this.#byUri ??= new Map(
      [...byDocument(this.findings)].map(([document, findings]) => [document.uri, findings]),
    );
    return this.#byUri.get(uri) ?? [];
  }

  documentAt(uri: string): TopologyDocument | undefined {
    return this.loaded.topology.documents.find((document) => document.uri === uri);
  }

  /** Whether it would be put together in the same way from what is known now. */
  isMadeOf(parts: readonly TopologyPart[], options: LintOptions): boolean {
    return (
      options === this.#options &&
      parts.length === this.loaded.parts.length &&
      parts.every((part, index) => part === this.loaded.parts[index])
    );
  }
}

export class TopologyWorkspace {
  readonly #disk: Disk;
  readonly #files = new Map<string, KnownFile>();
  /** Parts that were read from disk, by their URI, and what the disk answered. */
  readonly #fromDisk = new Map<
    string,
    { readonly identity: string; readonly part: TopologyPart }
  >();
  readonly #topologies = new Map<string, OpenTopology>();
  /** The URIs of the files that are no parts; undefined where that has to be found out anew. */
  #roots: readonly string[] | undefined;
  /** Topologies that are known to be as the files are now. */
  readonly #current = new Set<OpenTopology>();

  constructor(disk: Disk = noDisk) {
    this.#disk = disk;
  }

  update(uri: string, version: number, source: string | Uint8Array, options: LintOptions): void {
    const known = this.#files.get(uri);
    const part = known?.source === source ? known.part : readPart(source, uri);
    this.#files.set(uri, { version, source, part, options });
    this.#changed();
  }

  close(uri: string): void {
    this.#files.delete(uri);
    this.#topologies.delete(uri);
    this.#changed();
  }

  /** Something on disk has changed that is in no editor. */
  forgetDisk(uri?: string): void {
    if (uri === undefined) this.#fromDisk.clear();
    else this.#fromDisk.delete(uri);
    this.#changed();
  }

  has(uri: string): boolean {
    return this.#files.has(uri);
  }

  version(uri: string): number | undefined {
    return this.#files.get(uri)?.version;
  }

  part(uri: string): TopologyPart | undefined {
    return this.#files.get(uri)?.part ?? this.#fromDisk.get(uri)?.part;
  }

  /** URI, version and source of everything that the editor has told. */
  texts(): [string, number, string | Uint8Array][] {
    return [...this.#files].map(([uri, { version, source }]) => [uri, version, source]);
  }

  /** The topologies that there are, in the order in which their files became known. */
  topologies(): OpenTopology[] {
    return this.#rootUris().flatMap((uri) => this.#topology(uri) ?? []);
  }

  /** The topologies that a file is part of. */
  topologiesOf(uri: string): OpenTopology[] {
    const own = this.#files.get(uri);
    // Without an include anywhere, which is the usual case, nothing has to be searched.
    if (own && this.#rootUris().includes(uri)) {
      const alone = this.#topology(uri);
      return alone ? [alone] : [];
    }
    return this.topologies().filter((topology) => topology.has(uri));
  }

  #changed(): void {
    this.#roots = undefined;
    this.#current.clear();
  }

  #rootUris(): readonly string[] {
    this.#roots ??= rootsAmong([...this.#files.keys()], (uri) => this.#reachedFrom(uri));
    return this.#roots;
  }

  #reachedFrom(uri: string): ReadonlySet<string> {
    const file = this.#files.get(uri);
    if (!file || includeItems(file.part.document).length === 0) return new Set();
    const { parts } = gather(file.part, fileNameOf(uri), this.#filesFrom(uri));
    return new Set(parts.slice(1).map(({ document }) => document.uri));
  }

  #topology(uri: string): OpenTopology | undefined {
    const file = this.#files.get(uri);
    if (!file) return undefined;
    const before = this.#topologies.get(uri);
    if (before && this.#current.has(before)) return before;
    const topology = this.#renewed(uri, file, before);
    this.#topologies.set(uri, topology);
    this.#current.add(topology);
    return topology;
  }

  #renewed(uri: string, file: KnownFile, before: OpenTopology | undefined): OpenTopology {
    const { part, options } = file;
    const around = includeItems(part.document).length > 0 ? this.#filesFrom(uri) : undefined;
    const parts = around ? gather(part, fileNameOf(uri), around).parts : [part];
    if (before?.isMadeOf(parts, options) === true) return before;
    const { files, carried } = around ? carrying(around) : { files: undefined, carried: nothing };
    return new OpenTopology(loadParts(part, files), carried(), options);
  }

  /** What the editor has told goes before what is on disk. */
  #filesFrom(root: string): IncludedFiles | undefined {
    const folder = root.slice(0, root.lastIndexOf('/') + 1);
    // An untitled document has no folder.
    if (!/^[a-z][a-z\d+.-]*:\//i.test(folder)) return undefined;
    const told = new Map<string, string>();
    for (const uri of this.#files.keys()) {
      if (uri.startsWith(folder)) told.set(decoded(uri.slice(folder.length)), uri);
    }
    const fromTold = knownFiles(root, told.keys(), (path) => {
      const uri = told.get(path);
      const file = uri === undefined ? undefined : this.#files.get(uri);
      return uri === undefined || !file
        ? { fault: 'missing', reason: 'there is no such file' }
        : { identity: uri, part: file.part };
    });
    return {
      root,
      matching: (pattern) => {
        const known = fromTold.matching(pattern);
        const onDisk = this.#disk.matching(folder, pattern);
        if (onDisk === undefined || isFault(known)) return known;
        if (isFault(onDisk)) return known.length > 0 ? known : onDisk;
        return [...new Set([...known, ...onDisk])].sort(byFolders);
      },
      read: (path) => {
        if (told.has(path)) return fromTold.read(path);
        return this.#readDisk(folder, path) ?? fromTold.read(path);
      },
    };
  }

  #readDisk(folder: string, path: string) {
    const uri = folder + path.split('/').map(encodeURIComponent).join('/');
    const known = this.#fromDisk.get(uri);
    if (known) return known;
    const found = this.#disk.read(folder, path);
    if (!found || isFault(found)) return found;
    // By another path it may be a file that the editor has told.
    const told = this.#files.get(found.identity);
    if (told) return { identity: found.identity, part: told.part };
    const read = { identity: found.identity, part: readPart(found.bytes, uri) };
    this.#fromDisk.set(uri, read);
    return read;
  }
}

const nothing = (): CarriedFiles => ({ root: '', matches: [], files: [] });

/** As a walk over folders finds them: name by name. */
function byFolders(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  const differs = left.findIndex((name, index) => name !== right[index]);
  const [one = '', other = ''] = [left[differs], right[differs]];
  return one < other ? -1 : one > other ? 1 : 0;
}
