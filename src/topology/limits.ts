/**
 * Numbers of the domain, each with where it comes from: the product's published documentation
 * (ZDOC), its knowledge base (KB), or measurements and captures of others.
 *
 * Sizes are bytes, durations milliseconds, rates bytes per second.
 */

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

// --- Checkpoints and objectives --------------------------------------------------------------

/** System-defined; observed lists have one every 5 s (vendor forum, captured checkpoint list). */
export const checkpointInterval = 5 * second;
/** Range of the RPO alert, 60 s to 864 200 s, as the vendor's PowerShell module checks it. */
export const minRpo = 60 * second;
export const maxRpo = 864_200 * second;
/** 300 s, the default of the vendor's PowerShell module. */
export const defaultRpo = 5 * minute;
/** Test reminders that the product offers: six months is its default (262 080 min). */
export const defaultTestInterval = 262_080 * minute;
/** A reminder that comes more often hardly ever clears (Tidemark's own bound). */
export const leastTestInterval = day;
/** In more than a leap year hosts, networks and addresses change unseen (Tidemark's own bound). */
export const mostTestInterval = 366 * day;

// --- Journal ---------------------------------------------------------------------------------

/** 1 h to 30 d (ZDOC, journal settings). */
export const minHistory = hour;
export const maxHistory = 30 * day;
/** 24 h, the default of the API. */
export const defaultHistory = 24 * hour;
/** Least hard limit of a journal (ZDOC, journal settings; 10 GB on Azure). */
export const minHardLimit = 8 * gib;
/** 153 600 MB, the product's default. */
export const defaultHardLimit = 150 * gib;
/** 115 200 MB of 153 600 MB: the product's default warning threshold. */
export const defaultWarningShare = 0.75;
/** 307 200 MB, seen in an exported VPG: the default of the scratch journal's limit. */
export const defaultScratchLimit = 300 * gib;
/** Below this free space, or this share, the product stops replicating into a datastore. */
export const datastoreFloor = 30e9;
export const datastoreFloorShare = 0.15;
/**
 * Times the floor that has to be free before replication into the datastore goes on: 33 GB or 16.5 %.
 * Ours: without it every freed gigabyte would start a bitmap sync that fills the datastore again.
 */
export const datastoreResumeFactor = 1.1;
/** Bytes that have to be free in a datastore of that capacity. */
export function floorOf(capacity: number): number {
  return Math.max(datastoreFloor, capacity * datastoreFloorShare);
}
/** Spare room on top of change rate times history (the vendor's sizing rule). */
export const journalHeadroom = 0.1;
/** Below these shares of the configured history the alerts VPG0003 and VPG0004 are raised. */
export const historyWarningShare = 0.85;
export const historyErrorShare = 0.75;

// --- VRA -------------------------------------------------------------------------------------

/** Volumes per VRA, protected and recovered together (ZDOC, VRA requirements). */
export const maxVolumesPerVra = 1500;
/** Datastore space per VRA: 12.5 GB (ZDOC, VRA requirements). */
export const vraDatastoreSpace = 12.5e9;
/** Least reserved memory of a VRA (ZDOC, VRA requirements). */
export const minVraMemory = gib;
/** What a VRA needs for itself: 1 GB of memory leave 461 MB of buffer, 2 GB 1485, 3 GB 2509 (KB). */
export const vraOwnMemory = 563 * mib;
/** Share of the buffer pool for writes not yet sent (KB, VRA memory considerations). */
export const sendBufferShare = 0.9;
/** Share of the buffer pool for writes not yet journaled (same source). */
export const receiveBufferShare = 0.75;
/** The largest packet that a VRA sends, 28 bytes of header included: 1464 bytes of data (KB). */
export const vraMtu = 1492;
export const packetHeader = 28;

/** The buffer pool of a VRA with that much reserved memory, in bytes; 0 where it has none to spare. */
export function vraBufferPool(memory: number): number {
  return Math.max(0, memory - vraOwnMemory);
}

/** The memory that a VRA needs for a buffer pool of that many bytes, in whole GiB of bytes. */
export function vraMemoryForPool(pool: number): number {
  return Math.max(minVraMemory, Math.ceil((pool + vraOwnMemory) / gib) * gib);
}

// --- Hosts, VMs, VPGs ------------------------------------------------------------------------

/** Open on a host when a VRA is installed: SSH and HTTPS (ZDOC, open ports). */
export const vraInstallationPorts: readonly number[] = [22, 443];
/** Disks of a protected VM: four SCSI controllers with 15 each (ZDOC, VPG limits). */
export const maxDisksPerVm = 60;
/** VPGs that one VM may be in, each to another site (ZDOC, VPG limits). */
export const maxVpgsPerVm = 3;
/** VMs that one ZVM manages (ZDOC, scale). */
export const maxVmsPerZvm = 5000;
/** Time to decide on a failover, the product's default since 6.0. */
export const defaultCommitTimeout = 60 * minute;
/** VMs that one host powers on in five minutes during a recovery (field report on RTO tuning). */
export const poweredOnPerHost = { vms: 5, every: 5 * minute } as const;

// --- Network ---------------------------------------------------------------------------------

/** Least WAN bandwidth, 5 Mbit/s (ZDOC, initial configuration). */
export const minWanBandwidth = 5e6 / 8;
/** What Ethernet carries. */
export const defaultMtu = 1500;

/** TCP ports by what they are for (ZDOC, port usage, unless said otherwise). */
export const ports = {
  ssh: 22,
  https: 443,
  /** UDP and TCP. */
  dns: 53,
  smtp: 25,
  /** UDP. */
  ntp: 123,
  ldap: 389,
  /** UDP and TCP. */
  syslog: 514,
  /** ZVM to its own VRAs: logs. */
  vraLogs: 4005,
  /** ZVM to its own VRAs: control. */
  vraControl: 4006,
  /** VRA to VRA: control. */
  vraPeerControl: 4007,
  /** VRA to VRA: data. */
  vraPeerData: 4008,
  /** ZVM to its own VRAs: checkpoints. */
  vraCheckpoints: 4009,
  /** VRA to VRA, encrypted: control. */
  vraPeerControlEncrypted: 9007,
  /** VRA to VRA, encrypted: data. */
  vraPeerDataEncrypted: 9008,
  /** ZVM to ZVM, HTTPS. */
  zvmPeer: 9071,
  /** ZVM: internal API. */
  zvmInternal: 9080,
  /** ZVM to ZVM, the older protocol. */
  zvmPeerLegacy: 9081,
  /** VRA: its web page. */
  vraWeb: 9180,
  /** ZVM: user interface and API. */
  zvmInterface: 9669,
} as const;
