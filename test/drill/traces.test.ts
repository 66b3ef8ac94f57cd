import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DrillOutcome } from '../../src/drill/protocol.ts';
import { runFile } from '../../src/drill/run-file.ts';
import { traceFilesBelow, type Disk } from '../../src/drill/trace-files.ts';
import type { ReadTrace } from '../../src/drill/traces.ts';
import { run } from '../cli/shell-fixture.ts';

const seedLab = readFileSync('examples/seed-lab.dr.yaml', 'utf8');
const traced = `${seedLab
  .slice(0, seedLab.indexOf('\ndrills:\n'))
  .replace(/changeRate: \S+/, 'trace: traces/fs01.csv')}
drills:
  replay:
    duration: 2m
    expect: { vpgs: { file-server: { replicating: true, noGaps: true } } }
`;
const trace = 'version,time,op,size,lbn\n1,10,2a,65536,0\n1,40,2a,131072,1024\n';

function outcome(text: string, readTrace?: ReadTrace): DrillOutcome {
  const events = [...runFile({ type: 'run', uri: 'lab/x.dr.yaml', text }, readTrace)];
  const [finished] = events.filter((event) => event.type === 'finished');
  assert.ok(finished, JSON.stringify(events));
  return finished.outcome;
}

describe('a drill of a VM with a block trace', () => {
  it('asks for the file that the topology names, once', () => {
    const asked: string[][] = [];
    const { verdict, timeline } = outcome(traced, (...file) => {
      asked.push(file);
      return trace;
    });
    assert.equal(verdict, 'passed');
    assert.deepEqual(asked, [['traces/fs01.csv', 'lab/x.dr.yaml']]);
    const [vpg] = timeline.snapshot.vpgs;
    assert.ok(vpg && vpg.journalBytes > 0);
  });

  const line = traced.split('\n').findIndex((each) => each.includes('trace: traces/fs01.csv'));
  for (const [what, readTrace, message] of [
    [
      'cannot be read',
      () => assert.fail('permission denied'),
      /fs01\.csv of FS01 cannot be read: permission denied\./,
    ],
    ['is no trace', () => '1,2,3\n', /cannot be read: line 1: expected version,time,op,size,lbn/],
    ['is not read here', undefined, /cannot be read: files are not read here/],
  ] as const) {
    it(`fails at the place that names the file, where it ${what}`, () => {
      const { verdict, failures } = outcome(traced, readTrace);
      assert.equal(verdict, 'failed');
      assert.match(failures[0]?.message ?? '', message);
      assert.equal(failures[0]?.range.start.line, line);
    });
  }

  it('fails where the trace writes behind the end of the disks', () => {
    const { failures } = outcome(traced, () => `1,0,2a,512,${10 ** 12}\n`);
    assert.match(
      failures[0]?.message ?? '',
      /block trace of FS01 writes up to .* and its disks hold/,
    );
  });
});

describe('block traces on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-traces-'));
  const lab = join(folder, 'lab');
  mkdirSync(join(lab, 'traces'), { recursive: true });
  mkdirSync(join(lab, 'sites'));
  writeFileSync(join(lab, 'traces', 'fs01.csv'), trace);
  writeFileSync(join(lab, 'traces', 'a #1 50%.csv'), trace);
  writeFileSync(join(folder, 'secret.csv'), trace);
  symlinkSync(join(folder, 'secret.csv'), join(lab, 'traces', 'link.csv'));
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const uriOf = (...names: string[]) => pathToFileURL(join(...names)).href;
  const root = uriOf(lab, 'x.dr.yaml');
  const disk: Disk = {
    realUri: (uri) => pathToFileURL(realpathSync(fileURLToPath(uri))).href,
    readText: (uri) => readFileSync(fileURLToPath(uri), 'utf8'),
  };

  it('are read relative to the file that names them', () => {
    const read = traceFilesBelow(root, disk);
    assert.equal(read('traces/fs01.csv', root), trace);
    assert.equal(read('traces/a #1 50%.csv', root), trace);
    assert.equal(read('../traces/fs01.csv', uriOf(lab, 'sites', 'prod.dr.yaml')), trace);
  });

  for (const path of ['../secret.csv', 'traces/link.csv']) {
    it(`stay below the folder of the topology: not ${path.replace(folder, '')}`, () => {
      assert.throws(() => traceFilesBelow(root, disk)(path, root), /outside of the folder/);
    });
  }

  it('that are not on this machine are not read', () => {
    assert.throws(
      () => traceFilesBelow('untitled:x', disk)('a.csv', 'untitled:x'),
      /not on this machine/,
    );
  });
});

describe('tidemark drill of a VM with a block trace', () => {
  it('reads the trace beside the file', () => {
    const files = { 'lab/x.dr.yaml': traced, 'lab/traces/fs01.csv': trace };
    const { status, printed, told } = run(['drill', 'lab/x.dr.yaml'], files);
    assert.equal(status, 0, printed + told);
  });

  it('says at its line what is missing, and reads nothing outside of the folder', () => {
    const missing = run(['drill', 'lab/x.dr.yaml'], { 'lab/x.dr.yaml': traced });
    assert.equal(missing.status, 1);
    assert.match(
      missing.printed,
      /lab\/x\.dr\.yaml:\d+:\d+: .*fs01\.csv of FS01 cannot be read: there is no such file/,
    );
    const outside = run(['drill', 'lab/x.dr.yaml'], {
      'lab/x.dr.yaml': traced.replace('traces/fs01.csv', '../fs01.csv'),
      'fs01.csv': trace,
    });
    assert.match(outside.printed, /outside of the folder of the topology/);
  });

  it('sweeps it too', () => {
    const files = { 'lab/x.dr.yaml': traced, 'lab/traces/fs01.csv': trace };
    const { status, printed, told } = run(
      ['drill', 'lab/x.dr.yaml', '--sweep', 'links.mpls.bandwidth=10Mbit/s..20Mbit/s/10Mbit/s'],
      files,
    );
    assert.equal(status, 0, printed + told);
  });
});
