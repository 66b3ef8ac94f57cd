import assert from 'node:assert/strict';
import { rules } from '../../src/lint/registry.ts';
import * as limits from '../../src/topology/limits.ts';
import { parseDuration, parseSize } from '../../src/topology/quantities.ts';
import { schemaAt } from '../../src/topology/schema/lookup.ts';
import { fieldNumberOf, writtenDefaultOf } from '../../src/topology/schema/sourced.ts';

const vpg = ['vpgs', 'files'];
const fields: readonly (readonly [readonly string[], number | undefined])[] = [
  [[...vpg, 'rpo'], limits.defaultRpo],
  [[...vpg, 'testEvery'], undefined],
  [[...vpg, 'journal', 'history'], limits.defaultHistory],
  [[...vpg, 'journal', 'hardLimit'], limits.defaultHardLimit],
  [[...vpg, 'journal', 'warning'], limits.defaultWarningShare],
  [[...vpg, 'scratch', 'hardLimit'], limits.defaultScratchLimit],
  [[...vpg, 'commit', 'timeout'], limits.defaultCommitTimeout],
  [['sites', 'A', 'hosts', 'h', 'vra', 'memory'], undefined],
  [['sites', 'A', 'networks', 'lan', 'mtu'], limits.defaultMtu],
  [['links', 'wan', 'mtu'], limits.defaultMtu],
  [['links', 'wan', 'bandwidth'], undefined],
];

/** A number as the model has it. */
function valueOf(written: string): number {
  if (written.endsWith('%')) return Number(written.slice(0, -1)) / 100;
  if (/^\d+$/.test(written)) return Number(written);
  const read = written.endsWith('B') ? parseSize(written) : parseDuration(written);
  assert.ok(read.ok, written);
  return read.value;
}

describe('the numbers of the fields', () => {
  for (const [path, standard] of fields) {
    it(`${path.join('/')}: has a source, and the default is the number of the domain`, () => {
      const schema = schemaAt(path);
      assert.ok(schema);
      const number = fieldNumberOf(schema);
      assert.ok(number && number.source.length > 10);
      if (number.rule !== undefined) assert.ok(rules.some(({ name }) => name === number.rule));
      const written = writtenDefaultOf(schema);
      assert.equal(written === undefined ? undefined : valueOf(written), standard);
    });
  }
});
