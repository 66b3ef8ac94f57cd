/**
 * Suite `lint`: what passes from a keystroke in a large topology until its diagnostics are there,
 * beside the YAML language server that checks the same text against our JSON Schema.
 */
import type { Range } from 'vscode-languageserver/node';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { generateTopology } from '../generate-topology.ts';
import { growthExponent, measuresOf, type Measures } from '../measures.ts';
import { describeMachine, print, rounded, spread, table, tell, writeFigures } from '../report.ts';
import { BenchError, type Suite, type SuiteOptions } from '../suite.ts';
import { ourServer, peerServer, type Server } from './servers.ts';
import { hasErrorOn, Session } from './session.ts';

const uri = 'file:///bench/generated.dr.yaml';
/** Lets what a server does after its answer (collecting garbage, above all) end before the next turn. */
const breather = 100;

interface Sample {
  /** Milliseconds from the edit that makes a mistake to its diagnostic. */
  readonly made: number[];
  /** Milliseconds from the edit that repairs it to the diagnostics of a clean file. */
  readonly repaired: number[];
}

interface ServerFigures {
  readonly server: string;
  readonly version: string;
  readonly opened: number;
  readonly mistakeMade: Measures;
  readonly mistakeRepaired: Measures;
  /** Milliseconds of processor time for an edit, all threads; the load of the machine hardly enters. */
  readonly processorPerEdit: number | undefined;
  readonly peakMemoryMiB: number | undefined;
}

interface Comparison {
  readonly vms: number;
  readonly characters: number;
  readonly lines: number;
  readonly servers: readonly [ServerFigures, ServerFigures];
  /** Peer's time by ours, round by round: both of a round meet the machine in much the same state. */
  readonly paired: { readonly mistakeMade: Measures; readonly mistakeRepaired: Measures };
}

