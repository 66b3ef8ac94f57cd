import assert from 'node:assert/strict';
import { lab } from '../lint/lab.ts';
import { run } from './shell-fixture.ts';

const seed = 'examples/seed-lab.dr.yaml';
const broken = 'examples/broken-lab.dr.yaml';
const file = 'x.dr.yaml';
const blocked = {
  [file]: lab({
    link: 'joins: [Prod_Site/isolated, DR_Site/isolated]\nbandwidth: 1Mbit/s\nallow: [9071]',
  }),
};

describe('tidemark routes', () => {
  it('exits with 0 where nothing is missing and with 1 where something is', () => {
    assert.equal(run(['routes', seed]).status, 0);
    const { status, printed } = run(['routes', broken]);
    assert.equal(status, 1);
    assert.match(printed, /MISSING in the file/);
  });

  it('takes a site and a system', () => {
    const { printed } = run([
      'routes',
      seed,
      '--site',
      'DR_Site',
      '--os=linux',
      '--format',
      'json',
    ]);
    const [zvm, ...more] = JSON.parse(printed) as { site: string; os: string }[];
    assert.deepEqual([zvm?.site, zvm?.os, more.length], ['DR_Site', 'linux', 0]);
  });

  it('exits with 2 for a site or a system that does not exist', () => {
    const misspelt = run(['routes', seed, '--site', 'DR_Sit']);
    assert.equal(misspelt.status, 2);
    assert.match(misspelt.told, /There is no site DR_Sit in this file\. Did you mean DR_Site\?/);
    assert.equal(run(['routes', seed, '--os', 'macos']).status, 2);
  });
});

describe('tidemark ports', () => {
  it('exits with 0 where all is open and with 1 where something is closed', () => {
    assert.equal(run(['ports', seed]).status, 0);
    assert.equal(run(['ports', file], blocked).status, 1);
  });

  it('prints the same rows in each format', () => {
    const rows = JSON.parse(run(['ports', seed, '--format', 'json']).printed) as {
      port: number;
      stoppedBy: null;
    }[];
    assert.equal(rows[0]?.stoppedBy, null);
    const lines = run(['ports', seed, '--format', 'csv']).printed.trimEnd().split('\r\n');
    assert.equal(lines.length, rows.length + 1);
    assert.match(run(['ports', seed]).printed, new RegExp(`^${rows.length} connections`, 'm'));
  });
});

describe('tidemark plan', () => {
  it('exits with 0 where all fits and with 1 where something is short', () => {
    assert.equal(run(['plan', seed]).status, 0);
    const { status, printed } = run(['plan', file], blocked);
    assert.equal(status, 1);
    assert.match(printed, /SHORT/);
  });

  it('prints JSON in base units, with null for what is not limited', () => {
    const text = lab({ vpg: 'journal: { history: 1h, hardLimit: unlimited }' });
    const { printed } = run(['plan', file, '--format', 'json'], { [file]: text });
    const plan = JSON.parse(printed) as { vpgs: { history: number; hardLimit: number | null }[] };
    assert.deepEqual([plan.vpgs[0]?.history, plan.vpgs[0]?.hardLimit], [3_600_000, null]);
  });
});

describe('routes, ports and plan', () => {
  for (const command of ['routes', 'ports', 'plan']) {
    it(`${command} refuses a file that cannot be read whole, and says what to mend`, () => {
      const { status, printed, told } = run([command, file], { [file]: `${lab()}oops: 1\n` });
      assert.equal(status, 2);
      assert.equal(printed, '');
      assert.match(told, /^x\.dr\.yaml:\d+:1: .*oops/);
    });

    it(`${command} needs one file`, () => {
      assert.equal(run([command]).status, 2);
      assert.equal(run([command, seed, broken]).status, 2);
    });
  }
});
