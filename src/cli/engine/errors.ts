/** A name that the engine's topology does not have. */
export class UnknownNameError extends Error {
  constructor(kind: string, name: string, near: string | undefined) {
    const hint = near === undefined ? '' : ` Did you mean ${near}?`;
    super(`There is no ${kind} ${name}.${hint}`);
    this.name = 'UnknownNameError';
  }
}
