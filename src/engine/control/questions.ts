/** What a client asks of an engine, and the shape of the answer to each. */
import { z } from 'zod';
import type { CheckpointSelector, LabSnapshot, Reply, Request, Timeline } from '../api.ts';
import type { EngineEvent } from './engine-events.ts';

/** A disk or an image that the engine serves over NBD. */
export interface ServedDisk {
  /** `VM/disk`; for an image, of the recovered VM. */
  readonly disk: string;
  /** Bytes. */
  readonly size: number;
  /** Where NBD clients find it. */
  readonly uri: string;
}

export interface ServedImage extends ServedDisk {
  /** As a {@link Reply} names it. */
  readonly image: string;
}

/** Who answers at the other end. */
export interface EngineInfo {
  readonly version: string;
  readonly pid: number;
  /** Path of the topology file. */
  readonly topology: string;
  /** Path of the state folder. */
  readonly state: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  /** Whether it goes on when its last client has left. */
  readonly stays: boolean;
}

export type ComponentVerb = 'powerOff' | 'powerOn' | 'reboot' | 'crash';

/** Each optional figure stays as it is unless given. */
export interface LinkDegradation {
  /** Bytes per second. */
  readonly bandwidth?: number | undefined;
  /** Milliseconds, one way. */
  readonly latency?: number | undefined;
  /** Share of packets, 0 to 1. */
  readonly loss?: number | undefined;
  /** Bytes. */
  readonly mtu?: number | undefined;
}

export type CloneFormat = 'raw' | 'qcow2' | 'vmdk' | 'vhd' | 'vhdx';

export type Question =
  | { readonly kind: 'engine' }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'timeline' }
  | { readonly kind: 'events' }
  | { readonly kind: 'disks' }
  | { readonly kind: 'images' }
  /** Snapshots and events are sent from now on, or no longer. */
  | { readonly kind: 'subscribe'; readonly snapshots: boolean; readonly events: boolean }
  /** Asks a site's ZVM; that of the recovery site, or the surviving one, where no site is given. */
  | { readonly kind: 'request'; readonly site?: string | undefined; readonly request: Request }
  /** `component` as a topology names it: `Site`, `Site/zvm`, `Site/host`, `Site/host/vra`. */
  | { readonly kind: 'power'; readonly component: string; readonly verb: ComponentVerb }
  | { readonly kind: 'cut-link'; readonly link: string }
  /** Also undoes what `degrade-link` did. */
  | { readonly kind: 'heal-link'; readonly link: string }
  | ({ readonly kind: 'degrade-link'; readonly link: string } & LinkDegradation)
  /** Copies the disks of a VPG as they were at a checkpoint into files of a folder. */
  | {
      readonly kind: 'clone';
      readonly vpg: string;
      readonly site?: string | undefined;
      readonly checkpoint: CheckpointSelector;
      /** Only these VMs of the VPG; all unless given. */
      readonly vms?: readonly string[] | undefined;
      /** An absolute path on the engine's machine. */
      readonly to: string;
      readonly format: CloneFormat;
    }
  /**
   * Opens disks as they were at a checkpoint, to be read over NBD. Nothing is copied. They are there until
   * `unmount`, or until the client that asked has gone.
   */
  | {
      readonly kind: 'mount';
      readonly vpg: string;
      readonly site?: string | undefined;
      readonly checkpoint: CheckpointSelector;
      /** All VMs of the VPG unless given. */
      readonly vm?: string | undefined;
      /** All disks of the VM unless given. */
      readonly disk?: string | undefined;
      /** What for, for the report. */
      readonly notes?: string | undefined;
    }
  /** Closes what a `mount` of this client has opened. */
  | { readonly kind: 'unmount'; readonly mount: string }
  /** Ends the engine. */
  | { readonly kind: 'stop' };

export type QuestionKind = Question['kind'];

/** A reply, with the files that were written. */
export type CloneAnswer =
  | (Extract<Reply, { result: 'success' }> & {
      /** Path by `VM/disk`. */
      readonly files: Readonly<Record<string, string>>;
    })
  | Extract<Reply, { result: 'refused' }>;

/** Disks that can be read until they are unmounted. */
export type MountAnswer =
  | {
      readonly result: 'success';
      /** What `unmount` names. */
      readonly mount: string;
      readonly checkpoint: { readonly id: number; readonly time: number };
      readonly disks: readonly ServedDisk[];
    }
  | Extract<Reply, { result: 'refused' }>;

export interface Answers {
  readonly engine: EngineInfo;
  readonly snapshot: LabSnapshot;
  readonly timeline: Timeline;
  readonly events: readonly EngineEvent[];
  readonly disks: readonly ServedDisk[];
  readonly images: readonly ServedImage[];
  readonly subscribe: Done;
  /** Images are given as NBD URIs. */
  readonly request: Reply;
  readonly power: Done;
  readonly 'cut-link': Done;
  readonly 'heal-link': Done;
  readonly 'degrade-link': Done;
  readonly clone: CloneAnswer;
  readonly mount: MountAnswer;
  readonly unmount: Done;
  readonly stop: Done;
}

/** It was done; there is nothing more to say. */
export interface Done {
  readonly done: true;
}

/** Why a question has no answer. */
export type FailureCode =
  /** It was not understood. */
  | 'bad-question'
  /** It names what the topology does not have. */
  | 'unknown-name'
  /** It can be understood, and cannot be done now. */
  | 'not-possible'
  /** This engine does not do it. */
  | 'not-supported'
  /** The client has too many questions open. */
  | 'too-many-questions'
  /** A fault of the engine. */
  | 'internal';

export const failureCode: z.ZodType<FailureCode> = z.enum([
  'bad-question',
  'unknown-name',
  'not-possible',
  'not-supported',
  'too-many-questions',
  'internal',
]);

/** A question that cannot be answered, said to the client as it is. */
export class QuestionError extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.name = 'QuestionError';
    this.code = code;
  }
}
