import type { Check } from '../core/check.ts';
import { mayHavePrivateRoot, nameRoot } from '../core/private-root.ts';

/** The way out if a chain may be a private authority's; '' if it can't be, or if the roots were given. */
export function privateRootHint(checks: readonly Check[], hasRoots: boolean): string {
  return hasRoots || !checks.some(mayHavePrivateRoot) ? '' : `\n${nameRoot}\n`;
}
