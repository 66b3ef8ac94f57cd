/** How a VPG stands against what was asked of it. Pure: from figures to a status. */
import type { Gap, Health, VpgStatus, VpgSubStatus } from '../api.ts';
import type { SyncKind } from '../journal/frame.ts';
import type { Instant } from '../world/world.ts';
import type { VpgLife } from './life.ts';
import { historyErrorShare, historyWarningShare } from '../../topology/limits.ts';

/** Times the configured RPO above which VPG0009 becomes VPG0010. */
export const rpoErrorFactor = 2;

export interface VpgFigures {
  /** True where this ZVM talks with the ZVM of the other site, or needs none. */
  readonly peerConnected: boolean;
  /** True where the ZVM of the recovery site is asked. */
  readonly recoverySide: boolean;
  readonly anyCheckpoint: boolean;
  readonly life: VpgLife;
  readonly paused: boolean;
  readonly sync: SyncKind | undefined;
  /** What keeps the journal from being written: room that the datastore lacks, or a failure. */
  readonly storage: 'fine' | 'low-space' | 'failed';
  /** Undefined: not measured. */
  readonly rpo: number | undefined;
  readonly rpoTarget: number;
  /** Share of the configured history that checkpoints cover; undefined during the first fill. */
  readonly covered: number | undefined;
}

export interface Verdict {
  readonly status: VpgStatus;
  readonly subStatus: VpgSubStatus;
  readonly health: Health;
}

export function judge(figures: VpgFigures): Verdict {
  const recovering = recoveryVerdict(figures.life);
  if (recovering) return recovering;
  const status = statusOf(figures);
  const subStatus = subStatusOf(figures);
  return { status, subStatus, health: healthOf(figures) };
}

/** Beside its replication a VPG is judged by where its failover or move stands. */
function recoveryVerdict(life: VpgLife): Verdict | undefined {
  if (life.phase === 'protected') return undefined;
  if (life.phase === 'recovered') {
    return { status: 'Recovered', subStatus: 'NeedsConfiguration', health: 'warning' };
  }
  const move = life.verb === 'move';
  const status = move ? 'Moving' : 'FailingOver';
  switch (life.phase) {
    case 'starting':
    case 'before-commit': {
      const subStatus = move ? 'MovingBeforeCommit' : 'FailingOverBeforeCommit';
      return { status, subStatus, health: 'warning' };
    }
    case 'committing': {
      const subStatus = move ? 'MovingCommitting' : 'FailingOverCommitting';
      return { status, subStatus, health: 'warning' };
    }
    case 'rolling-back': {
      const subStatus = move ? 'MovingRollingBack' : 'FailingOverRollingBack';
      return { status, subStatus, health: 'warning' };
    }
  }
}

function statusOf(figures: VpgFigures): VpgStatus {
  if (figures.sync === 'initial' && !figures.anyCheckpoint) return 'Initializing';
  if (!figures.anyCheckpoint && figures.peerConnected && !figures.paused) return 'Initializing';
  const rpo = figures.rpo === undefined || figures.rpo > figures.rpoTarget;
  const history = figures.covered !== undefined && figures.covered < historyWarningShare;
  if (rpo && history) return 'NotMeetingSLA';
  if (rpo) return 'RpoNotMeetingSLA';
  return history ? 'HistoryNotMeetingSLA' : 'MeetingSLA';
}

function subStatusOf(figures: VpgFigures): VpgSubStatus {
  if (!figures.peerConnected) {
    if (!figures.anyCheckpoint) return 'DisconnectedFromPeerNoRecoveryPoints';
    return figures.recoverySide ? 'RecoveryPossible' : 'DisconnectedFromPeer';
  }
  if (figures.storage === 'failed') return 'JournalStorageError';
  if (figures.storage === 'low-space') return 'ReplicationPausedSystemInitiated';
  if (figures.paused) return 'ReplicationPausedUserInitiated';
  switch (figures.sync) {
    case 'initial':
      return 'InitialSync';
    case 'delta':
      return 'DeltaSync';
    case 'bitmap':
      return 'BitmapSync';
    case undefined:
      return 'None';
  }
}

function healthOf(figures: VpgFigures): Health {
  if (!figures.peerConnected || figures.storage !== 'fine') return 'error';
  const { rpo, covered } = figures;
  if (rpo !== undefined && rpo > rpoErrorFactor * figures.rpoTarget) return 'error';
  if (covered !== undefined && covered < historyErrorShare) return 'error';
  if (figures.paused || figures.sync !== undefined || !figures.anyCheckpoint) return 'warning';
  if (rpo !== undefined && rpo > figures.rpoTarget) return 'warning';
  return covered !== undefined && covered < historyWarningShare ? 'warning' : 'ok';
}

/**
 * How much of the last `configured` milliseconds the checkpoints cover. A journal that reaches back far
 * enough but has a hole in it does not keep what was promised, so holes are taken off.
 */
export function coveredHistory(
  configured: number,
  oldest: Instant | undefined,
  gaps: readonly Gap[],
  now: Instant,
): number {
  if (oldest === undefined) return 0;
  const begin = Math.max(oldest, now - configured);
  let covered = Math.max(0, now - begin);
  for (let index = gaps.length - 1; index >= 0; index--) {
    const gap = gaps[index];
    if (!gap) continue;
    const to = gap.to ?? now;
    if (to <= begin) break;
    covered -= Math.min(to, now) - Math.max(gap.from, begin);
  }
  return Math.max(0, covered);
}
