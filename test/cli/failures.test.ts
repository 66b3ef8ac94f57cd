import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/run.ts';

function lint(...operands: string[]): { status: number | null; told: string; lines: number } {
  const args = ['src/cli/main.ts', 'lint', ...operands];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, told: stderr, lines: stderr.trimEnd().split('\n').length };
}

describe('the command line, where the machine objects', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-'));
    symlinkSync('loop.dr.yaml', join(folder, 'loop.dr.yaml'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('exits with 2 and one line for a link to itself', () => {
    const { status, told, lines } = lint(join(folder, 'loop.dr.yaml'));
    assert.equal(status, 2);
    assert.equal(lines, 1);
    assert.match(told, /loop\.dr\.yaml could not be read: its links lead in a circle/);
  });

  it('leaves a link to itself out of a folder', () => {
    const { status, told } = lint(folder);
    assert.equal(status, 2);
    assert.match(told, /holds no topology file/);
  });

  it('exits with 2 and one line for a name that is too long', () => {
    for (const name of ['x'.repeat(5000), `${folder}/${'x'.repeat(300)}/*.dr.yaml`]) {
      const { status, told, lines } = lint(name);
      assert.equal(status, 2);
      assert.equal(lines, 1);
      assert.match(told, /could not be read: the name is too long/);
    }
  });

  it('exits with 2 and one line for what nobody foresaw, with the stack only if asked', () => {
    const failing = (debug: boolean): { status: unknown; told: string } => {
      let told = '';
      const fail = (): never => {
        throw new RangeError('out of everything\nand more');
      };
      const shell = {
        readFile: () => new TextEncoder().encode('version: 1\n'),
        writeFile: fail,
        kindOf: () => 'file' as const,
        list: fail,
        realPath: (path: string) => path,
        print: fail,
        tell: (text: string) => {
          told += text;
        },
        colours: false,
        progress: false,
        debug,
      };
      return { status: runCommandLine(shell, ['lint', 'x.dr.yaml']), told };
    };
    const plain = failing(false);
    assert.equal(plain.status, 2);
    assert.match(plain.told, /^tidemark lint failed unexpectedly: .*out of everything.*\n$/);
    assert.match(failing(true).told, /\n {4}at /);
  });
});
