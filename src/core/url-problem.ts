/**
 * What is wrong with what a URL serves, from the gravest: whatever comes later can't be known. `outdated`: not what was
 * published.
 */
export const urlProblems = ['unreachable', 'invalid', 'outdated'] as const;
export type UrlProblem = (typeof urlProblems)[number];