export const lintSuite: Suite = {
  name: 'lint',
  describes: 'from a keystroke to its diagnostics, beside yaml-language-server',
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
  }
  const inProcess = sizes.map((vms) => stages(vms, Math.min(runs, 5)));

  print('\nFrom an edit to its diagnostics, in ms: median (least–most)\n');
  print(editTable(floor, comparisons));
  print(
    '\nThe same, less what a server waits on purpose (its median for a few lines of text), and cost\n',
  );
  print(costTable(floor, comparisons));
  print('\nTidemark in one process, in ms of processor time: median (least–most)\n');
  print(stageTable(inProcess));
  if (inProcess.length > 1) {
    const growth = (cost: (stage: Stages) => Measures): string =>
      growthExponent(
        inProcess.map((stage) => ({ size: stage.characters, cost: cost(stage).median })),
      ).toFixed(2);
    print(
      `\nGrowth with the length of the text (1 is linear): load ${growth(({ load }) => load)}, ` +
        `lint ${growth((stage) => stage.lint)}`,
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

/** Both servers with the same text, one after the other, each going first every second time. */
async function compare(
  servers: readonly [Server, Server],
  vms: number,
  text: string,
  runs: number,
): Promise<Comparison> {
  tell(`  ${vms} VMs, ${text.length} characters, ${runs} runs`);
  const edit = mistakeIn(text);
  const sessions = [await Session.start(servers[0], uri), await Session.start(servers[1], uri)];
  const samples: Sample[] = sessions.map(() => ({ made: [], repaired: [] }));
  const opened: number[] = [];
  try {
    for (const session of sessions) {
      opened.push(await session.open(session === sessions[0] ? 'dr-topology' : 'yaml', text));
    }
    const turn = async (index: number, sample: Sample): Promise<void> => {
      const session = sessions[index];
      if (!session) throw new BenchError('there are two servers');
      const on = (wrong: boolean) => (diagnostics: Parameters<typeof hasErrorOn>[0]) =>
        hasErrorOn(diagnostics, edit.line) === wrong;
      sample.made.push(await session.edit(edit.range, 'x', on(true)));
      await pause();
      sample.repaired.push(await session.edit(edit.range, edit.right, on(false)));
      await pause();
    };
    // What a large text does not warm up in two rounds, it has warmed up by its length.
    for (let round = 0; round < (vms > 1000 ? 2 : 4); round++) {
      for (const index of sessions.keys()) await turn(index, { made: [], repaired: [] });
    }
    const before = sessions.map((session) => session.resources);
    for (let round = 0; round < runs; round++) {
      const order = round % 2 === 0 ? [0, 1] : [1, 0];
      for (const index of order) await turn(index, samples[index] ?? { made: [], repaired: [] });
    }
    const figures = (index: 0 | 1): ServerFigures => {
      const { made = [], repaired = [] } = samples[index] ?? {};
      const start = before[index];
      const end = sessions[index]?.resources;
      return {
        server: servers[index].name,
        version: servers[index].version,
        opened: opened[index] ?? NaN,
        mistakeMade: measuresOf(made),
        mistakeRepaired: measuresOf(repaired),
        processorPerEdit: start && end && (end.processor - start.processor) / (2 * runs),
        peakMemoryMiB: end?.peakMemory,
      };
    };
    return {
      vms,
      characters: text.length,
      lines: text.split('\n').length,
      servers: [figures(0), figures(1)],
      paired: {
        mistakeMade: pairedRatio(samples[0]?.made, samples[1]?.made),
        mistakeRepaired: pairedRatio(samples[0]?.repaired, samples[1]?.repaired),
      },
    };
  } finally {
    for (const session of sessions) await session.end();
  }
}

function pairedRatio(ours: readonly number[] = [], peer: readonly number[] = []): Measures {
  return measuresOf(ours.map((mine, round) => (peer[round] ?? NaN) / mine));
}

/** The last letter of the first `platform: vsphere`: with another one in its place it is no platform. */
function mistakeIn(text: string): { line: number; range: Range; right: string } {
  const wanted = 'platform: vsphere';
  const offset = text.indexOf(wanted);
  if (offset === -1) throw new BenchError(`There is no "${wanted}" to make a mistake in.`);
  const before = text.slice(0, offset + wanted.length).split('\n');
  const line = before.length - 1;
  const end = before[line]?.length ?? 0;
  return {
    line,
    range: { start: { line, character: end - 1 }, end: { line, character: end } },
    right: 'e',
  };
}

/** Milliseconds of processor time. */
interface Stages {
  readonly vms: number;
  readonly characters: number;
  readonly load: Measures;
  readonly lint: Measures;
}

/** Ours without a server around it: how the cost is shared out, and how it grows. */
function stages(vms: number, runs: number): Stages {
  tell(`  ${vms} VMs in one process, ${runs} runs`);
  const text = generateTopology({ vms });
  const load: number[] = [];
  const linted: number[] = [];
  for (let round = -2; round < runs; round++) {
    const begin = processorTime();
    const loaded = loadTopology(text, uri);
    const between = processorTime();
    const findings = lint(loaded);
    const end = processorTime();
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      throw new BenchError(`The generated topology is not clean: ${errors[0]?.message ?? ''}`);
    }
    if (round < 0) continue;
    load.push(between - begin);
    linted.push(end - between);
  }
  return { vms, characters: text.length, load: measuresOf(load), lint: measuresOf(linted) };
}

function editTable(floor: Comparison, comparisons: readonly Comparison[]): string {
  const rows = [floor, ...comparisons].flatMap(({ vms, lines, servers, paired }) =>
    (['mistakeRepaired', 'mistakeMade'] as const).map((edit) => {
      const [ours, peer] = servers.map((server) => server[edit]);
      if (!ours || !peer) throw new BenchError('there are two servers');
      return [
        `${vms}`,
        `${lines}`,
        edit === 'mistakeMade' ? 'a mistake made' : 'a mistake repaired',
        spread(ours),
        spread(peer),
        spread(paired[edit], 2),
      ];
    }),
  );
  return table(['VMs', 'lines', 'edit', 'Tidemark', 'yaml-language-server', 'ratio, paired'], rows);
}

function costTable(floor: Comparison, comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap(({ vms, servers }) => {
    const net = servers.map(
      (server, index) =>
        server.mistakeRepaired.median - (floor.servers[index]?.mistakeRepaired.median ?? 0),
    );
    const [ours = NaN, peer = NaN] = net;
    return servers.map((server, index) => [
      `${vms}`,
      server.server,
      (net[index] ?? NaN).toFixed(0),
      index === 0 ? rounded(peer / ours).toFixed(2) : '',
      server.processorPerEdit?.toFixed(0) ?? 'not told',
      index === 0 ? ratioOfProcessor(servers) : '',
      server.peakMemoryMiB?.toFixed(0) ?? 'not told',
    ]);
  });
  return table(
    ['VMs', 'server', 'working, ms', 'ratio', 'CPU an edit, ms', 'ratio', 'peak memory, MiB'],
    rows,
  );
}

function ratioOfProcessor([ours, peer]: Comparison['servers']): string {
  if (!ours.processorPerEdit || !peer.processorPerEdit) return 'not told';
  return (peer.processorPerEdit / ours.processorPerEdit).toFixed(2);
}

function stageTable(inProcess: readonly Stages[]): string {
  return table(
    ['VMs', 'characters', 'load', 'lint', 'µs a VM'],
    inProcess.map(({ vms, characters, load, lint: linting }) => [
      `${vms}`,
      `${characters}`,
      spread(load),
      spread(linting),
      (((load.median + linting.median) * 1000) / vms).toFixed(0),
    ]),
  );
}

/** Milliseconds that all threads of this process have worked: waiting for a busy core is not in it. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, breather));
}
