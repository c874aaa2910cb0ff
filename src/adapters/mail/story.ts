import { appsConnect } from '../../core/apps-connect.ts';
import type { Check } from '../../core/check.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { IncidentKind, Transition } from '../../core/incident.ts';
import { partsOf } from '../../core/mismatch-parts.ts';
import { refusalOf } from '../../core/refusal.ts';
import { advice } from './advice.ts';
import { whatChanged } from './change-words.ts';
import { commandsIn, notGiven, notTwice } from './commands-given.ts';
import type { Block, Fact, Step } from './document.ts';
import { type Detail, endpointCount, endpointNames, pinnedBlocks, presentedBlocks } from './endpoints.ts';
import { firstStep } from './first-step.ts';
import { flappingAside, flappingNote } from './flapping-words.ts';
import { further } from './further.ts';
import { earliest, expiry, headline, isOpen, label, lasted, tone } from './headline.ts';
import type { Installation } from './installation.ts';
import type { Told } from './one-state.ts';
import { afterwards, recovered, whyRecovered } from './recovery-text.ts';
import { regionMeaning } from './region-words.ts';
import { capital, failingSets, heldApps, setBlocks, setsForWhom } from './set-words.ts';
import { readable, span } from './time.ts';

export interface Scene {
  readonly account: string;
  /** Milliseconds since the epoch: the moment of sending. */
  readonly now: number;
  readonly installation: Installation;
  /** Other domains that present the same, so that this is their story too. */
  readonly alike: readonly string[];
  readonly detail: Detail;
  /** The commands given earlier in the letter. */
  readonly given: readonly string[];
}

/** One incident in full, in the order of the contract: what and for whom, since when, seen against pinned, what to do, how to look further. */
export function story(told: Told, scene: Scene): Block[] {
  const { account, now, installation, alike, detail, given } = scene;
  const { check, kind } = told;
  const isExpiring = kind === 'certificate_expiring' && isOpen(told);
  const change = isOpen(told) ? whatChanged(told) : null;
  const todo = isOpen(told) ? notTwice(advice(account, told, now), given) : [];
  return [
    { kind: 'title', tone: tone(told), label: label(told), text: firstLine(told, now) },
    paragraph(firstStep(told, now)),
    ...flapping(told),
    paragraph(isOpen(told) ? forWhom(account, told) : whyRecovered(told, now)),
    ...(change === null ? [] : [paragraph(change)]),
    ...(alike.length > 0 ? [paragraph(sameFor(alike))] : []),
    ...findingBullets(told, now),
    { kind: 'facts', rows: facts(account, told, now) },
    { kind: 'heading', text: 'What is presented' },
    ...presentedBlocks(check, now, isExpiring, detail),
    { kind: 'heading', text: 'What is pinned' },
    ...pinnedBlocks(check),
    ...setBlocks(check),
    { kind: 'heading', text: 'What to do' },
    ...(isOpen(told) ? steps(todo) : [paragraph(afterwards(told))]),
    ...section(
      'How to look further',
      notGiven(further(account, told, installation), [...given, ...commandsIn(todo)]),
    ),
  ];
}

function firstLine(transition: Transition, now: number): string {
  const { sentence } = headline(transition, now);
  const aside = flappingAside(transition);
  if (aside !== null) return `${isOpen(transition) ? sentence : recovered(transition)} (${aside})`;
  switch (transition.transition) {
    case 'opened':
      return sentence;
    case 'changed':
      return `${sentence} (the facts have changed)`;
    case 'reminder':
      return `${sentence} (reminder: open for ${span(now - Date.parse(transition.since))})`;
    case 'closed':
      return `${recovered(transition)} (it was open for ${lasted(transition)})`;
    default:
      return transition.transition satisfies never;
  }
}

function flapping(told: Told): Block[] {
  const note = flappingNote(told);
  return note === null ? [] : [paragraph(note)];
}

const shownDomains = 16;

function sameFor(alike: readonly string[]): string {
  const hidden = alike.length - shownDomains;
  const names = alike.slice(0, shownDomains).join(', ');
  const more = hidden > 0 ? ` and ${hidden} more` : '';
  return `The same is presented for ${names}${more}: what follows applies to ${alike.length === 1 ? 'it' : 'them'}, too, with another name in the commands.`;
}

function forWhom(account: string, transition: Transition): string {
  const { kind, domain, check } = transition;
  switch (kind) {
    case 'pin_mismatch':
      return mismatchForWhom(account, transition);
    case 'untrusted':
      return untrustedForWhom(transition);
    case 'unreachable':
      if (check.verdict !== 'inconclusive') return `At the last probe, ${domain} could be judged.`;
      return `No endpoint of ${domain} could be judged. Whether the pins match is unknown; most likely apps cannot connect either.`;
    case 'certificate_expiring':
      return `${connectNow(check)} From the moment of expiry every app and browser refuses ${domain}.`;
    case 'pins_expiring':
      return `${connectNow(check)} Installed apps keep the date that they shipped with: only a new version changes it, and only on the devices that get it.`;
    case 'pin_mismatch_held':
      return `${connectNow(check)} ${capital(heldApps(check))} refuse ${domain} once: they then fetch what is published, and connect. One that cannot fetch it stays locked out.`;
    case 'no_backup_pin':
      return `${connectNow(check)} Every pin of ${domain} is in use: when the key must change, after a loss or a leak, every app of account ${account} is locked out until it is updated.`;
    default:
      return kind satisfies never;
  }
}

