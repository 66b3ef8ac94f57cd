/** NBD targets, as topologies and clients write them. */
export { parseNbdUri } from '../../topology/nbd-target.ts';
export type { NbdTarget } from '../../topology/nbd-target.ts';
