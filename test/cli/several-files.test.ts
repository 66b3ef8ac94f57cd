import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './shell-fixture.ts';

const split = 'examples/split-lab';

/** The split example, its files changed, in the memory of the test. */
function lab(changes: Readonly<Record<string, (text: string) => string>> = {}) {
  const paths = [
    'lab.dr.yaml',
    'sites/production.dr.yaml',
    'sites/recovery.dr.yaml',
    'vpgs/file-server.dr.yaml',
    'drills/outages.dr.yaml',
  ];
  return Object.fromEntries(
    paths.map((path) => {
      const text = readFileSync(`${split}/${path}`, 'utf8');
      return [`lab/${path}`, changes[path]?.(text) ?? text];
    }),
  );
}

interface Said {
  readonly file: string;
  readonly rule: string;
}

function lint(args: readonly string[], files: Readonly<Record<string, string>>): Said[] {
  return JSON.parse(run(['lint', ...args, '--format', 'json'], files).printed) as Said[];
}

describe('the command line on a topology of several files', () => {
  it('lints a folder by its topologies with their parts, and none of the parts alone', () => {
    const { printed, status } = run(['lint', 'lab'], lab());
    assert.equal(printed, '5 files: nothing to report\n');
    assert.equal(status, 0);
    const alone = lint(['lab/vpgs/file-server.dr.yaml'], lab());
    assert.ok(
      alone.some(({ rule }) => rule === 'reference/unknown'),
      'a part alone is taken as a whole',
    );
    assert.deepEqual(lint(['lab/vpgs/file-server.dr.yaml', 'lab/lab.dr.yaml'], lab()), []);
  });

  it('looks for scripts beside the file that names them', () => {
    const files = lab({
      'vpgs/file-server.dr.yaml': (text) =>
        text.replace(
          '    reverseProtection: true',
          '    scripts: { pre: { command: ./pre.sh }, post: { command: ../scripts/post.sh } }\n    reverseProtection: true',
        ),
    });
    const missing = (there: Readonly<Record<string, string>>) =>
      lint(['lab/lab.dr.yaml'], { ...files, ...there }).map(({ rule, file }) => [rule, file]);
    const found = ['recovery/missing-script', 'lab/vpgs/file-server.dr.yaml'];
    assert.deepEqual(missing({}), [found, found]);
    assert.deepEqual(missing({ 'lab/vpgs/pre.sh': '' }), [found]);
    assert.deepEqual(missing({ 'lab/vpgs/pre.sh': '', 'lab/scripts/post.sh': '' }), []);
  });

  it('names the file that holds the mistake, in every format', () => {
    const files = lab({
      'vpgs/file-server.dr.yaml': (text) =>
        text.replace('recoveryHost: esx-d1', 'recoveryHost: esx-d9'),
    });
    const at = 'lab/vpgs/file-server.dr.yaml';
    const [found, ...others] = lint(['lab'], files).filter(
      ({ rule }) => rule === 'reference/unknown',
    );
    assert.deepEqual([found?.file, others], [at, []]);
    assert.match(run(['lint', 'lab'], files).printed, /^lab\/vpgs\/file-server\.dr\.yaml:8:/m);
    assert.match(
      run(['lint', 'lab', '--format', 'github'], files).printed,
      /^::error file=lab\/vpgs\/file-server\.dr\.yaml,line=8,/m,
    );
    const sarif = run(['lint', 'lab', '--format', 'sarif'], files).printed;
    assert.ok(sarif.includes(`"uri": "${at}"`));
  });

  it('--fix writes each file that a fix changes, and no other', () => {
    const files = lab({
      'sites/production.dr.yaml': (text) => text.replace(', persistent: true', ''),
      'sites/recovery.dr.yaml': (text) => `\ufeff${text.replace(', persistent: true', '')}`,
    });
    const { written, told } = run(['lint', 'lab', '--fix'], files);
    const whole = lab();
    assert.deepEqual(written, {
      'lab/sites/production.dr.yaml': whole['lab/sites/production.dr.yaml'],
      'lab/sites/recovery.dr.yaml': `\ufeff${whole['lab/sites/recovery.dr.yaml'] ?? ''}`,
    });
    assert.match(told, /^lab\/sites\/recovery\.dr\.yaml:\d+: fixed: /m);
  });

  it('--fix fixes a file once that two topologies share, and leaves what one of them needs', () => {
    const shared = {
      ...lab({ 'sites/production.dr.yaml': (text) => text.replace(', persistent: true', '') }),
      'lab/other.dr.yaml': 'version: 1\ninclude: [sites/*.dr.yaml]\n',
    };
    const { written, told } = run(['lint', 'lab', '--fix'], shared);
    assert.deepEqual(Object.keys(written), ['lab/sites/production.dr.yaml']);
    assert.equal(told.match(/fixed:/g)?.length, 1);
  });

  it('drills and reports work on the whole, and a failure names its file and line', () => {
    const files = lab({
      'drills/outages.dr.yaml': (text) => text.replace('within: 1m, cause', 'within: 1s, cause'),
    });
    const drill = ['drill', 'lab/lab.dr.yaml', '--drill', 'link-down-ten-minutes'];
    const { printed, status } = run(drill, files);
    assert.equal(status, 1);
    assert.match(printed, /lab\/drills\/outages\.dr\.yaml:21:\d+: /);
    const junit = run([...drill, '--format', 'junit'], files).printed;
    assert.match(junit, /file="lab\/drills\/outages\.dr\.yaml" line="3"/);
    assert.match(junit, /lab\/drills\/outages\.dr\.yaml:21:/);
    assert.match(
      run([...drill, '--format', 'json'], files).printed,
      /"file": "lab\/drills\/outages/,
    );
    for (const report of ['plan', 'ports', 'routes']) {
      const part = run([report, 'lab/lab.dr.yaml'], lab()).printed;
      assert.equal(part, run([report, 'examples/seed-lab.dr.yaml']).printed, report);
    }
  });

  it('refuses a drill where a file is missing, at the item that names it', () => {
    const files = lab({ 'lab.dr.yaml': (text) => text.replace('sites/*', 'site/*') });
    const { told, status } = run(['drill', 'lab/lab.dr.yaml'], files);
    assert.equal(status, 2);
    assert.match(told, /^lab\/lab\.dr\.yaml:6:5: No file matches site\/\*\.dr\.yaml/m);
  });

  it('a sweep changes a value in whichever file it stands', () => {
    const args = ['drill', 'lab/lab.dr.yaml', '--drill', 'link-down-ten-minutes', '--sweep'];
    const files = lab();
    const { printed, told } = run([...args, 'vpgs.file-server.rpo=4m..5m/1m'], files);
    assert.equal(told, '');
    assert.match(printed, /^passes from 4m to 5m$/m);
  });

  it('does not follow a link out of the folder, nor read a folder or a pipe as a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-include-'));
    try {
      const inside = join(folder, 'lab');
      cpSync(split, inside, { recursive: true });
      writeFileSync(join(folder, 'secret.dr.yaml'), 'secret: 1\n');
      symlinkSync('../../secret.dr.yaml', join(inside, 'sites/secret.dr.yaml'));
      symlinkSync('production.dr.yaml', join(inside, 'sites/again.dr.yaml'));
      mkdirSync(join(inside, 'more.dr.yaml'));
      execFileSync('mkfifo', [join(inside, 'pipe.dr.yaml')]);
      writeFileSync(
        join(inside, 'lab.dr.yaml'),
        readFileSync(join(inside, 'lab.dr.yaml'), 'utf8').replace(
          'include:\n',
          'include:\n  - more.dr.yaml\n  - pipe.dr.yaml\n',
        ),
      );
      const { stdout } = spawnSync(
        process.execPath,
        ['src/cli/main.ts', 'lint', join(inside, 'lab.dr.yaml')],
        { encoding: 'utf8', timeout: 60_000 },
      );
      assert.match(
        stdout,
        /lab\.dr\.yaml:6:5: error: more\.dr\.yaml cannot be read: it is a folder/,
      );
      assert.match(stdout, /lab\.dr\.yaml:7:5: error: There is no file pipe\.dr\.yaml/);
      assert.match(
        stdout,
        /lab\.dr\.yaml:8:5: error: sites\/secret\.dr\.yaml, .* leads out of the folder/,
      );
      assert.ok(!stdout.includes('secret: 1'));
      assert.doesNotMatch(stdout, /duplicate-name/, 'a link to a part is that part');
      assert.match(stdout, /include\/twice/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
