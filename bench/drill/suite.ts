/**
 * Suite `drill`: how fast virtual time passes, and what it takes, for the lab of the seed and for
 * larger ones. No peer can be asked: no public product rehearses an outage offline.
 */
import { readFileSync } from 'node:fs';
import { generateTopology, quietDrill } from '../generate-topology.ts';
import { growthExponent, measuresOf, type Measures } from '../measures.ts';
import { describeMachine, print, spread, table, tell, writeFigures } from '../report.ts';
import type { Suite, SuiteOptions } from '../suite.ts';
import type { DrillTaken } from './protocol.ts';
import { takeDrill } from './take-drill.ts';

const day = 86_400_000;
const hour = 3_600_000;
/** For how long the topologies of the series over VMs are lived through. */
const hoursOfMany = 24;
/** The series over hours, and of how many VMs. */
const seriesOfHours = [12, 24, 48, 96];
const vmsOverHours = 100;
/** The largest that a goal speaks of. */
const mostVms = 1000;

/** What a drill is to cost at most. */
interface Goal {
  readonly seconds: number;
  readonly mebibytes?: number;
}

interface Case {
  readonly name: string;
  readonly vms: number;
  readonly text: string;
  readonly drill: string;
  readonly runs: number;
  readonly series?: 'VMs' | 'hours';
  readonly goal?: Goal;
}

interface CaseFigures {
  readonly name: string;
  readonly series: Case['series'];
  readonly goal: Goal | undefined;
  readonly vms: number;
  readonly daysLived: number;
  readonly wall: Measures;
  readonly processor: Measures;
  readonly daysPerSecond: number;
  readonly events: number;
  readonly eventsPerProcessorSecond: number;
  readonly checkpoints: number;
  readonly memoryBeforeMiB: number;
  readonly heldMemoryMiB: number;
  readonly peakMemoryMiB: number;
  readonly verdict: DrillTaken['verdict'];
  readonly failures: readonly string[];
}

export const drillSuite: Suite = {
  name: 'drill',
  describes: 'simulated days a second, memory and events',
  run,
};

async function run(options: SuiteOptions): Promise<void> {
  const machine = describeMachine();
  const runs = options.runs ?? 3;
  const sizes = options.sizes ?? [10, 100, 300, mostVms];
  const seed = seedLab();
  const cases: Case[] = [
    { name: 'seed lab, ZVM down 70 min', vms: 1, text: seed, drill: outageDrill, runs },
    { name: seedDay, vms: 1, text: seed, drill: quietDrill, runs, goal: { seconds: 1 } },
    // Once: a week takes minutes, and says how time adds up.
    { name: 'seed lab, 7 days', vms: 1, text: seed, drill: quietWeek, runs: 1 },
    ...sizes.map((vms): Case => ({
      ...generated(vms, hoursOfMany),
      series: 'VMs',
      ...(vms === mostVms && { goal: { seconds: 60, mebibytes: 2048 } }),
    })),
    ...seriesOfHours.map((hours): Case => ({ ...generated(vmsOverHours, hours), series: 'hours' })),
  ];
  const figures: CaseFigures[] = [];
  for (const each of cases) figures.push(await measured(each));

  print('\nDrills in a process of their own: median (least–most)\n');
  print(
    table(
      [
        'drill',
        'wall, s',
        'CPU, s',
        'days a second',
        'events',
        'events a CPU second',
        'held, MiB',
        'peak resident, MiB',
        'verdict',
      ],
      figures.map((each) => [
        each.name,
        spread(inSeconds(each.wall), 1),
        spread(inSeconds(each.processor), 1),
        each.daysPerSecond.toFixed(3),
        `${each.events}`,
        each.eventsPerProcessorSecond.toFixed(0),
        each.heldMemoryMiB.toFixed(0),
        `${each.peakMemoryMiB.toFixed(0)} (${each.memoryBeforeMiB.toFixed(0)} before)`,
        each.verdict,
      ]),
    ),
  );
  for (const { name, failures } of figures) {
    for (const failure of failures) print(`\n${name}: ${failure}`);
  }
  for (const series of ['VMs', 'hours'] as const) printGrowth(series, figures);
  printGoals(figures);
  const path = writeFigures('drill', machine, { cases: figures });
  tell(`\nFigures: ${path}`);
}

