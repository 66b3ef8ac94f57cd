/** What a ZVM is set up with: the part of the topology that concerns it, in its own terms. */
import type { ProtectedStream, RecoveryStream } from '../vra/messages.ts';

export interface ZvmPlan {
  readonly site: string;
  /** ZVMs of the sites that it may be paired with. */
  readonly peers: readonly PlannedPeer[];
  /**
   * The VRAs that it commands: those of its own site, and those of a site without a ZVM that it
   * replicates with.
   */
  readonly vras: readonly PlannedVra[];
  /**
   * VRAs of the peers' sites. It turns to one only for a recovery while the peer's ZVM is gone (OUT-4),
   * and lets go of it afterwards.
   */
  readonly foreignVras: readonly PlannedVra[];
  readonly vpgs: readonly PlannedVpg[];
}

export interface PlannedPeer {
  readonly site: string;
  /** Dotted IPv4: the address of the NIC that it replicates by (NET-8). */
  readonly address: string;
}

export interface PlannedVra {
  /** `Site/host`. */
  readonly vra: string;
  readonly address: string;
}

export interface PlannedVpg {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Whether this ZVM cuts its checkpoints, and whether it catalogues them. One alone does both. */
  readonly cutsHere: boolean;
  readonly cataloguesHere: boolean;
  /** The site whose ZVM does the other half; undefined where this one does both. */
  readonly peer: string | undefined;
  /** RPO in milliseconds above which an alert is raised. */
  readonly rpo: number;
  /** Milliseconds. */
  readonly history: number;
  readonly streams: readonly PlannedStream[];
}

export interface PlannedStream {
  readonly vm: string;
  /** `Site/host`. */
  readonly protectedVra: string;
  readonly recoveryVra: string;
  readonly protect: Omit<ProtectedStream, 'paused'>;
  readonly recover: RecoveryStream;
  /** NICs of the VM that a failover test leaves unconnected, because no test network is given. */
  readonly unmappedNics: readonly string[];
}
