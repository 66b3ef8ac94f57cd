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

  /** Makes room for so many in all: growing step by step takes longer, and more memory in the end. */
  reserve(capacity: number): void {
    if (capacity > this.#numbers.length) this.#resize(capacity);
  }

  push(value: number): void {
    if (this.#count === this.#numbers.length) {
      this.#resize(this.#count + Math.ceil(this.#count / 2));
    }
    this.#numbers[this.#count] = value;
    this.#count += 1;
  }

  at(index: number): number {
    return this.#numbers[index] ?? 0;
  }

  #resize(capacity: number): void {
    const wider = this.#make(capacity);
    wider.set(this.#numbers.subarray(0, this.#count));
    this.#numbers = wider;
  }
}

export const growingWords = () => new GrowingNumbers((capacity) => new Uint32Array(capacity));
export const growingShorts = () => new GrowingNumbers((capacity) => new Uint16Array(capacity));
