/** The ZVM's intervals, in milliseconds. */

import { checkpointInterval } from '../../topology/limits.ts';

/** A stretch without checkpoints counts as a gap when it is longer than two intervals. */
export const gapThreshold = 2 * checkpointInterval;

/** All of a ZVM's regular work hangs on this one timer. */
export const heartbeatInterval = 1_000;

/** Beats without having said anything after which a heartbeat is due: anything else said is one, too. */
export const quietBeats = 2;

/** Beats without a word after which the other side counts as gone: five seconds have passed for sure. */
export const silentBeats = 5;

/** How long two VRAs that are told of each other may take to meet before it is an alert. */
export const meetingTime = 5_000;

/**
 * After a reconnection ZVM0010 stands until every VPG has a new checkpoint, at most so long. The seed
 * saw about 10 s.
 */
export const synchronizationLimit = 10_000;

/**
 * The catalogue is cleaned of what the journals have promoted (OUT-8) for the first time a minute after
 * the start, as the seed's product does, and then often enough for the list to be right to the minute.
 */
export const firstCleaning = 60_000;
export const cleaningInterval = 30_000;

/** How long an operation tries to reach what it could also do without. */
export const reachLimit = 5_000;

/** How long a move waits for the last writes of its source to reach the journals. */
export const drainLimit = 600_000;

/** How long until something that failed, and has to succeed in the end, is tried again. */
export const retryInterval = 10_000;

/** How long an operation waits for a VRA or the peer before it gives up and says who is silent. */
export const answerLimit = 15_000;
