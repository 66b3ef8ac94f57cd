import assert from 'node:assert/strict';
import type { Path } from '../../../src/topology/document.ts';
import { fileSchema } from '../../../src/topology/schema/file.ts';
import { calledOf, shapesOf, type Schema } from '../../../src/language/schema-view.ts';
import { roleAt } from '../../../src/language/names/roles.ts';

/** Every place of the language where a scalar may stand. */
function* leaves(schema: Schema, path: Path = []): Generator<[Path, string]> {
  for (const shape of shapesOf(schema)) {
    if (shape.kind === 'leaf') yield [path, calledOf(schema) ?? ''];
    else if (shape.kind === 'map') yield* leaves(shape.value, [...path, 'some-name']);
    else if (shape.kind === 'list') yield* leaves(shape.item, [...path, 0]);
    else
      for (const [key, field] of Object.entries(shape.keys)) yield* leaves(field, [...path, key]);
  }
}

describe('the roles of names', () => {
  it('cover every field of the language that takes the name of something', () => {
    const named = /^(?:the name of a (?!folder)|Site)/;
    const found = [...leaves(fileSchema)].filter(([, called]) => named.test(called));
    assert.ok(found.length > 50, String(found.length));
    const uncovered = found.filter(([path]) => roleAt(path)?.on !== 'value');
    assert.deepEqual(
      uncovered.map(([path, called]) => `${path.join('/')}: ${called}`),
      [],
    );
  });

  it('are given to no field that takes something else', () => {
    const others = /^(?:a |an |true|low|windows|vsphere|none)/;
    for (const [path, called] of leaves(fileSchema)) {
      const role = roleAt(path);
      if (role?.on !== 'value' || role.kind === 'marker' || role.kind === 'tag') continue;
      assert.doesNotMatch(called, others, path.join('/'));
    }
  });
});
