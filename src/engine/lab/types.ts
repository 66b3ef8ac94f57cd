/** What a lab can be told and asked. `lab.ts` makes one. */
import type {
  Component,
  Datastore,
  Disk,
  Host,
  Link,
  PowerVerb,
  Site,
  Vm,
  Vpg,
} from '../../topology/model.ts';
import type { LabSnapshot, Reply, Request, Timeline } from '../api.ts';
import type { Payload } from '../world/payload.ts';
import type { BlockTrace } from './block-trace.ts';

export interface LabOptions {
  /** Same topology, same seed, same calls: the same run, byte for byte. */
  readonly seed: number;
  /**
   * `protected`: everything is licensed, installed, paired, and every VPG is in sync with an empty
   * journal. `new`: nothing is deployed; requests deploy it in the order licence, VRAs, pairing, VPGs.
   */
  readonly begin: 'protected' | 'new';
  /**
   * How long the lab is going to run before {@link Lab.setOrigin}, in milliseconds. It sets the sites'
   * clocks so that the origin is a midnight, and a time of day in a message reads as an offset.
   */
  readonly warmUp?: number | undefined;
  /** The recorded trace that a VM writes. Needed where a VM of the topology has one. */
  readonly traceOf?: ((vm: Vm) => BlockTrace) | undefined;
  /** Whether hosts keep activity logs, as they do on the real machine; false unless given. */
  readonly activityLog?: boolean | undefined;
  /**
   * Whether every heartbeat is sent, as on a real machine, although a simulated World knows who is there; false unless
   * given. It takes longer, and nothing is noticed earlier or later by more than a second or two.
   */
  readonly heartbeats?: boolean | undefined;
  /**
   * Whether time may leap over stretches in which nothing happens but the VMs' own writes and a checkpoint every
   * interval; false unless given. The same comes of it, in a fraction of the time.
   */
  readonly leaps?: boolean | undefined;
}

/**
 * A running engine built from a topology, in virtual time.
 *
 * Nothing happens between two calls: `run` moves the time on. Every time that goes in or out is in
 * milliseconds from the origin, which is the start of the lab until {@link Lab.setOrigin} moves it;
 * what happened before it has negative times.
 */
export interface Lab {
  /** Milliseconds from the origin. */
  readonly now: number;

  /** Makes this moment the offset 0 (the end of a drill's warm-up). */
  setOrigin(): void;

  /** Lives through everything up to and including `until`; a time that has passed changes nothing. */
  run(until: number): void;
  /**
   * A step of {@link run}, so that a caller can show progress or stop: at most ten minutes, or a leap over as much as
   * there is.
   */
  advance(until: number): void;

  /**
   * Power of a component.
   *
   * - `powerOff` is silent: nobody is told, as with a pulled plug. What was not synced is lost.
   * - `powerOn` means "its services are up now". Nothing happens where it is up.
   * - `crash` ends the process on a machine that stays up (peers see the connection reset); it comes
   *   back by itself after its boot time ({@link bootTimes}), and so does `reboot`, which goes
   *   silent meanwhile as a machine does.
   *
   * A host takes its VMs and its VRA with it, a site all its hosts and its ZVM. A VRA or a VM cannot
   * come up on a host that is down: it comes up with the host. What was switched off by itself before
   * its host went down stays off when the host returns.
   */
  power(component: Component, verb: PowerVerb): void;

  cutLink(link: Link): void;
  /** Joins a cut link again and undoes every {@link Lab.degradeLink}. */
  healLink(link: Link): void;
  /** Bandwidth in bytes per second, latency one way in milliseconds, loss 0 to 1, MTU in bytes. */
  degradeLink(link: Link, change: LinkChange): void;

  /**
   * Writes `size` bytes on top of the workload, into a region that the workload does not touch, from
   * now on at `rate` bytes per second (as fast as {@link defaultWriteRate} where it is not given).
   * With a name, {@link Lab.imageContains} can look for it in a recovered image.
   *
   * @throws LabError `unknown-disk` (the VM has no disk), `no-room` (larger than what the region has
   *   left), `duplicate-name`, `machine-down`.
   */
  write(request: WriteRequest): void;

  /**
   * Flips a bit in the journal of a VM of a VPG, as a failing disk does: found when it is read next.
   *
   * @throws LabError `no-journal` (the VM is not in that VPG, or its journal is empty).
   */
  corruptJournal(vpg: Vpg, vm: Vm): void;

