/** Starts the engine on the real machine. */
import type { Site, Topology } from '../topology/model.ts';
import { createNodeStreams } from './world/node/streams.ts';
import type { Clock } from './world/world.ts';
import type { KeptEstate } from './lab/estate.ts';
import { givenFiles } from './lab/given-files.ts';
import { remoteReplicas } from './lab/remote-replicas.ts';
import { LiveLab } from './lab/live-lab.ts';
import { RealLabError } from './lab/real-lab.ts';
import type { RealLab, RealLabOptions } from './lab/real-lab.ts';
import { NodeUniverse } from './world/node.ts';
import { ImageCheck } from './world/node/images.ts';
import { StateFolder, StateFolderError } from './world/node/state-folder.ts';

export type {
  LabProblem,
  OpenImage,
  RealLab,
  RealLabErrorCode,
  RealLabOptions,
  RecoveryScript,
} from './lab/real-lab.ts';
export { RealLabError } from './lab/real-lab.ts';
export { LabError } from './lab/types.ts';

/** Document of the state folder. */
const estate = 'estate.json';

/**
 * Starts a lab, or resumes the one that the state folder holds. Answers when the disks of all VMs whose host is up
 * can be used; VPGs get in sync by themselves from then on.
 *
 * @throws RealLabError for an image or a state folder that cannot be used; LabError `not-deployable` where
 *   the topology lacks what the engine needs. Nothing was changed then, but for a state folder that was made.
 */
export async function startRealLab(topology: Topology, options: RealLabOptions): Promise<RealLab> {
  const { topologyFolder, stateFolder, imagesAnywhere = false, seed, datastoreFloor } = options;
  const check = new ImageCheck({ folder: topologyFolder, anywhere: imagesAnywhere });
  const given = givenFiles(topology, check);
  const clocks = new Map<Site, Clock>();
  const remotes = remoteReplicas(topology, {
    streams: createNodeStreams(),
    clockOf: (site) => {
      const clock = clocks.get(site);
      if (!clock) throw new Error(`nothing runs at ${site.name} yet`);
      return clock;
    },
    folder: topologyFolder,
    anywhere: imagesAnywhere,
  });
  const lab = onStateFolder(() => {
    const state = StateFolder.open(stateFolder);
    const kept = state.load(estate) as KeptEstate | undefined;
    const folder = state.sites;
    const universe = new NodeUniverse(topology, { folder, given, remotes, seed, datastoreFloor });
    for (const site of remotes.keys()) {
      clocks.set(site, universe.createProcess(`nbd targets of ${site.name}`, { site }).world.clock);
    }
    try {
      return new LiveLab(universe, options, kept, (now) => {
        state.save(estate, now);
      });
    } catch (error) {
      universe.stop(() => undefined);
      throw error;
    }
  });
  await new Promise<void>((resolve) => {
    lab.whenUp(resolve);
  });
  return lab;
}

function onStateFolder<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof StateFolderError)) throw error;
    throw new RealLabError(error.code, error.subject, error.message);
  }
}
