import { type Check, isJudged } from './check.ts';

/** What becomes of apps with the domain's pins: the exit status of every command, and the answer for people. */
export type AppOutcome = 'connect' | 'fail' | 'unknown';

/** Critical is what a finding is if apps fail over it, on some endpoint at least. */
export function appOutcome({ verdict, findings, endpoints }: Check): AppOutcome {
  if (verdict === 'mismatch' || findings.some(({ severity }) => severity === 'critical')) return 'fail';
  return endpoints.some(isJudged) ? 'connect' : 'unknown';
}
