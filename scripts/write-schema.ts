/** Writes `schemas/dr-topology.schema.json` from the schema in `src/topology`. */
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { topologyJsonSchema } from '../src/topology/json-schema.ts';

const target = new URL('../schemas/dr-topology.schema.json', import.meta.url);
const text = await format(JSON.stringify(topologyJsonSchema()), {
  parser: 'json',
  printWidth: 100,
});
writeFileSync(target, text);
