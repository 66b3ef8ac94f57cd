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
/** A day of a hundred VMs takes a quarter of an hour, and says no more about the growth. */
const hoursOfMany = 1;

interface Case {
  readonly name: string;
  readonly vms: number;
  readonly text: string;
  readonly drill: string;
  readonly runs: number;
}

interface CaseFigures {
  readonly name: string;
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
  const sizes = options.sizes ?? [10, 50, 100];
  const seed = seedLab();
  const cases: Case[] = [
    { name: 'seed lab, ZVM down 70 min', vms: 1, text: seed, drill: outageDrill, runs },
    { name: 'seed lab, 24 h', vms: 1, text: seed, drill: quietDrill, runs },
    // Once: a week takes minutes, and says how time adds up.
    { name: 'seed lab, 7 days', vms: 1, text: seed, drill: quietWeek, runs: 1 },
    ...sizes.map((vms) => ({
      name: `${vms} VMs, ${hoursOfMany} h`,
      vms,
      text: generateTopology({ vms, hours: hoursOfMany }),
      drill: quietDrill,
      runs: 1,
    })),
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
  const grown = figures.slice(cases.length - sizes.length);
  if (grown.length > 1) {
    const growth = (cost: (each: CaseFigures) => number): string =>
      growthExponent(grown.map((each) => ({ size: each.vms, cost: cost(each) }))).toFixed(2);
    print(
      `\nGrowth with the number of VMs (1 is linear): processor time ` +
        `${growth(({ processor }) => processor.median)}, events ${growth(({ events }) => events)}`,
    );
  }
  const path = writeFigures('drill', machine, { cases: figures });
  tell(`\nFigures: ${path}`);
}

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

async function measured({ name, vms, text, drill, runs }: Case): Promise<CaseFigures> {
  const taken: DrillTaken[] = [];
  for (let round = 1; round <= runs; round++) {
    tell(`  ${name}, run ${round} of ${runs}`);
    taken.push(await takeDrill({ text, uri: 'bench.dr.yaml', drill }));
  }
  const wall = measuresOf(taken.map((each) => each.wall));
  const processor = measuresOf(taken.map((each) => each.processor));
  // The same drill is the same run, so that everything but the time is alike.
  const [first] = taken;
  if (!first) throw new RangeError('a case is measured at least once');
  const daysLived = first.lived / day;
  return {
    name,
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
    peakMemoryMiB: Math.max(...taken.map((each) => each.peakMemory)),
    verdict: first.verdict,
    failures: first.failures,
  };
}

function inSeconds({ runs, median, min, max }: Measures): Measures {
  return { runs, median: median / 1000, min: min / 1000, max: max / 1000 };
}