  /** Fills a datastore until only `free` bytes are left. */
  fill(datastore: Datastore, free: number): void;
  /**
   * Takes a share of a host's CPU, 0 to 1, for so many milliseconds: its VRA compresses less, or not at
   * all. A load that begins before another has ended takes its place.
   */
  load(host: Host, cpu: number, duration: number): void;
  /**
   * What a backup product would do to a VRA (VRA-10): it falls silent and stays so, whatever its power,
   * until an `install-vra` deploys it anew. @throws LabError `not-deployable` (there is no VRA)
   */
  snapshotVra(host: Host): void;
  /** Moves the clock of a site's ZVM and VRAs by so many milliseconds (negative: back). */
  skewClock(site: Site, by: number): void;

  /**
   * Asks a site's ZVM and lives on until it has answered (a few milliseconds of virtual time, or up to
   * 30 s where a VRA does not answer). With no site: the recovery site's ZVM of the VPG, or the
   * protected site's where that one is down; a request without a VPG goes to the first site.
   *
   * A ZVM that is down cannot be asked: the answer is a refusal that says so. With both ZVMs of the
   * VPG down the refusal says that at least one is needed (OUT-5).
   */
  request(site: Site | undefined, request: Request): Reply;

  snapshot(): LabSnapshot;
  /** All since the start, warm-up included. At most 400 samples a VRA. */
  timeline(): Timeline;

  /** The marker of a named {@link Lab.write}; undefined where no write has that name. */
  marker(name: string): Marker | undefined;
  /** Names of all markers so far, in the order in which they were written. */
  readonly markers: readonly string[];

  /**
   * How much of a marker an image holds. `images` are those of a successful failover test:
   * `vm/disk` to image id. Lives on for as long as reading takes.
   *
   * @throws LabError `unknown-image`
   */
  imageContains(images: Readonly<Record<string, string>>, marker: string): Containment;

  /**
   * Reads a recovered disk. Lives on for as long as reading takes.
   *
   * @throws LabError `unknown-image` (closed or never opened), `unknown-disk`, `read-failed`
   */
  readImage(image: string, disk: string, offset: number, length: number): Payload;
}

export interface LinkChange {
  readonly bandwidth?: number | undefined;
  readonly latency?: number | undefined;
  readonly loss?: number | undefined;
  readonly mtu?: number | undefined;
}

export interface WriteRequest {
  readonly vm: Vm;
  /** The VM's last disk where it is not given: data disks stand behind system disks. */
  readonly disk?: Disk | undefined;
  /** Bytes. */
  readonly size: number;
  readonly name?: string | undefined;
  /** Bytes per second. */
  readonly rate?: number | undefined;
  /** Into the VM of its running failover test, instead of the protected one. */
  readonly test?: Vpg | undefined;
}

/** Where a named write went. */
export interface Marker {
  readonly name: string;
  readonly vm: string;
  readonly disk: string;
  readonly offset: number;
  /** Bytes asked for. */
  readonly size: number;
  /** Bytes that the guest was told are written, up to now. */
  readonly written: number;
  readonly from: number;
  /** When the guest was told of the last byte; undefined while it lasts. */
  readonly to?: number | undefined;
}

export type Containment = 'whole' | 'partly' | 'none';

/** How long a machine takes from a `reboot` or `crash` until its services are up, in milliseconds. */
export const bootTimes = {
  /** The ZVM's services start; the machine under it is up (crash) or boots (reboot). */
  zvm: { crash: 30_000, reboot: 60_000 },
  vra: { crash: 20_000, reboot: 40_000 },
  /** A hypervisor host with everything on it. */
  host: { crash: 120_000, reboot: 120_000 },
} as const;

/** Bytes per second of a `write` that gives none: a copy over a gigabit network. */
export const defaultWriteRate = 100_000_000;

export type LabErrorCode =
  | 'unknown-disk'
  | 'unknown-image'
  | 'no-room'
  | 'duplicate-name'
  | 'machine-down'
  | 'read-failed'
  | 'no-journal'
  | 'no-trace'
  | 'not-deployable'
  | 'unknown-component'
  | 'unknown-file';

/** The lab was told something that cannot be done. */
export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string) {
    super(message);
    this.name = 'LabError';
    this.code = code;
  }
}

/** The engine does not do this yet, and says so rather than doing something else. */
export class NotSupportedError extends Error {
  /** What was asked for, such as `snapshot of a VRA`. */
  readonly what: string;

  constructor(what: string) {
    super(`${what} is not supported yet`);
    this.name = 'NotSupportedError';
    this.what = what;
  }
}
