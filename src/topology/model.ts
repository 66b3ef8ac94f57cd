/**
 * What a topology file says, with names bound and quantities in base units: durations in
 * milliseconds, sizes in bytes, rates in bytes per second, addresses as unsigned 32-bit numbers.
 *
 * The model is built even from a file with mistakes (an engineer is still typing): what could not be
 * read is left out, and a reference to a name that stands in the file never counts as unknown.
 */
import type { NbdTarget } from './nbd-target.ts';
import type { Cidr, InterfaceAddress, Ipv4 } from './address.ts';
import type { Place, TopologyDocument } from './document.ts';
import type { ScriptName } from './scripts.ts';

/** An entry of a map: its name is its key. */
export interface Named {
  readonly name: string;
  readonly place: Place;
}

/** A name that points elsewhere. `target` is undefined where nothing readable has that name. */
export interface Reference<T> {
  readonly name: string;
  readonly place: Place;
  readonly target: T | undefined;
  /**
   * True where the name is declared, though its entry has mistakes of its own, and where nobody can
   * tell: what it would be declared in is unknown itself, or has mistakes.
   */
  readonly declared: boolean;
}

export interface Topology {
  /** The file that was asked for, which includes the others. */
  readonly document: TopologyDocument;
  /** All files that it consists of, that one first. */
  readonly documents: readonly TopologyDocument[];
  readonly includes: readonly Include[];
  /**
   * False where a file that should be included was not found or not read: what no file declares may
   * stand there.
   */
  readonly isWhole: boolean;
  readonly name: string;
  readonly sites: ReadonlyMap<string, Site>;
  readonly links: ReadonlyMap<string, Link>;
  readonly pairings: readonly Pairing[];
  readonly vpgs: ReadonlyMap<string, Vpg>;
  readonly drills: ReadonlyMap<string, Drill>;
}

/** An item of a list of files to include. */
export interface Include {
  readonly place: Place;
  /** The path or pattern, as written. */
  readonly pattern: string;
  readonly files: readonly IncludedFile[];
}

export interface IncludedFile {
  readonly document: TopologyDocument;
  /** The item that has led to the file before; undefined where this one is the first. */
  readonly before: Place | undefined;
}

// --- Sites -----------------------------------------------------------------------------------

export type Platform = 'vsphere' | 'hyperv' | 'kvm' | 'aws' | 'azure';
export type ZvmSystem = 'windows' | 'linux';

export interface Site extends Named {
  readonly platform: Platform;
  readonly networks: ReadonlyMap<string, Network>;
  readonly firewalls: readonly Firewall[];
  readonly vcenter: Vcenter | undefined;
  readonly services: readonly Service[];
  readonly zvm: Zvm | undefined;
  readonly datastores: ReadonlyMap<string, Datastore>;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly backups: ReadonlyMap<string, Backup>;
  readonly vms: ReadonlyMap<string, Vm>;
}

export interface Network extends Named {
  readonly site: Site;
  readonly cidr: Cidr;
  /** Bytes; 1500 where the file says nothing. */
  readonly mtu: number;
  /** True: nothing routes in or out (a test bubble). */
  readonly isolated: boolean;
}

/** What may pass between two networks of a site. Between networks with no entry, all passes. */
export interface Firewall {
  readonly place: Place;
  readonly between: readonly [Reference<Network>, Reference<Network>];
  readonly allow: 'any' | readonly number[];
}

export interface Vcenter {
  readonly place: Place;
  readonly site: Site;
  readonly address: Ipv4;
  readonly network: Reference<Network> | undefined;
}

export type ServiceKind = 'dns' | 'ntp' | 'smtp' | 'ldap' | 'syslog';

export interface Service {
  readonly kind: ServiceKind;
  readonly place: Place;
  readonly site: Site;
  readonly address: Ipv4;
}

export interface Zvm {
  readonly place: Place;
  readonly site: Site;
  readonly os: ZvmSystem;
  readonly license: boolean;
  readonly nics: ReadonlyMap<string, ZvmNic>;
  /** The NIC whose address the peers use; the only NIC where there is one and the file is silent. */
  readonly replicationNic: Reference<ZvmNic> | undefined;
  readonly routes: readonly Route[];
}

