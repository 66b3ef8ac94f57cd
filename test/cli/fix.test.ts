import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lab } from '../lint/lab.ts';
import { run } from './shell-fixture.ts';

const file = 'x.dr.yaml';
const fix = (text: string, ...args: string[]) =>
  run(['lint', file, '--fix', ...args], { [file]: text });

const forgotten = lab().replaceAll(', persistent: true', '');

describe('tidemark lint --fix', () => {
  it('applies what is safe, says what it changed, and reports what is left', () => {
    const { written, told, printed, status } = fix(forgotten);
    assert.equal(written[file], lab());
    assert.match(
      told,
      /^x\.dr\.yaml:\d+: fixed: Make the route persistent \[zvm\/route-not-persistent\]\n/,
    );
    assert.equal(told.trimEnd().split('\n').length, 2);
    assert.ok(!printed.includes('route-not-persistent'), printed);
    assert.match(printed, /^1 file: /m);
    assert.equal(status, 0);
  });

  it('goes on where a fix makes room for another one', () => {
    const text = lab()
      .replace('192.168.100.1, nic: isolated, persistent: true', '192.168.100.1, nic: isolated')
      .replace(
        '        - { to: 10.10.10.0',
        '        # tidemark-disable-next-line zvm/route-not-persistent, zvm/no-license\n        - { to: 10.10.10.0',
      );
    const { written } = fix(text);
    assert.match(written[file] ?? '', /disable-next-line zvm\/route-not-persistent\n/);
  });

  it('makes two fixes at one place one after the other where they do not go together', () => {
    const text = lab({
      link: 'joins: [Prod_Site/isolated, DR_Site/isolated]\nbandwidth: 100Mbit/s',
    })
      .replace(/ {6}routes:\n.*\n/, '')
      .replace('pairings:\n', 'pairings:\n  - [Prod_Site, Far_Site]\n')
      .replace(
        '\nlinks:\n',
        `
  Far_Site:
    platform: vsphere
    networks: { isolated: { cidr: 10.20.20.0/24 } }
    zvm:
      license: true
      nics: { isolated: { network: isolated, address: 10.20.20.5/24 } }
      routes: [{ to: 192.168.100.0/24, via: 10.20.20.1, nic: isolated, persistent: true }]

links:
  far: { joins: [Prod_Site/isolated, Far_Site/isolated], bandwidth: 100Mbit/s }
`,
      );
    const { written, told } = fix(text, '--rule', 'reference/unused=off');
    assert.equal(told.match(/fixed: Add a route/g)?.length, 2, told);
    assert.match(
      written[file] ?? '',
      / {6}routes:\n {8}- .*to: (?:10\.10\.10|10\.20\.20)\.0.*\n {8}- .*to: (?:10\.10\.10|10\.20\.20)\.0/s,
    );
  });

  it('writes nothing where nothing is safe to fix', () => {
    const { written, told } = fix(lab());
    assert.deepEqual(written, {});
    assert.equal(told, '');
  });

  it('keeps a byte order mark and the line ends', () => {
    const crlf = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;
    assert.equal(fix(crlf(forgotten)).written[file], crlf(lab()));
  });

  it('leaves a file alone that is not text', () => {
    const { written, told } = fix(`${forgotten}\0`);
    assert.deepEqual(written, {});
    assert.match(told, /nothing is fixed/);
  });

  it('does not take away comments while the file cannot be read whole', () => {
    const { written } = fix(`# tidemark-disable-file vra/dhcp\n${lab()}oops: 1\n`);
    assert.deepEqual(written, {});
  });

  it('takes no value', () => {
    assert.equal(run(['lint', '--fix=yes', file], { [file]: lab() }).status, 2);
  });

  it('on disk replaces the file whole: permissions and links stay, nothing is left behind', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-'));
    try {
      const path = join(folder, 'real.dr.yaml');
      const link = join(folder, 'link.dr.yaml');
      writeFileSync(path, forgotten);
      chmodSync(path, 0o640);
      symlinkSync(path, link);
      execFileSync(process.execPath, ['src/cli/main.ts', 'lint', '--fix', link], { stdio: 'pipe' });
      assert.equal(readFileSync(path, 'utf8'), lab());
      assert.equal(statSync(path).mode & 0o777, 0o640);
      assert.ok(lstatSync(link).isSymbolicLink());
      assert.deepEqual(readdirSync(folder).sort(), ['link.dr.yaml', 'real.dr.yaml']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