function generated(vms: number, hours: number): Case {
  const text = generateTopology({ vms, hours });
  return { name: `${vms} VMs, ${hours} h`, vms, text, drill: quietDrill, runs: 1 };
}

function printGrowth(series: Case['series'], figures: readonly CaseFigures[]): void {
  const grown = figures.filter((each) => each.series === series);
  if (grown.length < 2) return;
  const sizeOf = ({ vms, daysLived }: CaseFigures): number => (series === 'VMs' ? vms : daysLived);
  const growth = (cost: (each: CaseFigures) => number): string =>
    growthExponent(grown.map((each) => ({ size: sizeOf(each), cost: cost(each) }))).toFixed(2);
  print(
    `\nGrowth with ${series} (1 is linear): processor time ` +
      `${growth(({ processor }) => processor.median)}, events ${growth(({ events }) => events)}`,
  );
  for (const each of grown) {
    const vmHours = (each.vms * each.daysLived * day) / hour;
    print(`  ${each.name}: ${(each.processor.median / vmHours).toFixed(1)} ms for a VM's hour`);
  }
}

function printGoals(figures: readonly CaseFigures[]): void {
  print('');
  for (const { name, goal, processor, peakMemoryMiB } of figures) {
    if (!goal) continue;
    const took = processor.median / 1000;
    const fits = goal.mebibytes === undefined || peakMemoryMiB <= goal.mebibytes;
    print(
      `Goal for ${name}: ${goal.seconds} s` +
        (goal.mebibytes === undefined ? '' : ` and ${goal.mebibytes} MiB`) +
        `: ${took <= goal.seconds && fits ? 'met' : 'not met'} ` +
        `(${took.toFixed(1)} s of processor time, ${peakMemoryMiB.toFixed(0)} MiB)`,
    );
  }
}

const seedDay = 'seed lab, 24 h';
const outageDrill = 'protected-zvm-down-70-minutes';
const quietWeek = 'week-without-faults';

/** The seed's lab with drills behind its own in which nothing happens. */
function seedLab(): string {
  const text = readFileSync(new URL('../../examples/seed-lab.dr.yaml', import.meta.url), 'utf8');
  const quiet = (name: string, duration: string): string =>
    `  ${name}:
    duration: ${duration}
    expect: { vpgs: { file-server: { noGaps: true, health: ok } } }
`;
  return `${text.trimEnd()}\n${quiet(quietDrill, '24h')}${quiet(quietWeek, '7d')}`;
}

async function measured(each: Case): Promise<CaseFigures> {
  const { name, vms, text, drill, runs, series, goal } = each;
  const taken: DrillTaken[] = [];
  for (let round = 1; round <= runs; round++) {
    tell(`  ${name}, run ${round} of ${runs}`);
    taken.push(await takeDrill({ text, uri: 'bench.dr.yaml', drill }));
  }
  const wall = measuresOf(taken.map((one) => one.wall));
  const processor = measuresOf(taken.map((one) => one.processor));
  // The same drill is the same run, so that everything but the time is alike.
  const [first] = taken;
  if (!first) throw new RangeError('a case is measured at least once');
  const daysLived = first.lived / day;
  return {
    name,
    series,
    goal,
    vms,
    daysLived,
    wall,
    processor,
    daysPerSecond: daysLived / (wall.median / 1000),
    events: first.events,
    eventsPerProcessorSecond: first.events / (processor.median / 1000),
    checkpoints: first.checkpoints,
    memoryBeforeMiB: first.memoryBefore,
    heldMemoryMiB: first.heldMemory,
    peakMemoryMiB: Math.max(...taken.map((one) => one.peakMemory)),
    verdict: first.verdict,
    failures: first.failures,
  };
}

function inSeconds({ runs, median, min, max }: Measures): Measures {
  return { runs, median: median / 1000, min: min / 1000, max: max / 1000 };
}
