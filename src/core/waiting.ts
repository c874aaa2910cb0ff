/**
 * How long a Redis command may block, waiting for a job or an event, in milliseconds. A connection that is silent for
 * longer is dead.
 */
export const longestBlockMs = 5_000;
