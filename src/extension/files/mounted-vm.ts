/** The disks of one VM at a checkpoint, mounted by the engine, and what looks for files in them. */
import type { ControlClient } from '../../engine/control/control-client.ts';
import type { ServedDisk } from '../../engine/control/questions.ts';
import type { DiskBrowser } from '../../restore/disk-browser.ts';

export type Asks = Pick<ControlClient, 'ask'>;

/** What is mounted, by names of the topology. */
export interface MountedName {
  readonly vpg: string;
  /** Id of the checkpoint. */
  readonly checkpoint: number;
  readonly vm: string;
}

/** The engine does not mount it; the message says all that is missing. */
export class MountRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MountRefusedError';
  }
}

export class MountedVm {
  readonly #asks: Asks;
  readonly #mount: string;
  readonly #disks: readonly ServedDisk[];
  readonly #opened = new Map<string, Promise<DiskBrowser>>();
  readonly #closings: (() => void)[] = [];
  /** Milliseconds since 1970. */
  readonly time: number;
  #users = 0;
  #used = Date.now();

  private constructor(
    asks: Asks,
    mount: string,
    disks: readonly ServedDisk[],
    checkpointTime: number,
  ) {
    this.#asks = asks;
    this.#mount = mount;
    this.#disks = disks;
    this.time = checkpointTime;
  }

  /** @throws MountRefusedError, QuestionError or DisconnectedError */
  static async mount(asks: Asks, { vpg, checkpoint, vm }: MountedName): Promise<MountedVm> {
    const selector = { kind: 'id', id: checkpoint } as const;
    const notes = 'to browse its files in the editor';
    const answer = await asks.ask({ kind: 'mount', vpg, vm, checkpoint: selector, notes });
    if (answer.result === 'refused') throw new MountRefusedError(answer.reason);
    return new MountedVm(asks, answer.mount, answer.disks, answer.checkpoint.time);
  }

  /** By their names within the VM. */
  get disks(): readonly string[] {
    return this.#disks.map(({ disk }) => disk.slice(disk.lastIndexOf('/') + 1));
  }

  /** Milliseconds for which nobody has used it. */
  get unusedFor(): number {
    return this.#users > 0 ? 0 : Date.now() - this.#used;
  }

  /** Looks into a disk, for as long as `use` takes; undefined where the VM has no such disk. */
  async use<T>(disk: string, use: (browser: DiskBrowser) => Promise<T>): Promise<T | undefined> {
    const served = this.#disks.find((each) => each.disk.endsWith(`/${disk}`));
    if (!served) return undefined;
    this.#users++;
    try {
      const opened = this.#opened.get(disk) ?? this.#open(served);
      this.#opened.set(disk, opened);
      return await use(await opened);
    } finally {
      this.#users--;
      this.#used = Date.now();
    }
  }

  /** Whatever is under way fails. The engine closes what it has mounted, also where it cannot be asked. */
  close(): void {
    for (const close of this.#closings.splice(0)) close();
    this.#asks.ask({ kind: 'unmount', mount: this.#mount }).catch(() => undefined);
  }

  async #open({ uri, disk: subject }: ServedDisk): Promise<DiskBrowser> {
    const { openDiskBrowser } = await import('./open-disk-browser.ts');
    const { browser, disk } = await openDiskBrowser(uri, subject);
    this.#closings.push(() => {
      void browser.close();
      disk.close();
    });
    return browser;
  }
}
