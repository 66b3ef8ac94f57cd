/**
 * A scenario: everything that happens to an engine in one trial, as data. It can be written to a file,
 * changed by hand, replayed and made smaller; a seed is only a way to make one up.
 *
 * Times are milliseconds from the moment at which everything is protected and has had its rest, sizes are bytes.
 */

export interface Scenario {
  readonly seed: number;
  /**
   * `bounded`: whatever is done can be healed, so all must be well again in the end. `unbounded`: anything
   * goes, and only safety is asked for: what is offered is true, or it is refused.
   */
  readonly mode: 'bounded' | 'unbounded';
  /** Whether hosts keep activity logs; absent: they do not. */
  readonly activityLog?: boolean;
  /** Long times without harm, over which virtual time leaps; absent: all of it is lived through. */
  readonly rest?: Rest;
  /** For how long harm is done. */
  readonly harm: number;
  readonly sites: readonly ScenarioSite[];
  /** Between any two sites. */
  readonly wan: { readonly bandwidth: number; readonly latency: number };
  readonly vms: readonly ScenarioVm[];
  readonly vpgs: readonly ScenarioVpg[];
  readonly acts: readonly Act[];
}

export interface Rest {
  /** What each VM writes by itself, in bytes a second, from the first moment to the last. */
  readonly change: Readonly<Record<string, number>>;
  /** Milliseconds of rest before harm begins. */
  readonly before: number;
  /** Whether harm waits until everything has come around from the last leap before it. */
  readonly lands: boolean;
  /** The same when all is well again, in a scenario that is not unbounded; 0: none. */
  readonly after: number;
}

export interface ScenarioSite {
  readonly name: string;
  readonly hosts: readonly ScenarioHost[];
}

export interface ScenarioHost {
  readonly name: string;
  /** Of its VRA's buffer. */
  readonly pool: number;
  /** Milliseconds of a link of its own to the rest of its site; 0: none. */
  readonly annex: number;
}

export interface ScenarioVm {
  readonly name: string;
  readonly site: string;
  readonly host: string;
  readonly disks: readonly number[];
}

export interface ScenarioVpg {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly vms: readonly { readonly vm: string; readonly recoveryHost: string }[];
  readonly history: number;
  readonly hardLimit?: number;
  readonly scratchLimit?: number;
  readonly compression: boolean;
}

/** Kinds of files, by what they hold. */
export type FileKind = 'segment' | 'watermark' | 'replica' | 'scratch' | 'state';

export type IoFault =
  'read-fails' | 'write-fails' | 'sync-fails' | 'sync-lies' | 'phantom' | 'misdirected';

export type Act = { readonly at: number } & (
  | {
      /** A guest writes so many times, beginning a write every so often. */
      readonly do: 'writes';
      readonly vm: string;
      readonly seed: number;
      readonly count: number;
      readonly every: number;
      readonly largest: number;
      /** How many of them, of 100, are zeroes. */
      readonly zeroes: number;
      /** Bytes at the beginning of each disk that are written to; 0: all. */
      readonly within: number;
    }
  | {
      /** The VMs of a VPG write one after the other, each when the one before is done. */
      readonly do: 'chain';
      readonly vpg: string;
      readonly count: number;
    }
  | {
      /** Site, host, VRA or ZVM goes down: `off` with its power, `end` as a process alone. */
      readonly do: 'down';
      readonly what: string;
      readonly ending: 'off' | 'end';
      readonly for: number;
      /** Not at once, but when its process has begun so many I/Os more. */
      readonly afterIo?: number;
    }
  | { readonly do: 'cut'; readonly link: string; readonly for: number }
  | {
      readonly do: 'cut-one-way';
      readonly link: string;
      readonly forward: boolean;
      readonly for: number;
    }
  | {
      readonly do: 'degrade';
      readonly link: string;
      readonly for: number;
      readonly bandwidth?: number;
      readonly latency?: number;
      readonly loss?: number;
    }
  | { readonly do: 'reset'; readonly process: string; readonly halfOpen: boolean }
  | {
      readonly do: 'fill';
      readonly site: string;
      readonly datastore: string;
      readonly free: number;
      readonly for: number;
    }
  | {
      readonly do: 'slow';
      readonly site: string;
      readonly datastore: string;
      readonly factor: number;
      readonly for: number;
    }
  | {
      /** So many of the next I/Os of a kind go wrong. */
      readonly do: 'io';
      readonly site: string;
      readonly fault: IoFault;
      readonly on: FileKind;
      readonly times: number;
      readonly for: number;
    }
  | { readonly do: 'rot'; readonly site: string; readonly on: FileKind; readonly pick: number }
  /** Bits rot in so many frames of a VPG's journals, in data that is not compressed. */
  | {
      readonly do: 'rot-data';
      readonly site: string;
      readonly vpg: string;
      readonly pick: number;
      readonly frames: number;
    }
  | { readonly do: 'lose'; readonly site: string; readonly on: FileKind; readonly pick: number }
  | { readonly do: 'clock'; readonly site: string; readonly by: number }
  | { readonly do: 'drift'; readonly site: string; readonly partsPerMillion: number }
  | { readonly do: 'tag'; readonly vpg: string }
  | {
      /** A failover test, held against the shadow; with `writes` the recovered disks are written to. */
      readonly do: 'test';
      readonly vpg: string;
      /** Which of the checkpoints, from 0 (the oldest) to 1 (the newest). */
      readonly pick: number;
      readonly writes: number;
      readonly for: number;
    }
  | { readonly do: 'pause'; readonly vpg: string; readonly for: number }
  | {
      /** A failover or a move; what becomes of it is decided later, or by its policy. */
      readonly do: 'recover';
      readonly vpg: string;
      readonly verb: 'failover' | 'move';
      readonly pick: number;
      readonly shutdown: 'none' | 'shutdown' | 'force';
      readonly policy: 'none' | 'commit' | 'rollback';
      /** Milliseconds until the policy is carried out. */
      readonly wait: number;
      readonly reverse: boolean;
      /** Whose ZVM is asked; undefined: one that is up. */
      readonly site?: string;
    }
  | {
      readonly do: 'decide';
      readonly vpg: string;
      readonly commit: boolean;
      readonly reverse?: boolean;
      readonly site?: string;
    }
  | { readonly do: 'reverse'; readonly vpg: string }
  | { readonly do: 'force-sync'; readonly vpg: string }
  | { readonly do: 'clone'; readonly vpg: string; readonly pick: number }
  /** A file, which is a part of the first VM's first disk. */
  | { readonly do: 'restore'; readonly vpg: string; readonly pick: number }
);

export type ActOf<Kind extends Act['do']> = Extract<Act, { do: Kind }>;

/** The datastore of a site for protected disks and the state of ZVMs and VRAs, and that for recovery. */
export const datastores = { production: 'production', recovery: 'recovery' } as const;

export function wanOf(a: string, b: string): string {
  return `wan-${[a, b].sort().join('-')}`;
}

export function annexOf(site: string, host: string): string {
  return `annex-${site}-${host}`;
}
