/** How long silence means that the other side is there, counted in beats of one second each. */

/** Milliseconds between two heartbeats. */
export const heartbeatInterval = 1000;

/**
 * Beats without a word after which the other side counts as gone: five seconds have passed for sure.
 * Counted and not timed, because a clock that is set tells nothing about a cable.
 */
export const silentBeats = 6;

/** Beats from one attempt to connect to the next. */
export const retryBeats = 2;

/** Beats from one report, or one look at what has aged, to the next. */
export const reportBeats = 5;
