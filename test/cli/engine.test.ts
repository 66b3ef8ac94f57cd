import assert from 'node:assert/strict';
import { checkpointNamed } from '../../src/cli/engine/words.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { UsageError, type Shell } from '../../src/cli/shell.ts';
import type { ControlClient } from '../../src/engine/control/control-client.ts';
import type { Question } from '../../src/engine/control/questions.ts';

interface Said {
  readonly status: number;
  readonly printed: string;
  readonly told: string;
  readonly asked: readonly Question[];
}

/** Runs a command against an engine that answers what it is told to. */
async function run(
  args: readonly string[],
  answer: unknown = { result: 'success' },
): Promise<Said> {
  let printed = '';
  let told = '';
  const asked: Question[] = [];
  const client = {
    ask: (question: Question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
    close: () => undefined,
  } as unknown as ControlClient;
  const unused = (): never => {
    throw new Error('No file is touched.');
  };
  const shell: Shell = {
    readFile: unused,
    writeFile: unused,
    kindOf: unused,
    list: unused,
    realPath: unused,
    print: (text) => (printed += text),
    tell: (text) => (told += text),
    colours: false,
    progress: false,
    engines: {
      absolutePath: (path) => `/here/${path}`,
      connect: () => Promise.resolve(client),
      filedReports: () => Promise.resolve([]),
      openDisk: unused,
      untilInterrupted: unused,
      run: unused,
    },
  };
  const status = await runCommandLine(shell, args);
  return { status, printed, told, asked };
}

describe('the choice of a checkpoint', () => {
  it('is latest, oldest, an id, a time or a tag', () => {
    assert.deepEqual(checkpointNamed('latest'), { kind: 'latest' });
    assert.deepEqual(checkpointNamed('oldest'), { kind: 'oldest' });
    assert.deepEqual(checkpointNamed('359129551'), { kind: 'id', id: 359_129_551 });
    for (const text of [
      '2026-01-02T03:04:05Z',
      '2026-01-02T03:04:05.000Z',
      '2026-01-02T04:04:05+01:00',
    ]) {
      const time = Date.UTC(2026, 0, 2, 3, 4, 5);
      assert.deepEqual(checkpointNamed(text), { kind: 'time', time, inclusive: true }, text);
    }
    for (const tag of ['before upgrade', 'v1.2', '2026-01-02 release', 'Latest', '-5']) {
      assert.deepEqual(checkpointNamed(tag), { kind: 'tag', tag });
    }
  });

  it('is a mistake where it looks like a time and is none', () => {
    for (const text of ['2026-13-01', '2026-01-02T25:00Z', '']) {
      assert.throws(() => checkpointNamed(text), UsageError, text);
    }
  });
});

describe('the verbs of an engine', () => {
  it('ask for what stands on the command line', async () => {
    const cases: [string[], object][] = [
      [
        [
          'failover',
          'shop',
          '--checkpoint',
          '7',
          '--shutdown',
          'force',
          '--commit-policy',
          'rollback',
          '--commit-timeout',
          '10m',
          '--reverse-protection',
          'true',
          '--continue-on-script-failure',
        ],
        {
          kind: 'failover',
          vpg: 'shop',
          checkpoint: { kind: 'id', id: 7 },
          shutdown: 'force',
          commitPolicy: 'rollback',
          commitTimeout: 600_000,
          reverseProtection: true,
          continueOnScriptFailure: true,
        },
      ],
      [
        ['stop-test', 'shop', '--note', 'slow', '--success=false'],
        { kind: 'stop-test', vpg: 'shop', success: false, notes: 'slow' },
      ],
      [
        ['checkpoint', 'shop', '--tag', 'golden'],
        { kind: 'checkpoint', vpg: 'shop', tag: 'golden', application: false },
      ],
      [
        ['checkpoint', 'shop', '--application', '--tag', 'month end'],
        { kind: 'checkpoint', vpg: 'shop', tag: 'month end', application: true },
      ],
      [['reverse-protect', 'shop'], { kind: 'reverse-protect', vpg: 'shop' }],
    ];
    for (const [args, request] of cases) {
      const { status, asked } = await run([...args, '--site', 'DR_Site']);
      assert.equal(status, 0);
      assert.deepEqual(asked, [{ kind: 'request', site: 'DR_Site', request }]);
    }
    const degraded = await run([
      'link',
      'degrade',
      'mpls',
      '--bandwidth',
      '8Mbit/s',
      '--loss',
      '2%',
    ]);
    const [question] = degraded.asked;
    assert.deepEqual(question, {
      kind: 'degrade-link',
      link: 'mpls',
      bandwidth: 1e6,
      latency: undefined,
      loss: 0.02,
      mtu: undefined,
    });
    const some = ['clone', 'shop', '--to', 'out', '--vms', 'FS01, DB01'];
    const clone = await run(some, { result: 'success', files: {} });
    assert.deepEqual(clone.asked[0], {
      kind: 'clone',
      vpg: 'shop',
      site: undefined,
      checkpoint: { kind: 'latest' },
      vms: ['FS01', 'DB01'],
      to: '/here/out',
      format: 'raw',
    });
  });

  it('ask for nothing where the command line is not understood, and exit with 2', async () => {
    for (const args of [
      ['failover'],
      ['failover', 'shop', 'depot'],
      ['failover', 'shop', '--checkpont', 'latest'],
      ['failover', 'shop', '--commit-timeout', 'soon'],
      ['stop-test', 'shop', '--success', 'maybe'],
      ['checkpoint', 'shop'],
      ['clone', 'shop'],
      ['clone', 'shop', '--to', 'x', '--vms', 'FS01,'],
      ['clone', 'shop', '--to', 'x', '--disk-format', 'iso'],
      ['power', 'up', 'Prod_Site'],
      ['power', 'on'],
      ['link', 'degrade', 'mpls'],
      ['link', 'cut', 'mpls', '--loss', '1%'],
      ['status', 'shop'],
      ['restore', 'shop'],
      ['restore', 'shop', 'FS01:data:1/x'],
      ['restore', 'shop', 'FS01:data', '--to', 'out'],
      ['browse'],
      ['browse', 'shop', ':data'],
      ['browse', 'shop', 'FS01:data:1', 'FS01:data:2'],
    ]) {
      const { status, asked, told } = await run(args);
      assert.deepEqual([status, asked.length], [2, 0], args.join(' '));
      assert.notEqual(told, '');
    }
  });

  it('print a refusal as one line of JSON in either format, and exit with 1', async () => {
    const refusal = { result: 'refused', reason: 'No ZVM is up', missing: ['the ZVM of DR_Site'] };
    for (const format of ['text', 'json']) {
      const { status, printed, told } = await run(
        ['failover', 'shop', '--format', format],
        refusal,
      );
      assert.equal(status, 1);
      assert.equal(printed, `${JSON.stringify(refusal)}\n`);
      assert.equal(
        told,
        'failover of shop was refused: No ZVM is up\n  missing: the ZVM of DR_Site\n',
      );
    }
  });

  it('exit with 1 where what was done falls short', async () => {
    const reply = { result: 'success', shortfalls: ['no new address for eth0'] };
    const { status, printed } = await run(['failover', 'shop', '--format', 'json'], reply);
    assert.equal(status, 1);
    assert.equal((JSON.parse(printed) as { result: string }).result, 'incomplete');
  });
});
