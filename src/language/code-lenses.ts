/** The lenses over drills and VPGs. Their commands are the window's. */
import type { CodeLens } from 'vscode-languageserver-types';
import type { TopologyDocument } from '../topology/document.ts';
import type { Topology } from '../topology/model.ts';
import { keyRangeOf } from './ranges.ts';

/** Commands of the window that lenses call; each takes the topology's URI and the drill's name. */
export const lensCommands = {
  runDrill: 'tidemark.drill.run',
  runAllDrills: 'tidemark.drill.runAll',
  showTimeline: 'tidemark.timeline.show',
} as const;

/** The lenses of a file, for each topology that it is part of. */
export function codeLenses(
  topologies: readonly Topology[],
  document: TopologyDocument,
): CodeLens[] {
  return topologies.flatMap((topology) =>
    lensesOf(topology, document, topologies.length > 1 ? ` (${topology.name})` : ''),
  );
}

function lensesOf(topology: Topology, document: TopologyDocument, which: string): CodeLens[] {
  const { uri } = topology.document;
  const lenses: CodeLens[] = [];
  const drills = [...topology.drills.values()].filter(({ place }) => place.document === document);
  if (topology.drills.size > 1 && drills.length > 0) {
    const title = `Run All Drills${which}`;
    lenses.push({
      range: keyRangeOf({ document, path: ['drills'] }),
      command: { title, command: lensCommands.runAllDrills, arguments: [uri] },
    });
  }
  for (const { name, place } of drills) {
    const range = keyRangeOf(place);
    const lens = (title: string, command: string): CodeLens => ({
      range,
      command: { title: `${title}${which}`, command, arguments: [uri, name] },
    });
    lenses.push(
      lens('Run Drill', lensCommands.runDrill),
      lens('Show Timeline', lensCommands.showTimeline),
    );
  }
  return lenses;
}
