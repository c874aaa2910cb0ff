/** What the endpoints presented, each certificate against the pins. Endpoints that gave the same answer are one card. */
import { type AlikeEndpoints, alikeEndpoints } from '../../../core/alike-endpoints.ts';
import { type Check, type CheckedEndpoint, isServed } from '../../../core/check.ts';
import { type Html, html } from '../../../core/html.ts';
import { endpointName, fromRegion } from '../../../core/place.ts';
import { type EndedPath, positionOf } from '../../../core/position.ts';
import { verdictBadge, when, worded } from './parts.ts';

/** A domain may have 128 endpoints, each with its own chain; the worst come first. */
const mostCards = 24;
/** Certificates of one chain; a server may send more. */
const mostCertificates = 12;
const mostNames = 16;

export function endpointCards(check: Check, now: number): Html {
  const groups = alikeEndpoints(check.endpoints);
  const pins = new Set<string>([
    ...check.pins.map(({ pin }) => pin),
    ...(check.pinSets ?? []).flatMap((set) => set.pins.map(({ pin }) => pin)),
  ]);
  const shown = groups.slice(0, mostCards).map((group) => card(group, pins, now));
  const hidden = groups.length - shown.length;
  return html`${shown}${hidden > 0 && html`<p class="soft">${hidden} more groups of endpoints; "pinwatch domain show" has them all.</p>`}`;
}

function card(group: AlikeEndpoints, pins: ReadonlySet<string>, now: number): Html {
  const [one] = group;
  const { verdict, failure, presented, path, trusted, trustError, connections } = one;
  const tone =
    verdict === 'mismatch' || (presented.length > 0 && !trusted)
      ? ' fails'
      : isAnswered(one)
        ? ''
        : ' unsure';
  const bad =
    connections !== undefined &&
    html`<p>${connections.mismatched + connections.untrusted} of ${connections.judged} connections were bad.</p>`;
  return html`<div class="card${tone}"><h3>${namesOf(group)} ${isServed(one) ? verdictBadge(verdict) : html`<span class="badge quiet">key type not served</span>`}</h3>
${failure !== null && isServed(one) && html`<p>${worded(failure.code)}: ${failure.message}</p>`}
${bad}${presented.length > 0 && chain(one, pins, now)}${
  presented.length > 0 &&
  !trusted &&
  html`<p><strong>Not trusted:</strong> ${trustError ?? 'no path to a known root'}.</p>`
}${path.length > 0 && pathOf(one, pins)}</div>`;
}

const isAnswered = (endpoint: CheckedEndpoint) => endpoint.verdict !== 'inconclusive' || !isServed(endpoint);

function namesOf(group: AlikeEndpoints): string {
  const names = group.map((one) => `${one.address ?? 'no address'} ${one.keyType}${fromRegion(one)}`);
  const shown = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}

function chain({ presented }: CheckedEndpoint, pins: ReadonlySet<string>, now: number): Html {
  const items = presented
    .slice(0, mostCertificates)
    .map(
      ({ subject, issuer, key, notAfter, pin, certificateSha256 }, at) =>
        html`<li><p><strong>${subject === '' ? 'no subject' : subject}</strong> ${markOf([pin, `cert-sha256/${certificateSha256}`], pins)}</p><p class="soft">${at === 0 ? 'leaf' : `certificate ${at + 1}`}, ${key}, issued by ${issuer}, ${Date.parse(notAfter) > now ? 'expires' : 'expired'} ${when(notAfter, now)}</p><code class="pin">${pin}</code></li>`,
    );
  const hidden = presented.length - items.length;
  return html`<ol class="chain">${items}</ol>${hidden > 0 && html`<p class="soft">${hidden} more certificates.</p>`}`;
}

/** `pins`: by its key, or by the whole certificate. */
function markOf(hashes: readonly string[], pins: ReadonlySet<string>): Html {
  return hashes.some((hash) => pins.has(hash))
    ? html`<span class="badge good">pinned</span>`
    : html`<span class="badge quiet">not pinned</span>`;
}

function pathOf(endpoint: CheckedEndpoint, pins: ReadonlySet<string>): Html {
  const ended: EndedPath = endpoint;
  const items = endpoint.path
    .slice(0, mostCertificates)
    .map(
      ({ subject, from, pin }, at) =>
        html`<li><p>${subject === '' ? 'no subject' : subject} ${markOf([pin], pins)}</p><p class="soft">${positionOf(ended, at)}, ${from === 'presented' ? 'presented' : 'from the trust store'}</p><code class="pin">${pin}</code></li>`,
    );
  return html`<details id="path-${endpointName(endpoint).replaceAll(' ', '-')}"><summary>${endpoint.trusted ? `Valid path to ${endpoint.path.at(-1)?.subject || 'a root without a subject'}` : 'Path'}</summary><ol class="chain">${items}</ol></details>`;
}
