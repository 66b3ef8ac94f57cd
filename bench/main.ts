/** Entry of the measurements: `node bench/main.ts [suite...] [--sizes 500,1000] [--runs 10]`. */
import { parseArgs } from 'node:util';
import { drillSuite } from './drill/suite.ts';
import { engineSuite } from './engine/suite.ts';
import { lintSuite } from './lint/suite.ts';
import { nbdSuite } from './nbd/suite.ts';
import { restoreSuite } from './restore/suite.ts';
import { tell } from './report.ts';
import { rtoSuite } from './rto/suite.ts';
import { BenchError, type SuiteOptions } from './suite.ts';

const suites = [lintSuite, drillSuite, nbdSuite, engineSuite, restoreSuite, rtoSuite];

function wholeNumber(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new BenchError(`${what} takes whole numbers from 1 on, and "${text}" is none.`);
  }
  return value;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { sizes: { type: 'string' }, runs: { type: 'string' } },
  });
  const known = suites.map(({ name }) => name);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new BenchError(`There is no suite ${unknown.join(', ')}; there are ${known.join(', ')}.`);
  }
  const options: SuiteOptions = {
    sizes: values.sizes?.split(',').map((size) => wholeNumber(size, '--sizes')),
    runs: values.runs === undefined ? undefined : wholeNumber(values.runs, '--runs'),
  };
  for (const suite of suites) {
    if (positionals.length > 0 && !positionals.includes(suite.name)) continue;
    tell(`${suite.name}: ${suite.describes}`);
    await suite.run(options);
  }
} catch (error) {
  const known = error instanceof BenchError || (error instanceof TypeError && 'code' in error);
  tell(known ? error.message : String(error instanceof Error ? error.stack : error));
  process.exitCode = 1;
}
