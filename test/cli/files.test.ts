import assert from 'node:assert/strict';
import { run } from './shell-fixture.ts';

const topology = 'version: 1\nname: x\nsites: {}\nextra: 1\n';
const files = Object.fromEntries(
  [
    'labs/a.dr.yaml',
    'labs/b.dr.yml',
    'labs/notes.yaml',
    'labs/deep/er/c.dr.yaml',
    'labs/deep/d.dr.yaml',
    'labs/.hidden/e.dr.yaml',
    'labs/node_modules/f.dr.yaml',
    'labs/x[1].dr.yaml',
  ].map((path) => [path, topology]),
);

function linted(...operands: string[]): readonly string[] {
  const { printed, told } = run(['lint', ...operands, '--format', 'json'], files);
  assert.equal(told, '');
  const found = JSON.parse(printed) as { file: string; rule: string }[];
  return [...new Set(found.map(({ file }) => file))];
}

describe('the operands of tidemark lint', () => {
  it('may be a folder: all topology files below it, but for hidden folders and node_modules', () => {
    const all = [
      'labs/a.dr.yaml',
      'labs/b.dr.yml',
      'labs/deep/d.dr.yaml',
      'labs/deep/er/c.dr.yaml',
      'labs/x[1].dr.yaml',
    ];
    assert.deepEqual(linted('labs'), all);
    assert.deepEqual(linted('labs/', 'labs/a.dr.yaml'), all);
  });

  it('may be a pattern, where the shell leaves it alone', () => {
    assert.deepEqual(linted('labs/*.dr.yaml'), ['labs/a.dr.yaml', 'labs/x[1].dr.yaml']);
    assert.deepEqual(linted('labs/?.dr.{yaml,yml}'), ['labs/a.dr.yaml', 'labs/b.dr.yml']);
    assert.deepEqual(linted('labs\\*.dr.yml'), ['labs/b.dr.yml']);
    assert.deepEqual(linted('l*/d*/**/*.dr.yaml'), [
      'labs/deep/d.dr.yaml',
      'labs/deep/er/c.dr.yaml',
    ]);
    assert.deepEqual(linted('labs/**/c.dr.yaml'), ['labs/deep/er/c.dr.yaml']);
    assert.deepEqual(linted('labs/[!a].dr.yml'), ['labs/b.dr.yml']);
    assert.deepEqual(linted('labs/.h*/*'), ['labs/.hidden/e.dr.yaml']);
  });

  it('is a file before it is a pattern', () => {
    assert.deepEqual(linted('labs/x[1].dr.yaml'), ['labs/x[1].dr.yaml']);
  });

  it('exits with 2 where a folder or a pattern holds nothing, and lints none of the others', () => {
    const pattern = run(['lint', 'labs/a.dr.yaml', 'labs/*.toml'], files);
    assert.equal(pattern.status, 2);
    assert.equal(pattern.printed, '');
    assert.match(pattern.told, /No file matches labs\/\*\.toml/);
    const folder = run(['lint', 'empty'], { 'empty/readme.md': '' });
    assert.equal(folder.status, 2);
    assert.match(folder.told, /The folder empty holds no topology file/);
  });
});
