/** What a ZVM is set up with: the part of the topology that concerns it, in its own terms. */
import type { ScriptName } from '../../topology/scripts.ts';
import type { VraInstallation } from './installation.ts';
import type { CommitPolicy } from './life.ts';
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
  /** Disks of the VMs on its host, protected or not. */
  readonly volumes: number;
  readonly installation: VraInstallation;
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
  readonly boot: BootPlan;
  readonly scripts: Readonly<Partial<Record<ScriptName, PlannedScript>>>;
  readonly commit: { readonly policy: CommitPolicy; readonly timeout: number };
  readonly reverseProtection: boolean;
  /** Milliseconds between two failover tests; undefined: nobody is reminded. */
  readonly testEvery?: number | undefined;
  readonly streams: readonly PlannedStream[];
  /** The same VPG in the other direction, which a committed failover turns it into. */
  readonly reversed?: PlannedVpg | undefined;
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
  /** The same for a failover. */
  readonly unmappedLiveNics: readonly string[];
  /** Addresses that the recovered VM gets, which its guest tools set. */
  readonly newAddresses: readonly { readonly nic: string; readonly address: string }[];
  readonly guestTools: boolean;
  /** Undefined: with the last group. */
  readonly bootGroup: number | undefined;
}

/** The streams of the VMs that are meant: all where none are named. */
export function streamsOf(
  { streams }: PlannedVpg,
  vms: readonly string[] | undefined,
): readonly PlannedStream[] {
  return vms === undefined ? streams : streams.filter(({ vm }) => vms.includes(vm));
}

export interface BootPlan {
  /** Groups in the order in which they start; what is in none of them starts last. */
  readonly order: readonly number[];
  /** Milliseconds between two groups. */
  readonly delay: number;
}

export interface PlannedScript {
  readonly command: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * A VPG as it stands after so many commits. The generation is part of the streams' names and of the
 * folders of their journals, so what belongs to another generation is never taken for this one's.
 */
export function planAt(planned: PlannedVpg, generation: number): PlannedVpg {
  if (generation === 0) return planned;
  const direction = generation % 2 === 0 ? planned : (planned.reversed ?? planned);
  return {
    ...direction,
    reversed: direction === planned ? planned.reversed : planned,
    streams: direction.streams.map((stream) => streamAt(stream, generation)),
  };
}

function streamAt(stream: PlannedStream, generation: number): PlannedStream {
  const { protect, recover } = stream;
  const name = `${protect.stream}@${generation}`;
  return {
    ...stream,
    protect: { ...protect, stream: name },
    recover: {
      ...recover,
      stream: name,
      seeded: true,
      journalFolder: `${recover.journalFolder}@${generation}`,
      scratchFolder: `${recover.scratchFolder}@${generation}`,
    },
  };
}
