/**
 * Mistakes that the engine must not make, each a change of one of its sources. The torture has to notice
 * every one of them: a check that nothing can fail proves nothing.
 */
export interface Mutant {
  readonly name: string;
  /** What goes wrong with it. */
  readonly what: string;
  /** Below `src/`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'acknowledge-before-durable',
    what: 'a receiving VRA acknowledges a frame when it arrives, not when it is durable',
    file: 'engine/vra/receiver-core.ts',
    find: "    this.#effects.push({ kind: 'append', stream, journal, message });\n",
    replace: `    this.#effects.push({ kind: 'append', stream, journal, message });
    {
      const { frame } = message;
      const sequence = frame.firstSequence + frame.entries.length - 1;
      const ack = { kind: 'ack', stream: frame.stream, epoch: frame.epoch, sequence } as const;
      this.#effects.push({ kind: 'ack', peer: vra, message: ack });
    }
`,
  },
];

export function mutantNamed(name: string): Mutant {
  const mutant = mutants.find((each) => each.name === name);
  if (mutant) return mutant;
  const known = mutants.map((each) => each.name).join(', ');
  throw new RangeError(`there is no mutant ${name}; there are ${known}`);
}

/** The source with the mistake in it. Throws where it does not hold what is to be changed exactly once. */
export function changed({ name, file, find, replace }: Mutant, source: string): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  const count = parts.length - 1;
  throw new RangeError(`the mutant ${name} fits into ${file} ${count} times, not once`);
}
