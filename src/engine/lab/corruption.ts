/** Bit rot: what a datastore does to a file that nobody reads for a while. */
import type { Site } from '../../topology/model.ts';
import { bytesPayload } from '../world/payloads.ts';
import type { SimulatedUniverse } from '../world/simulated.ts';
import type { StoredFile } from '../world/world.ts';
import { LabError } from './types.ts';

/** How far into the middle one of a journal's segments the bit flips: among its frames, not its index. */
const depth = 0.4;
/** Milliseconds of virtual time that finding and changing the file may take. */
const limit = 10_000;

export class Corruption {
  readonly #universe: SimulatedUniverse;
  #count = 0;

  constructor(universe: SimulatedUniverse) {
    this.#universe = universe;
  }

  /** Flips a bit in the middle of the journal in a folder, `datastore/...`. Lives on until it is done. */
  journal(site: Site, folder: string): void {
    this.#count += 1;
    const { storage } = this.#universe.createProcess(`decay ${this.#count}`, { site }).world;
    const outcome: { done: boolean; problem: string | undefined } = {
      done: false,
      problem: 'its datastore does not answer',
    };
    const finish = (problem: string | undefined): void => {
      outcome.done = true;
      outcome.problem = problem;
    };
    storage.list(folder, (unlisted, names) => {
      const segments = (names ?? []).filter((name) => name.endsWith('.seg'));
      const name = segments[Math.floor((segments.length - 1) / 2)];
      if (name === undefined) {
        finish(unlisted?.message ?? 'it holds nothing yet');
        return;
      }
      storage.open(`${folder}/${name}`, { create: false, writeThrough: true }, (error, file) => {
        if (file) flip(file, Math.floor(file.size() * depth), finish);
        else finish(error?.message ?? 'it cannot be opened');
      });
    });
    this.#universe.runWhile(() => !outcome.done, this.#universe.now + limit);
    const { problem } = outcome;
    if (problem === undefined) return;
    throw new LabError('no-journal', `The journal ${folder} cannot be damaged: ${problem}`);
  }
}

function flip(file: StoredFile, offset: number, done: (problem: string | undefined) => void): void {
  file.read(offset, 1, (unread, payload) => {
    const [byte] = payload?.bytes() ?? [];
    if (byte === undefined) {
      done(unread?.message ?? 'it is empty');
      return;
    }
    file.write(offset, [bytesPayload(Uint8Array.of(byte ^ 1))], (unwritten) => {
      done(unwritten?.message);
    });
  });
}
