/** What has a power button. */

/** What a machine goes through: `off` is a pulled plug, `end` the death of its process alone. */
export type Ending = 'off' | 'end';

export interface Machine {
  readonly running: boolean;
  start(): void;
  stop(ending: Ending): void;
}
