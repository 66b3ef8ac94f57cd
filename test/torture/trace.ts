/** Prints the SHA-256 of everything that happens in the scenario of a seed. */
import { createHash } from 'node:crypto';
import { generate } from './generate.ts';
import { runTrial } from './trial.ts';

const hash = createHash('sha256');
const { events, trace } = runTrial(generate(Number(process.argv[2])), {
  record: (line) => hash.update(`${line}\n`),
});
hash.update(`${events} ${trace}`);
process.stdout.write(hash.digest('hex'));
