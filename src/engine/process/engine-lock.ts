/**
 * One engine for a state folder, also after a `kill -9`.
 *
 * A lock is a file `lock.N` that tells who holds it; the greatest N is the one that counts, and it only ever
 * grows. Who finds that its holder is gone does not remove it, which somebody else could do at the same time
 * and take a third one's lock away: it makes `lock.N+1`, which only one can, and removes the older ones then.
 * Who made a file while somebody else had gone past it finds a greater one, and has lost.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasCode } from './error-codes.ts';
import { identitySchema, type ProcessIdentity, type ProcessView } from './process-identity.ts';

const contentSchema = z.object({
  /** Null when it was given back. */
  holder: identitySchema.nullable(),
  /** ISO 8601. */
  since: z.string(),
});
type Content = z.infer<typeof contentSchema>;

/** Another engine uses the folder, or may. */
export class LockedError extends Error {
  readonly holder: ProcessIdentity;

  constructor(message: string, holder: ProcessIdentity) {
    super(message);
    this.name = 'LockedError';
    this.holder = holder;
  }
}

export interface LockOptions {
  readonly view: ProcessView;
  readonly since: string;
  /**
   * Whether an engine answers for the folder: asked where the process numbers do not tell.
   */
  answers(): Promise<boolean>;
}

export class EngineLock {
  readonly #folder: string;
  readonly #generation: number;

  private constructor(folder: string, generation: number) {
    this.#folder = folder;
    this.#generation = generation;
  }

  /** @throws LockedError; whatever keeps a file from being made in the folder */
  static async acquire(folder: string, options: LockOptions): Promise<EngineLock> {
    const { view, since } = options;
    const draft = draftIn(folder);
    await writeDurably(draft, textOf({ holder: view.self, since }));
    try {
      for (;;) {
        const newest = (await generations(folder)).at(-1);
        if (newest !== undefined) await refuseWhileHeld(folder, newest, options);
        const own = (newest ?? 0) + 1;
        try {
          // Made whole or not at all, and only where there is none.
          await link(draft, lockFile(folder, own));
        } catch (error) {
          if (hasCode(error, 'EEXIST')) continue;
          throw error;
        }
        const now = await generations(folder);
        if (now.at(-1) !== own) {
          await rm(lockFile(folder, own), { force: true });
          continue;
        }
        for (const older of now.slice(0, -1)) await rm(lockFile(folder, older), { force: true });
        return new EngineLock(folder, own);
      }
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** After it nothing of the folder may be touched any more. The file stays: its number must not come again. */
  async release(): Promise<void> {
    const draft = draftIn(this.#folder);
    await writeDurably(draft, textOf({ holder: null, since: '' }));
    await rename(draft, lockFile(this.#folder, this.#generation));
  }
}

/** Who holds the lock of a folder, or died with it. */
export async function lastHolder(folder: string): Promise<ProcessIdentity | undefined> {
  const newest = (await generations(folder)).at(-1);
  return newest === undefined ? undefined : ((await read(folder, newest))?.holder ?? undefined);
}

async function refuseWhileHeld(
  folder: string,
  generation: number,
  { view, ...options }: LockOptions,
): Promise<void> {
  const content = await read(folder, generation);
  // A lock is linked when it is whole, so one that is not is what a crash of the machine has left.
  if (!content?.holder) return;
  const { holder, since } = content;
  const who = `process ${holder.pid} since ${since}`;
  const file = lockFile(folder, generation);
  switch (view.lifeOf(holder)) {
    case 'gone':
      return;
    case 'alive':
      throw new LockedError(`${folder} is in use by an engine: ${who}.`, holder);
    case 'other-namespace':
      if (!(await options.answers())) return;
      throw new LockedError(
        `${folder} is in use by an engine in another container: ${who} there.`,
        holder,
      );
    case 'uncertain':
      throw new LockedError(
        `${folder} is in use by an engine, as far as can be told: ${who}. ` +
          `If that process is something else, remove ${file}.`,
        holder,
      );
    case 'other-machine':
      throw new LockedError(
        `${folder} is in use by an engine on another machine (${holder.machine}): ${who} there. ` +
          `If no engine runs there any more, remove ${file}.`,
        holder,
      );
  }
}

async function read(folder: string, generation: number): Promise<Content | undefined> {
  let text: string;
  try {
    text = await readFile(lockFile(folder, generation), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return contentSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Of all lock files, ascending. */
async function generations(folder: string): Promise<readonly number[]> {
  const numbers = (await readdir(folder)).flatMap((name) => {
    const [, digits] = /^lock\.(\d{1,15})$/.exec(name) ?? [];
    return digits === undefined ? [] : [Number(digits)];
  });
  return numbers.sort((a, b) => a - b);
}

function lockFile(folder: string, generation: number): string {
  return join(folder, `lock.${generation}`);
}

function draftIn(folder: string): string {
  return join(folder, `lock-draft.${randomUUID()}`);
}

function textOf(content: Content): string {
  return `${JSON.stringify(content)}\n`;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