/** Another open incident may already keep the apps out. */
function connectNow(check: Check): string {
  const connect = appsConnect(check);
  if (connect === 'yes') return 'Apps connect now.';
  return connect === 'unknown'
    ? 'Whether apps connect now is unknown: no endpoint could be judged.'
    : 'This is not why apps fail now; see the other findings below.';
}

const couldNotTell =
  'It is unknown whether this still holds: the last probe could not judge the endpoints concerned.';

function mismatchForWhom(account: string, transition: Transition): string {
  return `${whoFails(account, transition)}${regionMeaning(transition.check.endpoints)}`;
}

function whoFails(
  account: string,
  { domain, check, connections, missingIssuer = 'unnamed' }: Transition,
): string {
  const { endpoints, verdict } = check;
  const bad = endpoints.filter((endpoint) => endpoint.verdict === 'mismatch');
  const good = endpoints.filter((endpoint) => endpoint.verdict === 'match');
  if (verdict === 'match') {
    return 'The last probe matched. The incident stays open until enough probes have matched: some connections were shown a different key.';
  }
  if (verdict !== 'mismatch') return couldNotTell;
  if (failingSets(check).length > 0) return setsForWhom(domain, check, connections, missingIssuer);
  const { mixed } = partsOf(endpoints);
  if (connections && mixed.length === bad.length) {
    return `Apps of account ${account} fail on some connections to ${endpointNames(bad)}: ${connections.bad} of ${connections.of} were shown a key that is not pinned. There are several servers behind the address, so some users notice nothing and retries may help others.`;
  }
  if (good.length + mixed.length === 0) {
    return `Every app of account ${account} that pins ${domain} is refused: no pinned key is on the validated path of any endpoint.`;
  }
  const fail = `Apps of account ${account} fail when they reach ${endpointNames(bad)}.`;
  if (appsConnect(check, missingIssuer) === 'no') {
    return `${fail} They do not connect elsewhere either; the other findings give the reason.`;
  }
  return `${fail} They connect ${good.length > 0 ? `through the other ${good.length === 1 ? 'endpoint' : endpointCount(good.length)}` : 'on other connections'}, so some users notice nothing and retries may help others.`;
}

function untrustedForWhom(transition: Transition): string {
  const { domain, check, connections, missingIssuer } = transition;
  const code = refusalOf(check);
  if (code === 'platform_refused') {
    return `A platform refuses ${domain}, or cannot negotiate a connection with it, before any pin is checked: the finding says which and why. The chain is trusted, so browsers and apps on other platforms may connect.`;
  }
  const bad = check.endpoints.filter(({ failure, trusted }) => failure === null && !trusted);
  const good = check.endpoints.filter(({ failure, trusted }) => failure === null && trusted);
  if (code === undefined || bad.length === 0) return couldNotTell;
  const place = good.length === 0 ? domain : `${domain} at ${endpointNames(bad)}`;
  const where = connections ? `${place} on ${connections.bad} of ${connections.of} connections` : place;
  const everybody = `Every app and browser that validates certificates refuses ${where}, before any pin is checked.`;
  if (code !== 'chain_incomplete') return everybody;
  if (missingIssuer === 'known') {
    return `Android apps cannot connect to ${where}. Apple's platforms fetch the missing certificate from the URL in the leaf and do connect, so all may seem well on an iPhone.`;
  }
  return missingIssuer === 'named'
    ? `Android apps cannot connect to ${where}. The leaf says where the missing certificate is. Whether it leads to a root that phones trust is unknown, so a browser or an iPhone that connects proves nothing.`
    : `${everybody} The leaf does not say where the missing certificate is, so no platform can fetch it.`;
}

/** The findings as the judgement words them, with the certificates and endpoints, but with ages as of now. */
function findingBullets({ check }: Transition, now: number): Block[] {
  const items = check.findings.map(({ code, severity, message }) => {
    const first = code === 'certificate_expiring' ? earliest(check) : undefined;
    const text = first ? `"${first.subject}" ${expiry(check, now)}, at ${first.notAfter}` : message;
    return `${severity}: ${code}: ${text}`;
  });
  return items.length > 0 ? [{ kind: 'bullets', items }] : [];
}

function facts(account: string, told: Told, now: number): Fact[] {
  const { since, at, domain, incident, earlier } = told;
  const age = (time: string) => span(now - Date.parse(time));
  return [
    ['since', `${readable(since)} (${age(since)} before this report)`],
    ...lastWell(told, now),
    ...(isOpen(told) ? [] : [['ended', `${readable(at)} (${age(at)} before this report)`] as const]),
    ...(earlier
      ? [['before', `there was one from ${readable(earlier.since)} to ${readable(earlier.at)}`] as const]
      : []),
    ['reported', readable(rfc3339(now))],
    ['domain', domain],
    ['account', account],
    ['incident', incident],
  ];
}

/** Shown with "since": the change happened between the two. */
function lastWell({ kind, lastWell: at }: Transition, now: number): Fact[] {
  const which = wellProbes[kind];
  if (which === undefined) return [];
  const when = at === undefined ? 'none is known' : `${readable(at)} (${span(now - Date.parse(at))} ago)`;
  return [['', `last probe that ${which}: ${when}`]];
}

const wellProbes: Readonly<Partial<Record<IncidentKind, string>>> = {
  pin_mismatch: 'matched',
  untrusted: 'was trusted',
  unreachable: 'got through',
};

function steps(items: readonly Step[]): Block[] {
  return [{ kind: 'steps', items }];
}

function section(heading: string, items: readonly Step[]): Block[] {
  return items.length === 0 ? [] : [{ kind: 'heading', text: heading }, ...steps(items)];
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}
