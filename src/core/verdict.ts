import type { Certificate } from './certificate.ts';
import {
  type Check,
  type CheckedEndpoint,
  type MatchedPin,
  type PresentedCertificate,
  pathEntries,
  type Verdict,
  worstVerdict,
} from './check.ts';
import { checkedSets } from './checked-set.ts';
import { rfc3339 } from './clock.ts';
import type { Domain } from './domain.ts';
import type { Finding } from './finding.ts';
import { findingsOf } from './findings.ts';
import { heldSets, type JudgedSet, judgedSets, type SetWords, setWords } from './judged-set.ts';
import { byEndpoint } from './looked-at.ts';
import type { Observation, Seen } from './observation.ts';
import type { Pin } from './pin.ts';
import { placeName } from './place.ts';
import { breachesOf, undecidedPlaces } from './platform-breaches.ts';
import { defaultPlatforms } from './platforms.ts';
import { type EndedPath, positionOf } from './position.ts';
import { type Connection, type SightedKind, shows, type Tally } from './tally.ts';
import { trustError } from './trust.ts';

/** A judged probe: the contract's check, and what it rests on that the contract's shape leaves out. */
export interface Judgement {
  readonly check: Check;
  /**
   * Milliseconds since the epoch: the earliest `notAfter` on the paths, without the store's anchors; null: nothing
   * seen.
   */
  readonly earliestNotAfter: number | null;
  /** In the order of the check's endpoints. */
  readonly tallies: readonly Tally[];
  /** In how many of the looks at least one connection showed the condition. */
  readonly sightings: { readonly [kind in SightedKind]: number };
}

/** What of a domain decides how it is judged. */
export type JudgedDomain = Pick<Domain, 'host' | 'port' | 'pins' | 'pinSets' | 'platforms'>;

/** Judges one look at a domain; see `judgeLooks`. */
export function judge(
  domain: JudgedDomain,
  observations: readonly Observation[],
  now: number,
  expiringWithinMs: number,
): Judgement {
  return judgeLooks(domain, [observations], now, expiringWithinMs);
}

/**
 * Judges one domain against its pins by everything that one probe has seen of it: a first look at every endpoint, and
 * further looks on fresh connections to all or some of them.
 *
 * An endpoint matches if it does what every pin set demands that applies to the domain. The registry's pins demand that
 * a key on its validated path is pinned (RFC 7469, section 2.6); a pinned key on a certificate
 * outside the path never counts (CVE-2016-2402). Trust is judged separately from the pins. An endpoint whose
 * connections disagree mismatches: some app met what the bad one showed.
 */
export function judgeLooks(
  domain: JudgedDomain,
  looks: readonly (readonly Observation[])[],
  now: number,
  expiringWithinMs: number,
): Judgement {
  // For all looks together: a further look may be about one key type, while a platform gets another at the same
  // address.
  const all = new Set(looks.flat());
  const breaches = breachesOf(all, domain.platforms ?? defaultPlatforms, now);
  const undecided = undecidedPlaces(all);
  const sets = judgedSets(domain, now);
  const held = heldSets(domain, now);
  const connections = looks.map((look) =>
    look.map((observation) => ({
      observation,
      ...checkEndpoint(observation, domain, sets),
      breaches: breaches.get(observation) ?? [],
      undecided: undecided.has(placeName(observation)),
    })),
  );
  const looked = byEndpoint(connections.flat(), now, expiringWithinMs);
  const seen = looked.flatMap(({ connections: some }) =>
    some.flatMap(({ observation }) => (observation.failure === null ? [observation] : [])),
  );
  const onPaths = new Set(seen.flatMap(pinsOnPath));
  const pins = domain.pins.map((pin) => ({ pin, seen: onPaths.has(pin) }));
  const endpoints = looked.map(({ shown }) => shown);
  const served = seen.flatMap(servedCertificates).sort((a, b) => a.notAfter - b.notAfter);
  const findings: readonly Finding[] = findingsOf({
    domain,
    looked,
    endpoints,
    pins,
    served,
    sets,
    held,
    now,
    expiringWithinMs,
  });
  const verdict = rollUp(endpoints, sets);
  const isSighting = (kind: SightedKind) => (connection: Connection) =>
    shows(kind, connection, now, expiringWithinMs) === true;
  const sightings = (kind: SightedKind) => connections.filter((look) => look.some(isSighting(kind))).length;
  return {
    check: {
      host: domain.host,
      port: domain.port,
      verdict,
      pins,
      ...checkedSets(domain, sets, held, connections.flat(), now),
      findings,
      endpoints,
    },
    earliestNotAfter: served[0]?.notAfter ?? null,
    tallies: looked.map(({ tally }) => tally),
    sightings: {
      pin_mismatch: sightings('pin_mismatch'),
      untrusted: sightings('untrusted'),
      certificate_expiring: sightings('certificate_expiring'),
    },
  };
}

