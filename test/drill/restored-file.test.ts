import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { runFile } from '../../src/drill/run-file.ts';

const lab = readFileSync('examples/seed-lab.dr.yaml', 'utf8').split(/^drills:$/m)[0] ?? '';

/** What a file restore comes to that asks for a file by these options. */
function restored(options: string, expectation: string): readonly string[] {
  const text = `${lab}drills:
  files:
    duration: 2m
    steps:
      - { at: 10s, write: { vm: FS01, size: 1MB, name: fonts } }
      - { at: 1m, restoreFile: { vpg: file-server, path: fonts${options} }, expect: ${expectation} }
`;
  const events = [...runFile({ type: 'run', uri: 'x.dr.yaml', text })];
  const [outcome] = events.flatMap((event) => (event.type === 'finished' ? [event.outcome] : []));
  assert.ok(outcome, JSON.stringify(events));
  return outcome.failures.map(({ message }) => message);
}

describe('a file restore in a drill', () => {
  it('finds the file where it was written, by its VM and disk or without', () => {
    for (const options of ['', ', vm: FS01', ', vm: FS01, disk: data', ', disk: data']) {
      assert.deepEqual(restored(options, '{ result: success, contains: [fonts] }'), [], options);
    }
  });

  it('is refused on a disk to which it was not written', () => {
    const found = restored(', vm: FS01, disk: system', '{ result: refused, reason: not on FS01 }');
    assert.deepEqual(found, []);
  });
});
