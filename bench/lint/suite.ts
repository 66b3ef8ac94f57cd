/**
 * Suite `lint`: how long a large topology takes to be checked, as a whole and from keystroke to
 * keystroke, beside the YAML language server that checks the same text against our JSON Schema.
 */
import { generateTopology } from '../generate-topology.ts';
import { growthExponent } from '../measures.ts';
import { describeMachine, print, tell, writeFigures } from '../report.ts';
import type { Suite, SuiteOptions } from '../suite.ts';
import { compare, type Comparison } from './contest.ts';
import { stages } from './in-process.ts';
import { ourServer, peerServer } from './servers.ts';
import { clockTable, completionTable, processorTable, stageTable, workTable } from './tables.ts';

export const lintSuite: Suite = {
  name: 'lint',
  describes: 'opening, editing and completing in large files, beside yaml-language-server',
  run,
};

async function run(options: SuiteOptions): Promise<void> {
  const machine = describeMachine();
  const sizes = options.sizes ?? [500, 1000, 2000, 5000];
  const runs = options.runs ?? 10;
  const servers = [await ourServer(), peerServer('*.dr.yaml')] as const;

  // In next to no text nothing is left but what each server waits on purpose, and the way there and back.
  const floor = await compare(servers, 0, smallest, runs);
  const comparisons: Comparison[] = [];
  for (const vms of sizes) {
    const text = generateTopology({ vms });
    // A large file takes seconds an edit; fewer of them say as much.
    const turns = Math.max(3, Math.min(runs, Math.ceil((runs * 2000) / vms)));
    comparisons.push(await compare(servers, vms, text, turns));
    // A run may take an hour on a busy machine: what is measured is not lost with the rest.
    writeFigures('lint', machine, { floor, comparisons });
  }
  const inProcess = sizes.map((vms) => stages(vms, Math.min(runs, 5)));

  print('\nUntil the diagnostics are there, in ms: median (least–most)\n');
  print(clockTable([floor, ...comparisons]));
  print(
    '\nThe same, less what passes for a few lines of text, which is mostly waited on purpose\n',
  );
  print(workTable(floor, comparisons));
  print('\nFrom asking for completion, right behind a keystroke, to the answer, in ms\n');
  print(completionTable(comparisons));
  print('\nProcessor time of all threads for one act, and memory\n');
  print(processorTable(comparisons));
  print('\nTidemark in one process, in ms of processor time: median (least–most)\n');
  print(stageTable(inProcess));
  if (inProcess.length > 1) {
    const growth = (cost: 'load' | 'lint'): string =>
      growthExponent(
        inProcess.map((stage) => ({ size: stage.characters, cost: stage[cost].median })),
      ).toFixed(2);
    print(
      `\nGrowth with the length of the text (1 is linear): load ${growth('load')}, lint ${growth('lint')}`,
    );
  }
  const path = writeFigures('lint', machine, { floor, comparisons, inProcess });
  tell(`\nFigures: ${path}`);
}

const smallest = `version: 1
name: Nothing much
sites:
  Prod_Site:
    platform: vsphere
`;
