/** Seeded randomness: the same seed and label give the same numbers on every machine. */
import { hashText, mix32 } from './hash.ts';
import type { Random } from './world.ts';

/**
 * Small fast counting (sfc32, by Chris Doty-Humphrey; passes PractRand): 128 bits of state, of which a
 * counter guarantees a period of at least 2^32. Chosen because it needs nothing but 32-bit additions
 * and shifts, which JavaScript does fast and alike everywhere.
 */
class SeededRandom implements Random {
  readonly #seed: number;
  readonly #stream: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream: number) {
    this.#seed = seed;
    this.#stream = stream;
    this.#a = mix32(seed);
    this.#b = mix32(stream ^ 0x9e3779b9);
    this.#c = mix32(seed + Math.imul(stream, 0x85ebca6b));
    // The first numbers of nearby seeds resemble each other until the state has been stirred.
    for (let round = 0; round < 12; round++) this.#word();
  }

  next(): number {
    return (this.#word() >>> 0) / 4294967296;
  }

  integer(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  fork(label: string): Random {
    const from = hashText(label);
    return new SeededRandom(mix32(this.#seed ^ from.low), mix32(this.#stream + from.high));
  }

  copy(): Random {
    const copy = new SeededRandom(this.#seed, this.#stream);
    copy.#a = this.#a;
    copy.#b = this.#b;
    copy.#c = this.#c;
    copy.#counter = this.#counter;
    return copy;
  }

  #word(): number {
    const word = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word;
  }
}

/**
 * A stream of numbers from a seed (a whole number). `fork` derives another stream from the seed and
 * the label alone: forking twice with one label gives the same stream twice.
 */
export function createRandom(seed: number): Random {
  return new SeededRandom(mix32(seed | 0), mix32(Math.floor(seed / 4294967296) | 0));
}
