/** The figures of the suite `lint` as tables for a reader. */
import type { Measures } from '../measures.ts';
import { spread, table } from '../report.ts';
import type { Comparison, ServerFigures } from './contest.ts';
import type { Stages } from './in-process.ts';

const acts = [
  ['opened', 'opened'],
  ['mistakeMade', 'a mistake made'],
  ['mistakeRepaired', 'a mistake repaired'],
] as const;

/** What a user waits for. */
export function clockTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap(({ vms, lines, servers: [ours, peer], paired }) => [
    [`${vms}`, `${lines}`, 'opened, new process', ...besides(ours.openedCold, peer.openedCold)],
    ...acts.map(([act, called]) => [
      `${vms}`,
      `${lines}`,
      called,
      spread(ours[act]),
      spread(peer[act]),
      spread(paired[act], 2),
    ]),
  ]);
  return table(['VMs', 'lines', 'act', 'Tidemark', 'yaml-language-server', 'peer ÷ ours'], rows);
}

function besides(ours: Measures, peer: Measures): readonly string[] {
  return [spread(ours), spread(peer), (peer.median / ours.median).toFixed(2)];
}

/** Medians of the clock less those for a few lines of text: what is left is work. */
export function workTable(floor: Comparison, comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap(({ vms, servers }) =>
    acts.map(([act, called]) => {
      const [ours = NaN, peer = NaN] = servers.map(
        (server, index) => server[act].median - (floor.servers[index]?.[act].median ?? NaN),
      );
      return [`${vms}`, called, ours.toFixed(0), peer.toFixed(0), (peer / ours).toFixed(2)];
    }),
  );
  return table(['VMs', 'act', 'Tidemark', 'yaml-language-server', 'peer ÷ ours'], rows);
}

export function completionTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap(({ vms, servers: [ours, peer] }) => {
    const { completion: mine } = ours;
    const { completion: theirs } = peer;
    if (!mine || !theirs) return [];
    return (['median', 'p99', 'max'] as const).map((which) => [
      `${vms}`,
      `${which} of ${mine.runs}`,
      mine[which].toFixed(1),
      theirs[which].toFixed(1),
      (theirs[which] / mine[which]).toFixed(1),
    ]);
  });
  return table(['VMs', 'requests', 'Tidemark', 'yaml-language-server', 'peer ÷ ours'], rows);
}

export function processorTable(comparisons: readonly Comparison[]): string {
  const called: Record<keyof ServerFigures['processor'], string> = {
    open: 'opened',
    edit: 'an edit',
    keyWithCompletion: 'a key typed, with completion',
  };
  const rows = comparisons.flatMap(({ vms, servers: [ours, peer] }) => [
    ...(Object.keys(called) as (keyof typeof called)[]).map((act) => [
      `${vms}`,
      `${called[act]}, ms`,
      ...ratio(ours.processor[act], peer.processor[act]),
    ]),
    [`${vms}`, 'peak memory, MiB', ...ratio(ours.peakMemoryMiB, peer.peakMemoryMiB)],
  ]);
  return table(['VMs', 'of', 'Tidemark', 'yaml-language-server', 'peer ÷ ours'], rows);
}

function ratio(ours: number | undefined, peer: number | undefined): readonly string[] {
  if (ours === undefined || peer === undefined) return ['not told', 'not told', ''];
  return [ours.toFixed(0), peer.toFixed(0), (peer / ours).toFixed(2)];
}

export function stageTable(inProcess: readonly Stages[]): string {
  return table(
    ['VMs', 'characters', 'parse', 'load', 'lint', 'µs a VM'],
    inProcess.map(({ vms, characters, parse, load, lint }) => [
      `${vms}`,
      `${characters}`,
      spread(parse),
      spread(load),
      spread(lint),
      (((load.median + lint.median) * 1000) / vms).toFixed(0),
    ]),
  );
}
