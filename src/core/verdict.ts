import { type Certificate, positionOf } from './certificate.ts';
import type { Check, CheckedEndpoint, MatchedPin, PresentedCertificate, Verdict } from './check.ts';
import { rfc3339 } from './clock.ts';
import type { Domain } from './domain.ts';
import type { Finding } from './finding.ts';
import { type Facts, findingsOf } from './findings.ts';
import type { Observation, Seen } from './observation.ts';
import type { Pin } from './pin.ts';
import { trustError } from './trust.ts';

/** A judged probe: the contract's check, and what it rests on that the contract's shape leaves out. */
export interface Judgement {
  readonly check: Check;
  /** Milliseconds since the epoch: the earliest `notAfter` on the paths, anchors of the store left out; null: nothing seen. */
  readonly earliestNotAfter: number | null;
  /** Addresses with an endpoint that mismatches or is not trusted, and whether the name resolves to them now. */
  readonly badAddresses: readonly { readonly address: string; readonly listed: boolean }[];
}

/**
 * Judges one domain's observations against its pins.
 *
 * An endpoint matches if a key on its validated path is pinned (RFC 7469, section 2.6); a pinned key on a certificate
 * outside the path never counts (CVE-2016-2402). Trust is judged apart from the pins.
 */
export function judge(
  domain: Pick<Domain, 'host' | 'port' | 'pins' | 'platforms'>,
  observations: readonly Observation[],
  now: number,
  expiringWithinMs: number,
): Judgement {
  const seen = observations.filter((observation) => observation.failure === null);
  const onPaths = new Set(seen.flatMap(pinsOnPath));
  const pins = domain.pins.map((pin) => ({ pin, seen: onPaths.has(pin) }));
  const endpoints = observations.map((observation) => checkEndpoint(observation, domain.pins));
  const earliest = earliestToExpire(seen);
  const facts: Facts = { domain, observations, endpoints, pins, earliest, now, expiringWithinMs };
  const findings: readonly Finding[] = findingsOf(facts);
  const verdict = rollUp(endpoints, domain.pins);
  return {
    check: { host: domain.host, port: domain.port, verdict, pins, findings, endpoints },
    earliestNotAfter: earliest?.notAfter ?? null,
    badAddresses: observations.flatMap(({ address, unlisted }, index) => {
      const endpoint = endpoints[index];
      const bad = endpoint?.failure === null && (endpoint.verdict === 'mismatch' || !endpoint.trusted);
      return bad && address !== null ? [{ address, listed: unlisted !== true }] : [];
    }),
  };
}

/** A domain is a mismatch if any endpoint is, inconclusive if none could be judged, and unpinned without pins. */
function rollUp(endpoints: readonly CheckedEndpoint[], pins: readonly Pin[]): Verdict {
  if (pins.length === 0) return 'unpinned';
  if (endpoints.some((endpoint) => endpoint.verdict === 'mismatch')) return 'mismatch';
  return endpoints.some((endpoint) => endpoint.verdict === 'match') ? 'match' : 'inconclusive';
}

function checkEndpoint(observation: Observation, pins: readonly Pin[]): CheckedEndpoint {
  const { address, keyType, durationMs } = observation;
  if (observation.failure !== null) {
    return {
      address,
      keyType,
      verdict: 'inconclusive',
      protocol: null,
      durationMs,
      presented: [],
      path: [],
      trusted: false,
      trustError: null,
      matched: null,
      failure: observation.failure,
    };
  }
  const matched = firstPinned(observation, pins);
  const error = trustError(observation);
  return {
    address,
    keyType,
    verdict: pins.length === 0 ? 'unpinned' : matched ? 'match' : 'mismatch',
    protocol: observation.protocol,
    durationMs,
    presented: observation.presented.map(presentedCertificate),
    path: observation.path.certificates.map(({ certificate, from }) => ({
      pin: certificate.pin,
      subject: certificate.subject,
      from,
    })),
    trusted: error === null,
    trustError: error,
    matched,
    failure: null,
  };
}

function firstPinned({ path }: Seen, pins: readonly Pin[]): MatchedPin | null {
  const index = path.certificates.findIndex(({ certificate }) => pins.includes(certificate.pin));
  const found = path.certificates[index]?.certificate;
  return found ? { pin: found.pin, position: positionOf(path, index) } : null;
}

function pinsOnPath({ path }: Seen): Pin[] {
  return path.certificates.map(({ certificate }) => certificate.pin);
}

/** An anchor from the store is each platform's own affair: its date says nothing about the domain. */
function earliestToExpire(seen: readonly Seen[]): Certificate | null {
  const served = seen
    .flatMap(({ path }) => path.certificates)
    .filter(({ from }) => from === 'presented')
    .map(({ certificate }) => certificate);
  return served.sort((a, b) => a.notAfter - b.notAfter)[0] ?? null;
}

/** Nearly every probe sees the certificates of the last one, and the dates are what judging it costs most. */
const presentedBefore = new WeakMap<Certificate, PresentedCertificate>();

function presentedCertificate(certificate: Certificate): PresentedCertificate {
  const known = presentedBefore.get(certificate);
  if (known !== undefined) return known;
  const { pin, subject, issuer, notBefore, notAfter, certificateSha256, key } = certificate;
  const dates = { notBefore: rfc3339(notBefore), notAfter: rfc3339(notAfter) };
  const presented = { pin, subject, issuer, ...dates, certificateSha256, key };
  presentedBefore.set(certificate, presented);
  return presented;
}
