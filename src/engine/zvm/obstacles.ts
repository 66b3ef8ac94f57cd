/** Why a VPG cannot have a checkpoint right now, as far as its ZVM can tell. */
import type { GapCause } from '../api.ts';
import type { SyncKind } from '../journal/frame.ts';
import type { StreamState } from '../vra/messages.ts';
import type { Evidence, EvidenceSort } from './gaps.ts';
import type { PlannedStream, PlannedVpg } from './plan.ts';
import type { VraLinks } from './vras.ts';

/** `bitmap` makes a gap of cause `bitmap-sync`, and so on. */
const syncCause: Readonly<Record<SyncKind, GapCause>> = {
  initial: 'initial-sync',
  bitmap: 'bitmap-sync',
  delta: 'delta-sync',
};

export function sortOf(cause: GapCause): EvidenceSort {
  switch (cause) {
    case 'zvm-down':
    case 'zvms-disconnected':
      return 'peer';
    case 'link-down':
    case 'vra-down':
      return 'data-path';
    case 'bitmap-sync':
    case 'delta-sync':
    case 'initial-sync':
      return 'stream';
    case 'paused':
      return 'person';
    case 'journal-storage':
      return 'storage';
  }
}

/**
 * What stands in the way of a stream's next marker. Asked before any marker is placed: a marker in one
 * journal and not in the others would let that journal age past the last checkpoint that exists.
 */
export function obstacleOf(
  stream: PlannedStream,
  vpg: PlannedVpg,
  vras: VraLinks,
  downAtPeer: (vra: string) => boolean,
): Evidence | undefined {
  const vraDown: Evidence = { sort: 'data-path', cause: 'vra-down' };
  if (vpg.cutsHere && !vras.cuts(stream.protectedVra)) return vraDown;
  if (vpg.cataloguesHere && !vras.cuts(stream.recoveryVra)) return vraDown;
  if (downAtPeer(stream.recoveryVra) || downAtPeer(stream.protectedVra)) return vraDown;
  if (!vpg.cutsHere) return undefined;
  const report = vras.sending(stream.protectedVra, stream.protect.stream);
  if (!report) return vraDown;
  return obstacleIn(report.state, report.sync?.kind);
}

function obstacleIn(state: StreamState, sync: SyncKind | undefined): Evidence | undefined {
  switch (state) {
    case 'replicating':
      return undefined;
    case 'disconnected':
    case 'attaching':
      return { sort: 'data-path', cause: 'link-down' };
    case 'syncing':
      return { sort: 'stream', cause: syncCause[sync ?? 'bitmap'] };
    case 'paused':
      return { sort: 'person', cause: 'paused' };
    case 'suspended':
      return { sort: 'storage', cause: 'journal-storage' };
  }
}

/**
 * Why the peer's ZVM is not heard: what the VRAs say to each other tells a ZVM that is down from a
 * broken path between the ZVMs (NET-10) and from a broken path between the sites.
 */
export function whyPeerIsGone(
  vpg: PlannedVpg,
  reportOf: (
    stream: PlannedStream,
  ) => { state: StreamState; peerHearsItsZvm?: boolean | undefined } | undefined,
): GapCause {
  let cause: GapCause = 'link-down';
  for (const stream of vpg.streams) {
    const hears = reportOf(stream)?.peerHearsItsZvm;
    if (hears === true) return 'zvms-disconnected';
    if (hears === false) cause = 'zvm-down';
  }
  return cause;
}
