import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { topologyJsonSchema } from '../../src/topology/json-schema.ts';

type Json = Readonly<Record<string, unknown>>;

function read(): Json {
  const url = new URL('../../schemas/dr-topology.schema.json', import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Json;
}

/** Every schema inside of a schema, with the way to it. */
function* schemasIn(schema: Json, way: string): Generator<readonly [string, Json]> {
  yield [way, schema];
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Json>>;
  for (const [key, value] of Object.entries(properties)) yield* schemasIn(value, `${way}.${key}`);
  const { additionalProperties, items } = schema;
  if (typeof additionalProperties === 'object' && additionalProperties !== null) {
    yield* schemasIn(additionalProperties as Json, `${way}.*`);
  }
  if (typeof items === 'object' && !Array.isArray(items)) {
    yield* schemasIn(items as Json, `${way}[]`);
  }
}

describe('the JSON Schema', () => {
  it('in the repository is current (otherwise run: npm run schema)', () => {
    assert.deepEqual(read(), JSON.parse(JSON.stringify(topologyJsonSchema())));
  });

  it('describes every key of the language', () => {
    for (const [way, schema] of schemasIn(topologyJsonSchema(), 'file')) {
      assert.equal(typeof schema['description'], 'string', `${way} has no description`);
    }
  });

  it('takes no key that the language does not know', () => {
    for (const [way, schema] of schemasIn(topologyJsonSchema(), 'file')) {
      if (schema['properties'] === undefined) continue;
      assert.equal(schema['additionalProperties'], false, `${way} takes any key`);
    }
  });

  it('gives patterns, examples and defaults as they are written in a file', () => {
    const schemas = new Map(schemasIn(topologyJsonSchema(), 'file'));
    const history = schemas.get('file.vpgs.*.journal.history');
    assert.equal(history?.['default'], '24h');
    assert.deepEqual(history['examples'], ['4h', '24h', '7d']);
    assert.deepEqual(schemas.get('file.sites.*.platform')?.['enum'], [
      'vsphere',
      'hyperv',
      'kvm',
      'aws',
      'azure',
    ]);
    const cidr = schemas.get('file.sites.*.networks.*.cidr')?.['pattern'];
    assert.ok(typeof cidr === 'string');
    assert.match('10.1.0.0/24', new RegExp(cidr));
    assert.doesNotMatch('10.1.0.0', new RegExp(cidr));
  });
});
