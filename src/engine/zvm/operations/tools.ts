/** What the verbs work with. */
import type { ScriptName } from '../../../topology/scripts.ts';
import type { VpgLife } from '../life.ts';
import type { PeerLinks } from '../peers.ts';
import type { PlannedScript } from '../plan.ts';
import type { Vpg } from '../vpg.ts';
import type { RunTools } from './run.ts';

export interface OperationTools extends RunTools {
  /** Of the ZVM that is asked. */
  readonly site: string;
  readonly peers: PeerLinks;
  /** Keeps what is remembered of a VPG. */
  keep(vpg: Vpg): void;
  /** Takes a VPG to the next part of its life, here and at the peer, and tells the VRAs. */
  live(vpg: Vpg, life: VpgLife): void;
  /** Has a script run; its end comes as `happened` under the key. */
  runScript(key: string, vpg: Vpg, script: PlannedScript, which: ScriptName): void;
}
