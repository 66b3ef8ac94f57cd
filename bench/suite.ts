/** What a suite is asked for. What is absent, the suite decides. */
export interface SuiteOptions {
  /** Numbers of VMs. */
  readonly sizes?: readonly number[] | undefined;
  /** Measured repetitions, warm-up not counted. */
  readonly runs?: number | undefined;
}

export interface Suite {
  readonly name: string;
  readonly describes: string;
  /** Prints its figures and writes them to `artifacts/bench/`. */
  run(options: SuiteOptions): Promise<void>;
}

/** A measurement that could not be made, and why. */
export class BenchError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BenchError';
  }
}
