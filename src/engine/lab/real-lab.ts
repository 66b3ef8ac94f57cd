/** What a lab on the real machine can be told and asked. `engine/real-lab.ts` starts one. */
import type { Component, Link, PowerVerb, Site, Vm } from '../../topology/model.ts';
import type { ScriptName } from '../../topology/scripts.ts';
import type { LabSnapshot, Reply, Request, Timeline } from '../api.ts';
import type { ExportedDisk } from '../nbd/exported-disk.ts';
import type { BlockTrace } from './block-trace.ts';
import type { ScriptDone } from '../zvm/zvm.ts';
import type { LinkChange } from './types.ts';

export interface RealLabOptions {
  /**
   * Where everything is kept: datastores, the state of ZVMs and VRAs, what runs where. Made where there is
   * none; what is there is resumed. Whoever starts a lab sees to it that no other one uses the folder.
   */
  readonly stateFolder: string;
  /** What the `image:` of a disk is relative to: the folder of the topology file. */
  readonly topologyFolder: string;
  /** Whether images may lie outside of the topology's folder; false unless given. */
  readonly imagesAnywhere?: boolean | undefined;
  /**
   * How a state folder that is new begins: with everything licensed, installed, paired and protected, or
   * with nothing deployed. `protected` unless given; it changes nothing where there is a state already.
   */
  readonly begin?: 'protected' | 'new' | undefined;
  /**
   * Bytes that have to stay free in every datastore, or nothing is journaled in it; by default 30 GB or 15 %
   * of its capacity, whichever is more, as in production.
   */
  readonly datastoreFloor?: number | undefined;
  /** Seeds everything that is left to chance; by default chance itself does. */
  readonly seed?: number | undefined;
  /**
   * Whether the VMs write what the topology says that they do. One with an image of the user's own never does.
   * False unless given.
   */
  readonly workload?: boolean | undefined;
  /** The recorded trace that a VM writes. Needed for a workload where a VM of the topology has one. */
  readonly traceOf?: ((vm: Vm) => BlockTrace) | undefined;
  /**
   * Runs a script of a recovery. Absent: nobody does, and the script counts as failed with exit status 127.
   */
  runScript?(script: RecoveryScript, done: ScriptDone): void;
}

export interface RecoveryScript {
  readonly vpg: string;
  readonly which: ScriptName;
  readonly command: string;
  /** Milliseconds, after which the operation goes on without it. */
  readonly timeout: number;
}

/**
 * A running engine on the real machine. It lives by itself, in real time; every time that goes in or out is
 * in milliseconds since 1970, as `Date.now()` counts.
 *
 * What is thrown in a callback of the engine is a mistake of ours and comes out of the event loop: it must
 * end the process of the system, whose next start finds everything as a crash left it.
 */
export interface RealLab {
  readonly now: number;

  /** Ends everything in order and closes all files. Disks and images answer `closed` from then on. */
  stop(): Promise<void>;

  /** See `Lab.power`. @throws LabError `unknown-component` */
  power(component: Component, verb: PowerVerb): void;
  cutLink(link: Link): void;
  healLink(link: Link): void;
  degradeLink(link: Link, change: LinkChange): void;

  /**
   * Asks a site's ZVM; with no site that of the VPG's recovery site, or the protected site's where that one
   * is down. A ZVM that is down, or that does not answer in 30 s (four hours for what moves data), is a
   * refusal that says so.
   */
  request(site: Site | undefined, request: Request): Promise<Reply>;

  snapshot(): LabSnapshot;
  /** All since this start of the lab. At most 400 samples a VRA. */
  timeline(): Timeline;

  /**
   * The disks of all VMs, as their guests use them: `VM/disk`, or `Site/VM/disk` where two sites have a VM
   * of the name. The objects stay the same for the life of the lab; while a VM is off, or its host is, they
   * answer `closed`. After a failover a disk is that of the recovered VM.
   */
  disks(): ReadonlyMap<string, ExportedDisk>;

  /** The images that are open now, such as those of a failover test: writable, each write to scratch. */
  images(): readonly OpenImage[];

  /**
   * Takes over the copies that a clone has made, by the `images` of its reply: whoever takes them has to
   * discard them. A copy that is gone with its VRA is not among them.
   */
  takeCopies(images: Readonly<Record<string, string>>): TakenCopies;

  /**
   * Takes over the images that a mount has opened, by the `images` of its reply: whoever takes them has to
   * close them. One that is gone with its VRA is not among them.
   */
  takeMounts(images: Readonly<Record<string, string>>): TakenMounts;

  /**
   * Calls back when what a snapshot shows may have changed: at once after what was asked of the lab, and
   * once a second. Returns what ends it.
   */
  onChange(listener: () => void): () => void;

  /** Calls back with what goes wrong by itself and is not an alert of a ZVM. Returns what ends it. */
  onProblem(listener: (problem: LabProblem) => void): () => void;
}

export interface OpenImage {
  /** As a reply's `images` name it. */
  readonly id: string;
  /** `Site/host` of the VRA that serves it. */
  readonly vra: string;
  /** By their names. The objects stay the same as long as the image is open; then they answer `closed`. */
  readonly disks: ReadonlyMap<string, ExportedDisk>;
}

export interface TakenCopies {
  /** Read-only, by `VM/disk`. */
  readonly disks: ReadonlyMap<string, ExportedDisk>;
  /** Removes them from their datastores. */
  discard(): Promise<void>;
}

export interface TakenMounts {
  /** Read-only, by `VM/disk`; they answer `closed` when their VRA is down, or after a commit. */
  readonly disks: ReadonlyMap<string, ExportedDisk>;
  /** Lets the journals go on without them; their disks answer `closed` from then on. */
  close(): void;
}

export interface LabProblem {
  /** What it happened to: `Site/host`, `VM/disk`. */
  readonly subject: string;
  readonly message: string;
}

export type RealLabErrorCode =
  /** The image of a disk is not there, or no file. */
  | 'image-missing'
  /** The image is shorter or longer than the disk is said to be. */
  | 'image-size'
  /** The image lies outside of the topology's folder. */
  | 'image-outside'
  /** Two disks have one image. */
  | 'image-shared'
  /** The image cannot be read and written. */
  | 'image-denied'
  /** The state folder is of another version of the engine, or of another topology. */
  | 'state-version'
  /** The state folder cannot be made, read or written, or is damaged. */
  | 'state-unusable';

/** A lab cannot be started; nothing was changed. */
export class RealLabError extends Error {
  readonly code: RealLabErrorCode;
  /** The disk or the file that it is about. */
  readonly subject: string;

  constructor(code: RealLabErrorCode, subject: string, message: string) {
    super(message);
    this.name = 'RealLabError';
    this.code = code;
    this.subject = subject;
  }
}
