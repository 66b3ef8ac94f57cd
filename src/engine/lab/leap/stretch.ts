/** What a leap is over: found before anything is changed. */
import type { Site } from '../../../topology/model.ts';
import type { ProtectedMachine } from '../../disk/write-tap.ts';
import type { Journal } from '../../journal/journal.ts';
import type { QuietStream } from '../../vra/quiet-stream.ts';
import type { QuietVra } from '../../vra/quiet-vra.ts';
import type { QuietWrites } from '../../vra/quiet-writes.ts';
import type { Instant } from '../../world/world.ts';
import type { LeaptVpg, QuietZvm } from '../../zvm/quiet-zvm.ts';

export interface Stretch {
  readonly from: Instant;
  readonly to: Instant;
  readonly zvms: readonly QuietZvm[];
  readonly vpgs: readonly LeaptVpg[];
  readonly streams: readonly LeaptStream[];
  readonly disks: readonly WrittenDisks[];
}

/** A VM that runs on disks of its own, and what it writes to them. */
export interface WrittenDisks {
  /** `Site/host`. */
  readonly host: string;
  readonly site: Site;
  readonly machine: ProtectedMachine;
  readonly paths: readonly string[];
  readonly writes: QuietWrites;
  /** Bytes per second. */
  readonly rate: number;
}

export interface LeaptStream {
  readonly vpg: string;
  readonly disks: WrittenDisks;
  readonly sender: QuietVra;
  readonly receiver: QuietVra;
  readonly journal: Journal;
  /** Where its journal is. */
  readonly to: Site;
  readonly quiet: QuietStream;
}
