/** What is pinned: the registry's pins, and those of the pin sets that apps ship with. */
import { ago } from '../../../core/ago.ts';
import type { Check } from '../../../core/check.ts';
import type { Domain } from '../../../core/domain.ts';
import { type Html, html } from '../../../core/html.ts';
import { ownSetName } from '../../../core/pin-set.ts';
import { table, verdictBadge } from './parts.ts';

const mostSets = 50;
const mostPinsOfSet = 50;

export function pinTables(domain: Domain, check: Check | null, now: number): Html {
  return html`${ownPins(domain, check, now)}${setTables(check, now)}`;
}

function ownPins(domain: Domain, check: Check | null, now: number): Html {
  if (domain.pins.length === 0) return html`<p>No pins: only trust and expiry are watched.</p>`;
  // If nothing could be judged, no key was seen, which does not mean that a pin is unused.
  const judged = check?.endpoints.some(({ path }) => path.length > 0) ? check.pins : [];
  const rows = domain.pins.map((pin) => {
    const seen = judged.find((checked) => checked.pin === pin)?.seen;
    const noted = domain.pinNotes?.[pin];
    return [
      html`<code>${pin}</code>`,
      seenBadge(seen),
      noted?.note ?? '',
      noted && `${noted.by}, ${ago(noted.at, now)}`,
    ];
  });
  return table(
    'Pins',
    [{ label: 'Pin' }, { label: 'Seen', isPlain: true }, { label: 'Note' }, { label: 'Added' }],
    rows,
  );
}

function seenBadge(seen: boolean | undefined): Html {
  if (seen === undefined) return html`<span class="badge quiet">unknown</span>`;
  return seen
    ? html`<span class="badge good">in use</span>`
    : html`<span class="badge quiet">not in use</span>`;
}

function setTables(check: Check | null, now: number): Html[] {
  const sets = (check?.pinSets ?? []).filter(({ name }) => name !== ownSetName);
  const shown = sets.slice(0, mostSets).map(({ name, appVersion, verdict, pins, until, held }) => {
    const ends = until !== null && ` ${Date.parse(until) > now ? 'Ends' : 'Ended'} ${ago(until, now)}.`;
    const items = pins
      .slice(0, mostPinsOfSet)
      .map(({ pin, seen }) => html`<li><code>${pin}</code> ${seenBadge(seen)}</li>`);
    return html`<div class="card"><h3>${name}${appVersion !== null && ` (${appVersion})`} ${verdictBadge(verdict)}</h3><p class="soft">${held ? 'An earlier version of the signed configuration.' : 'Shipped with apps.'}${ends}</p><ul class="chain">${items}</ul></div>`;
  });
  const hidden = sets.length - shown.length;
  return hidden > 0 ? [...shown, html`<p class="soft">${hidden} more pin sets.</p>`] : shown;
}
