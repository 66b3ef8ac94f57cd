/** Typed arrays that grow: numbers by the million for the bytes that they take, and no more. */
interface NumberArray<Self> {
  readonly length: number;
  [index: number]: number;
  set(source: Self, offset?: number): void;
  subarray(start: number, end: number): Self;
}

export class GrowingNumbers<Storage extends NumberArray<Storage>> {
  readonly #make: (capacity: number) => Storage;
  #numbers: Storage;
  #count = 0;

  constructor(make: (capacity: number) => Storage) {
    this.#make = make;
    this.#numbers = make(16);
  }

  get count(): number {
    return this.#count;
  }

  push(value: number): void {
    if (this.#count === this.#numbers.length) {
      const wider = this.#make(this.#count + Math.ceil(this.#count / 2));
      wider.set(this.#numbers);
      this.#numbers = wider;
    }
    this.#numbers[this.#count] = value;
    this.#count += 1;
  }

  at(index: number): number {
    return this.#numbers[index] ?? 0;
  }
}

export const growingWords = () => new GrowingNumbers((capacity) => new Uint32Array(capacity));
export const growingShorts = () => new GrowingNumbers((capacity) => new Uint16Array(capacity));
