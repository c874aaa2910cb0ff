/**
 * How long a command may wait at Redis for something to happen, in milliseconds: for a job, or for an event. A
 * connection that is silent for longer is dead.
 */
export const longestBlockMs = 5_000;