export interface ZvmNic extends Named {
  readonly network: Reference<Network>;
  readonly address: InterfaceAddress;
  readonly gateway: Ipv4 | undefined;
}

export interface Route {
  readonly place: Place;
  readonly to: Cidr;
  readonly via: Ipv4;
  readonly nic: Reference<ZvmNic>;
  readonly persistent: boolean;
}

export interface Datastore extends Named {
  readonly site: Site;
  readonly capacity: number;
  readonly free: number;
}

export type HostCredentials = 'user' | 'root' | 'none';

export interface Host extends Named {
  readonly site: Site;
  /** As written, such as `6.7` or `4.0 U1`; undefined where the platform is not vSphere. */
  readonly version: string | undefined;
  readonly address: Ipv4 | undefined;
  /** Open TCP ports; undefined where the file says nothing. */
  readonly ports: readonly number[] | undefined;
  readonly credentials: HostCredentials;
  readonly vra: Vra | undefined;
}

export interface Vra {
  readonly place: Place;
  readonly site: Site;
  readonly host: Host;
  /** Reserved memory in bytes, which is also its buffer. */
  readonly memory: number;
  readonly datastore: Reference<Datastore>;
  readonly network: Reference<Network>;
  readonly address: InterfaceAddress | 'dhcp';
  readonly gateway: Ipv4 | undefined;
  readonly folder: string | undefined;
}

export interface Backup extends Named {
  readonly excludeFolders: readonly string[];
}

export interface Vm extends Named {
  readonly site: Site;
  readonly host: Reference<Host>;
  /** Bytes per second that a drill's workload writes. */
  readonly changeRate: number;
  readonly burst: Burst | undefined;
  /** Whether the guest has the tools that a graceful shutdown and a new address need. */
  readonly tools: boolean;
  /** Path of a recorded block trace, relative to the file. */
  readonly trace: string | undefined;
  readonly nics: ReadonlyMap<string, VmNic>;
  readonly disks: ReadonlyMap<string, Disk>;
}

export interface Burst {
  readonly rate: number;
  readonly for: number;
  readonly every: number;
}

export interface VmNic extends Named {
  readonly network: Reference<Network>;
  readonly address: InterfaceAddress | 'dhcp' | undefined;
}

export interface Disk extends Named {
  readonly vm: Vm;
  readonly size: number;
  readonly datastore: Reference<Datastore>;
  /** Path of a real disk image, relative to the file. */
  readonly image: string | undefined;
}

// --- Between sites ---------------------------------------------------------------------------

export interface Link extends Named {
  readonly joins: readonly [Reference<Network>, Reference<Network>];
  /** Bytes per second. */
  readonly bandwidth: number;
  /** One way, in milliseconds. */
  readonly latency: number;
  /** Share of packets lost, 0 to 1. */
  readonly loss: number;
  readonly mtu: number;
  readonly nat: boolean;
  readonly allow: 'any' | readonly number[];
  readonly throttle: readonly ThrottleWindow[];
}

export interface ThrottleWindow {
  readonly place: Place;
  /** Milliseconds since midnight. */
  readonly from: number;
  readonly to: number;
  readonly rate: number;
}

export interface Pairing {
  readonly place: Place;
  readonly sites: readonly [Reference<Site>, Reference<Site>];
}

// --- Protection ------------------------------------------------------------------------------

export type Priority = 'low' | 'medium' | 'high';
export type CommitPolicy = 'none' | 'commit' | 'rollback';

export interface Vpg extends Named {
  readonly from: Reference<Site>;
  readonly to: Reference<Site>;
  readonly vms: ReadonlyMap<string, ProtectedVm>;
  /** RPO in milliseconds above which an alert is raised. */
  readonly rpo: number;
  /** RTO in milliseconds; undefined where none is aimed at. */
  readonly rto: number | undefined;
  readonly priority: Priority;
  readonly compression: boolean;
  readonly journal: JournalSettings;
  /** Bytes per VM; undefined for unlimited. */
  readonly scratch: {
    readonly hardLimit: number | undefined;
    readonly warning: number | undefined;
  };
  /** Undefined where the file says nothing; 0 switches the reminder off. */
  readonly testEvery: number | undefined;
  readonly boot: { readonly order: readonly number[]; readonly delay: number } | undefined;
  readonly scripts: Readonly<Record<ScriptName, Script | undefined>>;
  readonly commit: { readonly policy: CommitPolicy; readonly timeout: number };
  readonly reverseProtection: boolean;
}

