/** The ZVM's intervals, in milliseconds. */

import { checkpointInterval } from '../../topology/limits.ts';

/** A stretch without checkpoints counts as a gap when it is longer than two intervals. */
export const gapThreshold = 2 * checkpointInterval;

/** All of a ZVM's regular work hangs on this one timer. */
export const heartbeatInterval = 1_000;

/** Silence after which the other side counts as gone. */
export const silenceLimit = 5_000;

/**
 * After a reconnection ZVM0010 stands until every VPG has a new checkpoint, at most so long. The seed
 * saw about 10 s.
 */
export const synchronizationLimit = 10_000;

/** How often the catalogue is cleaned of what the journals have promoted (OUT-8). */
export const cleaningInterval = 60_000;

/** How long an operation waits for a VRA or the peer before it gives up and says who is silent. */
export const answerLimit = 15_000;
