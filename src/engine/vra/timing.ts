/** How long silence means that the other side is there, counted in beats of one second each. */

/** Milliseconds from one beat to the next. */
export const heartbeatInterval = 1000;

/**
 * Beats without having said anything after which a heartbeat is due. Whatever else is said tells just
 * as well that one is there, so that a busy connection carries none.
 */
export const quietBeats = 2;

/**
 * Beats without a word after which the other side counts as gone: five seconds have passed for sure.
 * Counted and not timed, because a clock that is set tells nothing about a cable.
 */
export const silentBeats = 6;

/** Beats from one attempt to connect to the next. */
export const retryBeats = 2;

/**
 * Beats with its ZVM that a VRA which has just started lets pass before its journals give anything up: whoever waits on a
 * checkpoint, such as a failover that is not committed, opens its images again meanwhile.
 */
export const restBeats = 30;

/** Beats after which it does so although its ZVM has not come: a journal cannot grow for ever. */
export const lonelyBeats = 600;

/** Beats from one report, or one look at what has aged, to the next. */
export const reportBeats = 5;
