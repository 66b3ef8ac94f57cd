/** What a drill expects. */
import type { Place } from '../document.ts';
import { within } from '../document.ts';
import type {
  Bounds,
  Expectations,
  GapExpectation,
  TimeExpectation,
  Topology,
  VpgExpectations,
} from '../model.ts';
import type { ExpectationsFile } from '../schema/expectations.ts';
import { checkpointInterval } from '../limits.ts';
import { entriesOf, itemsOf, referToTop } from './bind.ts';

type VpgFile = ExpectationsFile['vpgs'][string];
type TimeFile = NonNullable<NonNullable<VpgFile['checkpoints']>['oldest']>;

export function resolveExpectations(
  file: ExpectationsFile,
  place: Place,
  topology: Topology,
): Expectations {
  return {
    place,
    result: file.result,
    reason: file.reason,
    contains: solidList(file.contains),
    missing: solidList(file.missing),
    alerts: file.alerts && {
      raised: solidList(file.alerts.raised),
      cleared: solidList(file.alerts.cleared),
      never: solidList(file.alerts.never),
    },
    vpgs: new Map(
      entriesOf(file.vpgs, within(place, 'vpgs')).map((entry) => [
        entry.name,
        vpgOf(entry.name, entry.file, entry.place, topology),
      ]),
    ),
  };
}

function solidList(list: readonly string[] | undefined): readonly string[] | undefined {
  return list?.flatMap((item) => [item]);
}

function vpgOf(name: string, file: VpgFile, place: Place, topology: Topology): VpgExpectations {
  const { checkpoints, gaps } = file;
  return {
    place,
    vpg: referToTop(place, name, 'vpgs', topology),
    status: file.status,
    subStatus: file.subStatus,
    health: file.health,
    replicating: file.replicating,
    rpo: file.rpo,
    history: file.history && boundsOf(file.history),
    checkpoints: checkpoints && {
      ...boundsOf(checkpoints),
      oldest: timeOf(checkpoints.oldest),
      newest: timeOf(checkpoints.newest),
    },
    gaps: gaps && gapsOf(gaps, within(place, 'gaps')),
    noGaps: file.noGaps,
  };
}

function boundsOf(file: {
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}): Bounds {
  return { atLeast: file.atLeast, atMost: file.atMost };
}

function timeOf(file: TimeFile | undefined): TimeExpectation | undefined {
  // A moment falls between two checkpoints, so one interval either way is what can be asked for.
  return typeof file === 'number' ? { at: file, within: checkpointInterval } : file;
}

function gapsOf(files: NonNullable<VpgFile['gaps']>, place: Place): GapExpectation[] {
  return itemsOf(files, place).map((item) => ({
    place: item.place,
    from: item.file.from,
    to: item.file.to,
    within: item.file.within,
    cause: item.file.cause,
  }));
}
