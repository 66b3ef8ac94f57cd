/** The lenses over drills and VPGs. Their commands are the window's. */
import type { CodeLens } from 'vscode-languageserver-types';
import type { Topology } from '../topology/model.ts';
import { keyRangeOf } from './ranges.ts';

/** Commands of the window that lenses call; each takes the file's URI and the drill's name. */
export const lensCommands = {
  runDrill: 'tidemark.drill.run',
  runAllDrills: 'tidemark.drill.runAll',
  showTimeline: 'tidemark.timeline.show',
} as const;

export function codeLenses(topology: Topology): CodeLens[] {
  const uri = topology.document.uri;
  const lenses: CodeLens[] = [];
  if (topology.drills.size > 1) {
    lenses.push({
      range: keyRangeOf({ document: topology.document, path: ['drills'] }),
      command: { title: 'Run All Drills', command: lensCommands.runAllDrills, arguments: [uri] },
    });
  }
  for (const drill of topology.drills.values()) {
    const range = keyRangeOf(drill.place);
    lenses.push(
      {
        range,
        command: {
          title: 'Run Drill',
          command: lensCommands.runDrill,
          arguments: [uri, drill.name],
        },
      },
      {
        range,
        command: {
          title: 'Show Timeline',
          command: lensCommands.showTimeline,
          arguments: [uri, drill.name],
        },
      },
    );
  }
  return lenses;
}
