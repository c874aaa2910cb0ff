import type { Check } from './check.ts';
import { trustFindings } from './trust.ts';

/**
 * The findings that mean that a platform ends the connection before it checks any pin, the most specific first; each
 * only if it is critical.
 */
export const refusalFindings = [...trustFindings, 'platform_refused'] as const;
export type RefusalFinding = (typeof refusalFindings)[number];

/** The most specific one; undefined if apps get as far as the pins. */
export function refusalOf({ findings }: Pick<Check, 'findings'>): RefusalFinding | undefined {
  return refusalFindings.find((code) =>
    findings.some((finding) => finding.code === code && finding.severity === 'critical'),
  );
}