export interface JournalSettings {
  readonly place: Place;
  /** Milliseconds. */
  readonly history: number;
  /** Bytes per VM; undefined for unlimited. */
  readonly hardLimit: number | undefined;
  /** Bytes, from a size or a share of the hard limit. */
  readonly warning: number | undefined;
  readonly datastore: Reference<Datastore> | undefined;
}

export interface Script {
  readonly place: Place;
  readonly command: string;
  readonly timeout: number;
  /** What a drill takes its run for: milliseconds, and an exit status. */
  readonly takes: number;
  readonly exit: number;
}

export interface ProtectedVm extends Named {
  readonly vpg: Vpg;
  readonly vm: Reference<Vm>;
  readonly recoveryHost: Reference<Host>;
  readonly datastore: Reference<Datastore>;
  readonly bootGroup: number | undefined;
  /** Disks whose recovery volume holds a copy already. */
  readonly preseed: readonly Reference<Disk>[];
  /** Replicas that are kept elsewhere than in the datastore, by the name of the disk. */
  readonly replicas: ReadonlyMap<string, ReplicaTarget>;
  readonly nics: ReadonlyMap<string, NicMapping>;
}

export interface ReplicaTarget extends Named {
  readonly disk: Reference<Disk>;
  readonly nbd: NbdTarget;
}

export interface NicMapping extends Named {
  readonly nic: Reference<VmNic>;
  readonly failover: RecoveryNic | undefined;
  readonly test: RecoveryNic | undefined;
}

export interface RecoveryNic {
  readonly place: Place;
  readonly network: Reference<Network>;
  readonly address: InterfaceAddress | 'dhcp' | undefined;
  readonly gateway: Ipv4 | undefined;
}

// --- Drills ----------------------------------------------------------------------------------

export interface Drill extends Named {
  readonly describes: string | undefined;
  readonly facts: readonly string[];
  readonly duration: number;
  readonly begin: 'protected' | 'new';
  readonly warmUp: number;
  readonly steps: readonly DrillStep[];
  readonly expect: Expectations | undefined;
}

export interface DrillStep {
  readonly place: Place;
  /** Milliseconds from the drill's start. */
  readonly at: number;
  readonly action: DrillAction | undefined;
  readonly expect: Expectations | undefined;
}

export type Component =
  | { readonly kind: 'site'; readonly site: Site }
  | { readonly kind: 'zvm'; readonly site: Site }
  | { readonly kind: 'host'; readonly site: Site; readonly host: Host }
  | { readonly kind: 'vra'; readonly site: Site; readonly host: Host };

export type PowerVerb = 'powerOff' | 'powerOn' | 'reboot' | 'crash';

export const recoveryVerbs = [
  'createVpg',
  'failoverTest',
  'stopTest',
  'failover',
  'commit',
  'rollback',
  'move',
  'clone',
  'restoreFile',
  'reverseProtect',
  'forceSync',
  'pause',
  'resume',
] as const;
export type RecoveryVerb = (typeof recoveryVerbs)[number];

