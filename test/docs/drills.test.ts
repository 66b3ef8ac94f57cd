import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { DrillOutcome } from '../../src/drill/protocol.ts';
import { runFile } from '../../src/drill/run-file.ts';
import { bootTimes } from '../../src/engine/lab.ts';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { drillVerbs } from '../../src/topology/schema/step.ts';
import { mostAliasedValues, mostAliases, mostProblems } from '../../src/topology/source/build.ts';
import { deepestNesting, mostTokens } from '../../src/topology/source/compose.ts';
import { longestText } from '../../src/topology/source/decode.ts';
import { blocksOf, page, pages, type Block } from './page.ts';

const marked = (info: string): Block[] =>
  pages.flatMap(blocksOf).filter((block) => block.info === info);
const where = ({ path, line }: Block): string => `${path}:${String(line)}`;

describe('the topologies in the documents', () => {
  it('are there', () => {
    assert.ok(marked('yaml topology').length > 0);
  });

  for (const block of marked('yaml topology')) {
    it(`${where(block)} loads without problems, and its drills pass`, () => {
      const loaded = loadTopology(block.text, 'documented.dr.yaml');
      assert.deepEqual(loaded.problems, []);
      assert.deepEqual(
        lint(loaded)
          .filter(({ severity }) => severity === 'error' || severity === 'warning')
          .map(({ rule, message }) => `${rule}: ${message}`),
        [],
      );
      assertDrillsPass(block.text);
    });
  }
});

/** The topology of the seed lab, without its drills. */
const lab = readFileSync('examples/seed-lab.dr.yaml', 'utf8').split(/^drills:$/m)[0] ?? '';

describe('the drills in the documents', () => {
  it('are there', () => {
    assert.ok(marked('yaml drills').length > 0);
  });

  for (const block of marked('yaml drills')) {
    it(`${where(block)} passes in the seed lab`, () => {
      assertDrillsPass(`${lab}drills:\n${block.text.replaceAll(/^(?=.)/gm, '  ')}\n`);
    });
  }
});

function outcomesOf(text: string): DrillOutcome[] {
  const events = [...runFile({ type: 'run', uri: 'documented.dr.yaml', text })];
  assert.deepEqual(
    events.filter(({ type }) => type === 'refused' || type === 'crashed'),
    [],
  );
  return events.flatMap((event) => (event.type === 'finished' ? [event.outcome] : []));
}

function assertDrillsPass(text: string): void {
  const outcomes = outcomesOf(text);
  assert.ok(outcomes.length > 0);
  for (const { name, failures } of outcomes) {
    assert.deepEqual(
      failures.map(({ message }) => message),
      [],
      name,
    );
  }
}

describe('the steps that the documents call supported', () => {
  const values: Readonly<Record<string, string>> = {
    powerOff: 'Prod_Site/zvm',
    powerOn: 'Prod_Site/zvm',
    reboot: 'Prod_Site/zvm',
    crash: 'Prod_Site/zvm',
    cut: 'mpls',
    heal: 'mpls',
    degrade: '{ link: mpls, latency: 80ms }',
    write: '{ vm: FS01, size: 1MB }',
    fill: '{ datastore: ds-p1, free: 1TiB }',
    load: '{ host: esx-p1, cpu: 95%, for: 1s }',
    snapshot: 'Prod_Site/esx-p1/vra',
    redeploy: 'Prod_Site/esx-p1/vra',
    enterLicense: 'Prod_Site',
    installVras: '[esx-p1]',
    pair: '[Prod_Site, DR_Site]',
    skewClock: '{ site: DR_Site, by: 0 }',
    checkpoint: '{ vpg: file-server, tag: tagged }',
    restoreFile: '{ vpg: file-server, path: fonts, vm: FS01, disk: data }',
  };

  it('are all there are: each is done or refused, and none is unknown to the engine', () => {
    const steps = drillVerbs.map((verb) => {
      const value = values[verb] ?? '{ vpg: file-server }';
      return `    - { at: 1s, ${verb}: ${value} }`;
    });
    const head = `${lab}drills:\n  all-verbs:\n    duration: 2s\n    steps:\n`;
    const text = `${head}${steps.join('\n').replaceAll(/^/gm, '  ')}\n`;
    const [outcome] = outcomesOf(text);
    const first = head.split('\n').length - 1;
    const unsupported = (outcome?.failures ?? [])
      .filter(({ message }) => message.includes('not supported yet'))
      .map(({ range }) => drillVerbs[range.start.line - first]);
    assert.ok(
      page('docs/drills.md').text.includes('Every step and every expectation of this page.'),
    );
    assert.deepEqual(unsupported, []);
  });
});

describe('the limits in the documents', () => {
  const spaced = (value: number): string => String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');

  it('are those of the code', () => {
    const limits = [
      `${String(longestText / 1024 / 1024)} MiB`,
      `${String(deepestNesting)} levels`,
      `${spaced(mostTokens)} words and brackets`,
      `${String(mostAliases)} aliases`,
      `${spaced(mostAliasedValues)} `,
    ];
    for (const path of ['docs/topology.md', 'docs/security.md']) {
      const text = page(path).text.replaceAll(/\s+/g, ' ');
      for (const limit of limits) assert.ok(text.includes(limit), `${path}: ${limit}`);
    }
    assert.ok(page('docs/security.md').text.includes(`the first ${spaced(mostProblems)} are`));
  });

  it('and boot times are those of the engine', () => {
    const { zvm, vra, host } = bootTimes;
    const text = page('docs/drills.md').text;
    const seconds = (time: number): string => `${String(time / 1000)} s`;
    const reboot = `ZVM ${seconds(zvm.reboot)}, VRA ${seconds(vra.reboot)}, host ${String(host.reboot / 60_000)} min`;
    assert.ok(text.includes(reboot), reboot);
    const crash = `${seconds(zvm.crash)} (ZVM) or ${seconds(vra.crash)} (VRA)`;
    assert.ok(text.includes(crash), crash);
  });
});
