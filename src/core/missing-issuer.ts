import type { Check } from './check.ts';
import type { MissingIssuer } from './explanation.ts';
import type { Observation } from './observation.ts';

/**
 * Whether a client that fetches missing intermediates, as Apple's platforms do, could complete the observed chains. For
 * several chains, the least that is true of all; null if no chain lacks an issuer. `before`: the previous check, which
 * may have had the issuer.
 */
export function missingIssuer(
  observations: readonly Observation[],
  before: Check | null,
): MissingIssuer | null {
  const seen = observations.filter((observation) => observation.failure === null);
  const dangling = seen.flatMap(({ path }) => {
    const last = path.certificates.at(-1)?.certificate;
    return path.anchored || last === undefined || last.selfIssued ? [] : [last];
  });
  if (dangling.length === 0) return null;
  if (dangling.some(({ issuerUrl }) => issuerUrl === undefined)) return 'unnamed';
  const known = new Set([
    ...seen.flatMap(({ path }) =>
      path.anchored ? path.certificates.map(({ certificate }) => certificate.subject) : [],
    ),
    ...(before?.endpoints ?? []).flatMap(({ path, trusted }) =>
      trusted ? path.map(({ subject }) => subject) : [],
    ),
  ]);
  return dangling.every(({ issuer }) => known.has(issuer)) ? 'known' : 'named';
}
