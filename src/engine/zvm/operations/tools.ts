/** What the verbs work with. */
import type { Outbox } from '../events.ts';
import type { PeerLinks } from '../peers.ts';
import type { VraLinks } from '../vras.ts';
import type { OperationRecords } from './records.ts';
import type { Vpg } from '../vpg.ts';
import type { RunTools } from './run.ts';

export interface OperationTools extends RunTools {
  /** Of the ZVM that is asked. */
  readonly site: string;
  readonly outbox: Outbox;
  readonly vras: VraLinks;
  readonly peers: PeerLinks;
  readonly records: OperationRecords;
  /** Keeps what is remembered of a VPG. */
  keep(vpg: Vpg): void;
}
