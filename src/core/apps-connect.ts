import { type Check, type CheckedEndpoint, decidingSets, isJudged } from './check.ts';
import type { MissingIssuer } from './explanation.ts';

/**
 * Whether apps with the domain's pins can connect: every exit status, table, log line and mail uses this. `some`: some
 * can and others cannot, by endpoint, connection, platform or pin set. `unknown`: no endpoint could be judged.
 */
export type AppsConnect = 'yes' | 'some' | 'no' | 'unknown';

/**
 * `missingIssuer`: what is known about an intermediate that was not sent. By default some platforms, such as Apple's,
 * are assumed to fetch it.
 */
export function appsConnect(check: Check, missingIssuer: MissingIssuer = 'known'): AppsConnect {
  const { verdict, findings, endpoints } = check;
  const fails = verdict === 'mismatch' || findings.some(({ severity }) => severity === 'critical');
  if (!fails) return endpoints.some(isJudged) ? 'yes' : 'unknown';
  return getsThrough(check, ['pins', 'trust'], missingIssuer) ? 'some' : 'no';
}

/** What an app requires of a connection: a path that its platform trusts, and a pinned key on it. */
export type Demand = 'trust' | 'pins';

/** Whether at least one endpoint, connection or platform meets these demands. */
export function getsThrough(
  check: Pick<Check, 'findings' | 'endpoints' | 'pinSets'>,
  demands: readonly Demand[],
  missingIssuer: MissingIssuer = 'known',
): boolean {
  const { findings, endpoints } = check;
  const pinSets = decidingSets(check);
  const isIssuerFetched =
    missingIssuer === 'known' && findings.some(({ code }) => code === 'chain_incomplete');
  const partial = findings.find(({ code }) => code === 'pin_mismatch_partial')?.pinSets ?? [];
  return endpoints.some((endpoint) => {
    const isPassed = pinSets.some(
      ({ name }) =>
        !(endpoint.pinSets ?? []).includes(name) ||
        (endpoint.connections !== undefined && partial.includes(name)),
    );
    const { bad, of } = connectionsOf(endpoint, isPassed, isIssuerFetched);
    return Math.max(...demands.map((demand) => bad[demand])) < of;
  });
}

/**
 * How many connections to the endpoint were judged, and how many of them fail each demand. `isPassed`: the apps of some
 * pin set get through.
 */
function connectionsOf(endpoint: CheckedEndpoint, isPassed: boolean, isIssuerFetched: boolean) {
  const { verdict, trusted, trustError, connections } = endpoint;
  const {
    judged: of,
    mismatched: pins,
    untrusted,
  } = connections ?? {
    judged: Number(isJudged(endpoint)),
    mismatched: Number(verdict === 'mismatch'),
    untrusted: Number(!trusted),
  };
  const isMended = isIssuerFetched && trustError === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
  return {
    of,
    bad: { pins: isPassed ? 0 : pins, trust: isMended ? 0 : untrusted } satisfies Record<Demand, number>,
  };
}
