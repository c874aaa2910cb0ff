/**
 * What may be wrong with a signed configuration as apps fetch it. `unreachable`: no bundle could be fetched. `invalid`:
 * apps would refuse it. `outdated`: it is not what was published at least 5 minutes ago. `expiring`: it is right, and less
 * than a quarter of its life is left.
 */
export type UrlProblem = 'unreachable' | 'invalid' | 'outdated' | 'expiring';