/** What a step does. `place` is the value under the verb's key. */
export type DrillAction = { readonly place: Place } & (
  | { readonly verb: PowerVerb; readonly component: Reference<Component> }
  | { readonly verb: 'cut' | 'heal'; readonly link: Reference<Link> }
  | {
      readonly verb: 'degrade';
      readonly link: Reference<Link>;
      readonly bandwidth: number | undefined;
      readonly latency: number | undefined;
      readonly loss: number | undefined;
      readonly mtu: number | undefined;
    }
  | {
      readonly verb: 'write';
      readonly vm: Reference<Vm>;
      readonly disk: Reference<Disk> | undefined;
      readonly size: number;
      readonly name: string | undefined;
      readonly rate: number | undefined;
      /** Whose running failover test is written to, instead of the protected VM. */
      readonly test: Reference<Vpg> | undefined;
    }
  | { readonly verb: 'fill'; readonly datastore: Reference<Datastore>; readonly free: number }
  | {
      readonly verb: 'load';
      readonly host: Reference<Host>;
      /** 0 to 1. */
      readonly cpu: number;
      readonly for: number;
    }
  | { readonly verb: 'snapshot' | 'redeploy'; readonly component: Reference<Component> }
  | { readonly verb: 'enterLicense'; readonly site: Reference<Site> }
  | { readonly verb: 'installVras'; readonly hosts: readonly Reference<Host>[] }
  /** The ZVM of the first site is asked. */
  | { readonly verb: 'pair'; readonly sites: readonly [Reference<Site>, Reference<Site>] }
  | { readonly verb: 'skewClock'; readonly site: Reference<Site>; readonly by: number }
  | {
      readonly verb: 'checkpoint';
      readonly vpg: Reference<Vpg>;
      readonly tag: string;
      /** Made while the VPG's freeze script keeps the applications still. */
      readonly application: boolean;
    }
  | {
      readonly verb: RecoveryVerb;
      readonly vpg: Reference<Vpg>;
      readonly checkpoint: CheckpointChoice | undefined;
      /** Whose ZVM is asked; by default the recovery site's, or the surviving one. */
      readonly site: Reference<Site> | undefined;
      /** Only these VMs of the VPG; undefined: all. */
      readonly vms: readonly Reference<Vm>[] | undefined;
      /** Whatever else the verb takes, in base units: `commitTimeout` is milliseconds. */
      readonly options: Readonly<Record<string, unknown>>;
    }
);

export type CheckpointChoice =
  | { readonly kind: 'latest' }
  | { readonly kind: 'oldest' }
  | { readonly kind: 'tag'; readonly tag: string }
  /** The newest one before this offset from the drill's start. */
  | { readonly kind: 'before'; readonly at: number }
  /** The newest one not after this offset from the drill's start. */
  | { readonly kind: 'at'; readonly at: number };

export type GapCause =
  | 'zvm-down'
  | 'zvms-disconnected'
  | 'vra-down'
  | 'link-down'
  | 'bitmap-sync'
  | 'delta-sync'
  | 'initial-sync'
  | 'paused'
  | 'journal-storage';

export interface Expectations {
  readonly place: Place;
  readonly result: 'success' | 'incomplete' | 'refused' | undefined;
  readonly reason: string | undefined;
  readonly contains: readonly string[] | undefined;
  readonly missing: readonly string[] | undefined;
  readonly alerts:
    | {
        readonly raised: readonly string[] | undefined;
        readonly cleared: readonly string[] | undefined;
        readonly never: readonly string[] | undefined;
      }
    | undefined;
  readonly vpgs: ReadonlyMap<string, VpgExpectations>;
}

export interface Bounds {
  readonly atLeast: number | undefined;
  readonly atMost: number | undefined;
}

export interface VpgExpectations {
  readonly place: Place;
  readonly vpg: Reference<Vpg>;
  readonly status: string | undefined;
  readonly subStatus: string | undefined;
  readonly health: 'ok' | 'warning' | 'error' | undefined;
  readonly replicating: boolean | undefined;
  readonly rpo: 'not-measured' | { readonly atMost: number } | undefined;
  readonly history: Bounds | undefined;
  readonly checkpoints:
    | (Bounds & {
        readonly oldest: TimeExpectation | undefined;
        readonly newest: TimeExpectation | undefined;
      })
    | undefined;
  readonly gaps: readonly GapExpectation[] | undefined;
  readonly noGaps: boolean | undefined;
}

/** A time offset that may be off by `within` either way (5 s, one checkpoint, unless given). */
export interface TimeExpectation {
  readonly at: number;
  readonly within: number;
}

export interface GapExpectation {
  readonly place: Place;
  readonly from: number;
  /** Undefined: the gap is still open. */
  readonly to: number | undefined;
  readonly within: number;
  readonly cause: GapCause | undefined;
}