/** A domain is a mismatch if any endpoint is, inconclusive if none could be judged, and unpinned if no set decides. */
function rollUp(endpoints: readonly CheckedEndpoint[], sets: readonly JudgedSet[]): Verdict {
  if (!sets.some(({ decides }) => decides)) return 'unpinned';
  return worstVerdict(endpoints);
}

const noWords: SetWords = { failing: [], met: [] };

function checkEndpoint(
  observation: Observation,
  { pins, pinSets = [] }: JudgedDomain,
  sets: readonly JudgedSet[],
): { readonly checked: CheckedEndpoint; readonly sets: SetWords } {
  const { address, region, keyType, durationMs } = observation;
  const seenFrom = region === undefined ? {} : { region };
  if (observation.failure !== null) {
    const checked = {
      address,
      ...seenFrom,
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
    } as const;
    return { checked, sets: noWords };
  }
  const error = trustError(observation);
  const presented = observation.presented.map(presentedCertificate);
  const path = pathEntries(observation.path.certificates);
  const matched = firstPinned({ path, presented, trustError: error }, observation, pins);
  const words = setWords(sets, observation);
  const checked = {
    address,
    ...seenFrom,
    keyType,
    verdict: verdictOf(observation, words),
    protocol: observation.protocol,
    durationMs,
    presented,
    path,
    trusted: error === null,
    trustError: error,
    matched,
    failure: observation.broken,
    ...(pinSets.length === 0 || words.failing.length === 0 ? {} : { pinSets: words.failing }),
  };
  return { checked, sets: words };
}

/** If the handshake broke off after the chain, no app connects; a chain that would mismatch still does. */
function verdictOf({ broken }: Seen, { failing, met }: SetWords): Verdict {
  if (failing.length > 0) return 'mismatch';
  if (broken !== null) return 'inconclusive';
  return met.length === 0 ? 'unpinned' : 'match';
}

function firstPinned(shown: EndedPath, { path }: Seen, pins: readonly Pin[]): MatchedPin | null {
  const index = shown.path.findIndex(({ pin }) => pins.includes(pin));
  const found = shown.path[index];
  if (found) return { pin: found.pin, position: positionOf(shown, index) };
  const also = path.alsoReached.find(({ pin }) => pins.includes(pin));
  return also ? { pin: also.pin, position: 'intermediate' } : null;
}

function pinsOnPath({ path }: Seen): Pin[] {
  return [...path.certificates.map(({ certificate }) => certificate), ...path.alsoReached].map(
    ({ pin }) => pin,
  );
}

/** Each platform has its own anchors, so the date of an anchor from the store says nothing about the domain. */
function servedCertificates({ path }: Seen): Certificate[] {
  return path.certificates.filter(({ from }) => from === 'presented').map(({ certificate }) => certificate);
}

/**
 * Nearly every probe sees the same certificates as the last one, and formatting dates is the largest cost of judging.
 */
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
