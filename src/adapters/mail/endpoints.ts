import { type AlikeEndpoints, alikeEndpoints } from '../../core/alike-endpoints.ts';
import { type Check, type CheckedEndpoint, isJudged, type PresentedCertificate } from '../../core/check.ts';
import { grouped } from '../../core/grouped.ts';
import { ownSetName } from '../../core/pin-set.ts';
import { plural } from '../../core/plural.ts';
import { positionOf } from '../../core/position.ts';
import { listed } from '../../core/set-names.ts';
import { trustErrorText } from '../../core/trust-error.ts';
import type { Block, Fact, Tone } from './document.ts';
import { byName } from './natural.ts';
import { distance, readable } from './time.ts';

/** How much of one domain a mail shows; the JSON part has all of it. */
export interface Detail {
  /** Distinct chains. */
  readonly groups: number;
  readonly certificates: number;
}

const shownAddresses = 16;
const shownPins = 20;

/** What each endpoint presented, the faulty ones first. The others are shortened unless `full`. */
export function presentedBlocks(check: Check, now: number, full: boolean, detail: Detail): Block[] {
  const groups = alikeEndpoints(check.endpoints);
  const hidden = groups.slice(detail.groups).flat();
  return [
    ...groups.slice(0, detail.groups).flatMap((group) => groupBlocks(group, check, now, full, detail)),
    ...(hidden.length > 0
      ? [paragraph(`And ${endpointCount(hidden.length)} more, with other chains: see pinwatch.json.`)]
      : []),
  ];
}

/** The pins, and on how many endpoints each was seen. */
export function pinnedBlocks({ pins, endpoints, pinSets }: Check): Block[] {
  if (pins.length === 0 && pinSets !== undefined) return [];
  if (pins.length === 0)
    return [paragraph('Nothing: this domain has no pins. Trust and expiry are watched.')];
  const judged = endpoints.filter(isJudged);
  const rows = pins.slice(0, shownPins).map(({ pin }): Fact => {
    const seenBy = judged.filter((endpoint) => endpoint.path.some((entry) => entry.pin === pin)).length;
    if (judged.length === 0) return ['not judged', pin];
    return [seenBy === 0 ? 'not seen' : `seen on ${seenBy} of ${judged.length}`, pin];
  });
  const hidden = pins.length - rows.length;
  return [
    { kind: 'facts', rows },
    ...(hidden > 0 ? [paragraph(`And ${hidden} more: see pinwatch.json.`)] : []),
  ];
}

/**
 * `192.0.2.1, 192.0.2.2 (ecdsa, rsa)`, with ` from eu-west` if there are several regions; the pairs one by one if not every
 * address has every key type.
 */
export function endpointNames(endpoints: readonly CheckedEndpoint[]): string {
  const regions = [...new Set(endpoints.map(({ region }) => region))].sort();
  const named = regions.map((region) => ({
    region,
    names: namesHere(endpoints.filter((one) => one.region === region)),
  }));
  return grouped(named, ({ names }) => names)
    .map((group) => {
      const from = group.flatMap(({ region }) => region ?? []);
      return `${group[0].names}${from.length === 0 ? '' : ` from ${listed(from, 'and')}`}`;
    })
    .join('; ');
}

/** Of one region. */
function namesHere(endpoints: readonly CheckedEndpoint[]): string {
  const addresses = [...new Set(endpoints.map(addressOf))].sort(byName);
  const types = [...new Set(endpoints.map((endpoint) => endpoint.keyType))];
  if (addresses.length * types.length === endpoints.length) {
    return `${bounded(addresses)} (${types.join(', ')})`;
  }
  return bounded(endpoints.map((endpoint) => `${addressOf(endpoint)} ${endpoint.keyType}`).sort(byName));
}

export function endpointCount(count: number): string {
  return plural(count, 'endpoint');
}

/** The position of a presented certificate, by its place on the path: a server may send them in any order. */
function placeOf(certificate: PresentedCertificate, index: number, endpoint: CheckedEndpoint): string {
  const place = endpoint.path.findIndex(
    (entry) => entry.pin === certificate.pin && entry.subject === certificate.subject,
  );
  return place < 0 ? `#${index + 1}, not on the path` : positionOf(endpoint, place);
}

function isFaulty(endpoint: CheckedEndpoint): boolean {
  return endpoint.verdict === 'mismatch' || !endpoint.trusted;
}

