import type { DomainStatus } from './domain-status.ts';

/** What a domain in trouble means for apps. `fail`: they are refused, or some are. `unknown`: nobody can say. */
export type Harm = 'fail' | 'unknown' | 'none';

export function harmOf({ open, verdict, unreadable }: DomainStatus): Harm {
  if (verdict === 'mismatch' || open.includes('pin_mismatch') || open.includes('untrusted')) return 'fail';
  const isUnknown = verdict === 'inconclusive' || open.includes('unreachable') || unreadable === true;
  return isUnknown ? 'unknown' : 'none';
}

const harms: readonly Harm[] = ['fail', 'unknown', 'none'];

/** For sorting: the worst first, and of two alike the one with an incident. */
export function troubleRank(status: DomainStatus): number {
  return 2 * harms.indexOf(harmOf(status)) + (status.open.length > 0 ? 0 : 1);
}
