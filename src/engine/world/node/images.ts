/** Files of the user that stand for disks, looked at before anything is done with them. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isInside } from './places.ts';

export interface ImageWanted {
  /** `VM/disk`, for messages. */
  readonly subject: string;
  /** As the topology file has it. */
  readonly image: string;
  /** Bytes. */
  readonly size: number;
}

export interface ImageProblem {
  readonly code: 'image-missing' | 'image-size' | 'image-outside' | 'image-shared' | 'image-denied';
  readonly subject: string;
  readonly message: string;
}

export interface ImageRules {
  /** Images are relative to this folder. */
  readonly folder: string;
  /** Whether they may lie outside of it. */
  readonly anywhere: boolean;
}

/** Looks at images one after the other; the same file twice is found. */
export class ImageCheck {
  readonly #rules: ImageRules;
  /** By device and number of the file, whatever names it has. */
  readonly #known = new Map<string, string>();

  constructor(rules: ImageRules) {
    this.#rules = rules;
  }

  /** The file's full name, links followed, or what is wrong with it. */
  look({ subject, image, size }: ImageWanted): string | ImageProblem {
    const { folder, anywhere } = this.#rules;
    const named = resolve(folder, image);
    const problem = (code: ImageProblem['code'], message: string): ImageProblem => ({
      code,
      subject,
      message: `${subject}: ${message}`,
    });
    const outside = `the image ${image} lies outside of the topology's folder ${folder}`;
    if (!anywhere && !isInside(resolve(folder), named)) return problem('image-outside', outside);
    try {
      const file = realpathSync(named);
      if (!anywhere && !isInside(realpathSync(folder), file)) {
        return problem('image-outside', `${outside}: it is a link to ${file}`);
      }
      const stats = statSync(file, { bigint: true });
      if (!stats.isFile()) return problem('image-missing', `the image ${named} is not a file`);
      const key = `${stats.dev} ${stats.ino}`;
      const other = this.#known.get(key);
      if (other !== undefined) {
        return problem('image-shared', `the image ${named} is that of ${other} as well`);
      }
      this.#known.set(key, subject);
      if (stats.size !== BigInt(size)) {
        const than = stats.size < BigInt(size) ? 'shorter than' : 'longer than';
        const why = `the image ${named} has ${stats.size} bytes and is ${than} the disk's ${size}`;
        const help =
          stats.size < BigInt(size)
            ? 'if it was cut off, bring it back from where it is whole'
            : 'set the size of the disk to that of its image';
        return problem('image-size', `${why}; ${help}`);
      }
      accessSync(file, constants.R_OK | constants.W_OK);
      return file;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') {
        const help = `an empty one is made by: truncate -s ${size} '${named}'`;
        return problem('image-missing', `there is no image ${named}; ${help}`);
      }
      return problem('image-denied', `the image ${named} cannot be used: ${message}`);
    }
  }
}
