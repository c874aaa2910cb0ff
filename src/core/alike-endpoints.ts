import {
  type CheckedEndpoint,
  isFailed,
  isJudged,
  type PathEntry,
  type PresentedCertificate,
} from './check.ts';
import { type Group, grouped } from './grouped.ts';
import type { TrustErrorCode } from './trust-error.ts';

/** Endpoints that gave the same answer, whatever their addresses, key types and protocols. */
export type AlikeEndpoints = Group<CheckedEndpoint>;

/** Groups them: eight addresses with one chain are one group. The worst groups come first. */
export function alikeEndpoints(endpoints: readonly CheckedEndpoint[]): AlikeEndpoints[] {
  const groups = grouped(endpoints, (one) => JSON.stringify([storyKey(one), one.failure?.message]));
  return groups.sort(([a], [b]) => rank(a) - rank(b));
}

/** Equal for endpoints with the same story, on any domain. Leaves out a failure's message: it may name an address. */
export function storyKey(endpoint: CheckedEndpoint): string {
  const { verdict, failure, connections, pinSets = [] } = endpoint;
  return JSON.stringify([verdict, failure?.code, chainKey(endpoint), connections !== undefined, pinSets]);
}

/** Equal for the same certificates sent, the same path and the same trust. */
export function chainKey(chain: {
  readonly presented: readonly Pick<PresentedCertificate, 'certificateSha256'>[];
  readonly path: readonly PathEntry[];
  readonly trustError: TrustErrorCode | null;
}): string {
  const { presented, path, trustError } = chain;
  const sent = presented.map(({ certificateSha256 }) => certificateSha256);
  return JSON.stringify([sent, path.map(({ pin, subject, from }) => [pin, subject, from]), trustError]);
}

/** Faulty endpoints first, then those that could not be judged, then good ones, then key types that are not served. */
function rank(endpoint: CheckedEndpoint): number {
  if (endpoint.verdict === 'mismatch') return 0;
  if (endpoint.presented.length > 0 && !endpoint.trusted) return 1;
  if (isJudged(endpoint)) return 3;
  return isFailed(endpoint) ? 2 : 4;
}