function groupBlocks(
  endpoints: AlikeEndpoints,
  check: Check,
  now: number,
  full: boolean,
  { certificates }: Detail,
): Block[] {
  const [first] = endpoints;
  const who = `${endpointCount(endpoints.length)}: ${endpointNames(endpoints)}`;
  const failure = first.failure ? `${first.failure.code}: ${first.failure.message}` : '';
  // A handshake that broke off after the chain has still shown the chain.
  if (first.presented.length === 0) return [paragraph(`${who}. ${failure || verdictOf(first)}`)];
  const intro = paragraph(`${who}. ${verdictOf(first)}${spread(endpoints)}${failure && ` ${failure}`}`);
  if (!full && !isFaulty(first)) return [intro, ...shortCard(first, check, now)];
  const cards = first.presented.map((certificate, index) => card(certificate, index, first, check, now));
  const hidden = cards.length - certificates;
  return [
    intro,
    ...cards.slice(0, certificates),
    ...(hidden > 0 ? [paragraph(`And ${hidden} more certificates: see pinwatch.json.`)] : []),
    ...storeCards(first, check),
  ];
}

/** On how many connections it was bad. What follows in the mail is then what a bad one showed. */
function spread(endpoints: readonly CheckedEndpoint[]): string {
  const mixed = endpoints.flatMap(({ connections }) => connections ?? []);
  if (mixed.length === 0) return '';
  const sum = (part: 'judged' | 'mismatched' | 'untrusted') =>
    mixed.reduce((total, one) => total + one[part], 0);
  const bad = Math.max(sum('mismatched'), sum('untrusted'));
  return ` This was seen on ${bad} of ${sum('judged')} connections, not on the others.`;
}

function verdictOf({ verdict, matched, trustError, pinSets }: CheckedEndpoint): string {
  const trust = trustError === null ? '' : ` Not trusted: ${trustErrorText(trustError)}.`;
  switch (verdict) {
    case 'match':
      return matched === null
        ? `All that is pinned matches.${trust}`
        : `Pinned key found: ${matched.pin} (${matched.position}).${trust}`;
    case 'mismatch':
      return pinSets === undefined
        ? `No pinned key.${trust}`
        : `Does not match: ${listed(pinSets, 'and')}.${trust}`;
    case 'unpinned':
      return `No pins to compare with.${trust}`;
    case 'inconclusive':
      return `Could not be judged.${trust}`;
    default:
      return verdict satisfies never;
  }
}

function card(
  certificate: PresentedCertificate,
  index: number,
  endpoint: CheckedEndpoint,
  check: Check,
  now: number,
): Block {
  const position = placeOf(certificate, index, endpoint);
  const [mark, tone] = markOf(certificate.pin, !position.startsWith('#'), check);
  return {
    kind: 'card',
    title: position,
    mark,
    tone,
    rows: [
      ['subject', certificate.subject || '(empty)'],
      ['issuer', certificate.issuer || '(empty)'],
      ['pin', certificate.pin],
      expiryRow(certificate, now),
      ['key', certificate.key],
    ],
  };
}

function shortCard({ presented: [leaf] }: CheckedEndpoint, check: Check, now: number): Block[] {
  if (!leaf) return [];
  const [mark, tone] = markOf(leaf.pin, true, check);
  return [
    { kind: 'card', title: 'leaf', mark, tone, rows: [['subject', leaf.subject], expiryRow(leaf, now)] },
  ];
}

/** The anchor is not sent, but still counts for the pins. */
function storeCards({ path }: CheckedEndpoint, check: Check): Block[] {
  return path
    .filter((entry) => entry.from === 'trust-store')
    .slice(0, 1)
    .map(({ pin, subject }) => {
      const [mark, tone] = markOf(pin, true, check);
      const rows: Fact[] = [
        ['subject', subject],
        ['pin', pin],
      ];
      return { kind: 'card', title: 'root, from the trust store', mark, tone, rows };
    });
}

function markOf(pin: string, onPath: boolean, { pins, pinSets }: Check): [mark: string, tone: Tone] {
  const sets = pinSets ?? (pins.length === 0 ? [] : [{ name: ownSetName, pins }]);
  if (sets.length === 0) return ['', 'plain'];
  const by = sets.filter((set) => set.pins.some((pinned) => pinned.pin === pin)).map(({ name }) => name);
  if (by.length === 0) return ['not pinned', 'plain'];
  const pinned = pinSets === undefined ? 'pinned' : `pinned by ${listed(by, 'and')}`;
  return onPath ? [pinned, 'good'] : [`${pinned}, but off the path: does not count`, 'warning'];
}

function expiryRow(certificate: PresentedCertificate, now: number): Fact {
  return ['expires', `${readable(certificate.notAfter)} (${distance(certificate.notAfter, now)})`];
}

function addressOf(endpoint: CheckedEndpoint): string {
  return endpoint.address ?? 'no address';
}

function bounded(items: readonly string[]): string {
  const hidden = items.length - shownAddresses;
  return hidden > 0 ? `${items.slice(0, shownAddresses).join(', ')} and ${hidden} more` : items.join(', ');
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}
