/**
 * A running VRA.
 *
 * It listens on 4006 and 4009 for its site's ZVM and on 4007 and 4008 for sending VRAs, stores what
 * it is told to do and lives by that alone after a restart, with no ZVM anywhere (OUT-1).
 */
import type { World } from '../world/world.ts';
import { RunningVra } from './running-vra.ts';
import type { Vra, VraOptions } from './vra-options.ts';

export type { Vra, VraLoad, VraOptions } from './vra-options.ts';

/**
 * Starts a VRA in a process of its own. Returns at once; it reads its stored configuration and only
 * then listens, so a ZVM or a peer that comes earlier is refused and tries again. A configuration that
 * cannot be read is told to every ZVM that comes, and replaced by the next `configure`.
 */
export function startVra(world: World, options: VraOptions): Vra {
  const vra = new RunningVra(world, options);
  vra.start();
  return vra;
}
