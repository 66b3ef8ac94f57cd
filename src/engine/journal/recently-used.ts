/** Values by number, as many as fit into a budget: those that were used last. */
export class RecentlyUsed<T> {
  readonly #budget: number;
  readonly #cost: (value: T) => number;
  /** In the order of their last use. */
  readonly #kept = new Map<number, T>();
  #used = 0;

  /** One value alone may cost more than the budget. */
  constructor(budget: number, cost: (value: T) => number) {
    this.#budget = budget;
    this.#cost = cost;
  }

  get(key: number): T | undefined {
    const value = this.#kept.get(key);
    if (value !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, value);
    }
    return value;
  }

  /** Takes in a value under a key that has none. */
  set(key: number, value: T): void {
    this.#kept.set(key, value);
    this.#used += this.#cost(value);
    for (const [oldest, other] of this.#kept) {
      if (this.#used <= this.#budget || oldest === key) return;
      this.#kept.delete(oldest);
      this.#used -= this.#cost(other);
    }
  }
}
