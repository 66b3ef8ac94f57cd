/** One run of a process, from its start to its end. What belongs to a life ends with it. */
export class Life {
  /** Counts all lives of a universe, the universe's own being 0. */
  readonly id: number;
  alive = true;

  constructor(id: number) {
    this.id = id;
  }
}
