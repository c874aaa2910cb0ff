/** What is said of the app versions behind pin sets. Nothing, if the registry's pins are the only set. */
import { appsConnect } from '../../core/apps-connect.ts';
import { type Check, type CheckedSet, decidingSets } from '../../core/check.ts';
import type { MissingIssuer } from '../../core/explanation.ts';
import type { Transition } from '../../core/incident.ts';
import { ownSetName, versionOfSet } from '../../core/pin-set.ts';
import { listed } from '../../core/set-names.ts';
import type { Block, Fact, Step } from './document.ts';
import { endpointNames } from './endpoints.ts';

export function failingSets(check: Check): readonly CheckedSet[] {
  return decidingSets(check).filter(({ verdict }) => verdict === 'mismatch');
}

/** `apps android-5.2 and ios-3.1`: the sets that mismatch; null if none is to be named. */
export function failingApps(check: Check): string | null {
  const names = failingSets(check).map(({ name }) => name);
  if (names.length === 0) return null;
  const shipped = names.filter(isShipped);
  const parts = [
    ...(shipped.length > 0 ? [`apps ${listed(shipped, 'and')}`] : []),
    ...names.flatMap((name) => configurationOf(name) ?? []),
    ...(names.includes(ownSetName) ? ["apps with the registry's pins"] : []),
  ];
  return listed(
    parts.map((part, index) => (index === 0 ? part : part.replace(/^apps (?=with)/, 'those '))),
    'and',
  );
}

/** It comes with a release of the app: neither the registry nor a publication changes it. */
function isShipped(name: string): boolean {
  return name !== ownSetName && versionOfSet(name) === null;
}

/** Apps get it from the signed configuration. */
export function isPublished({ name }: CheckedSet): boolean {
  return versionOfSet(name) !== null;
}

/** `apps with configuration 41`, for a published version. */
function configurationOf(name: string): string | null {
  const version = versionOfSet(name);
  return version === null ? null : `apps with configuration ${version}`;
}

/** `apps with configuration 39 or 40`: the held versions that the server does not match any more. */
export function heldApps({ findings }: Check): string {
  const names = findings.find(({ code }) => code === 'pin_mismatch_held')?.pinSets ?? [];
  const versions = names.map((name) => String(versionOfSet(name) ?? name));
  return `apps with configuration ${versions.length === 0 ? 'of an earlier version' : listed(versions, 'or')}`;
}

/** `android 5.2 and ios 3.1 cannot connect to api.example.com; android 5.3 can.` */
function whoFails(check: Check, domain: string, missingIssuer: MissingIssuer): string {
  const failing = failingSets(check).map(appOf);
  const others = decidingSets(check).filter(({ verdict }) => verdict === 'match' || verdict === 'unpinned');
  // If the chain is refused for another reason, nobody connects.
  const can = appsConnect(check, missingIssuer) === 'no' ? [] : others.map(appOf);
  const end = can.length === 0 ? '.' : `; ${listed(can, 'and')} can.`;
  return `${capital(listed(failing, 'and'))} cannot connect to ${domain}${end}`;
}

/** Who fails, and where if it is only in some places. */
export function setsForWhom(
  domain: string,
  check: Check,
  connections: Transition['connections'],
  missingIssuer: NonNullable<Transition['missingIssuer']>,
): string {
  const who = whoFails(check, domain, missingIssuer);
  const bad = check.endpoints.filter((endpoint) => endpoint.verdict === 'mismatch');
  const isPartial = check.findings.some(({ code }) => code === 'pin_mismatch_partial');
  if (!isPartial) return who;
  const where = connections
    ? `on ${connections.bad} of ${connections.of} connections`
    : `when they reach ${endpointNames(bad)}`;
  return `${who} Some fail only ${where}, so some users notice nothing and retries may help others.`;
}

function appOf({ name, appVersion }: CheckedSet): string {
  if (name === ownSetName) return "apps with the registry's pins";
  return configurationOf(name) ?? appVersion ?? name;
}

export function capital(text: string): string {
  return text.startsWith('apps ') ? `A${text.slice(1)}` : text;
}

const shownSets = 10;
const shownPins = 20;

/** What each shipped set pins, those that fail first. */
export function setBlocks({ pinSets = [] }: Check): Block[] {
  const shipped = pinSets.filter(({ name }) => name !== ownSetName);
  const failing = shipped.filter(({ verdict }) => verdict === 'mismatch');
  const sorted = [...failing, ...shipped.filter((set) => !failing.includes(set))];
  const hidden = sorted.length - shownSets;
  return [
    ...sorted.slice(0, shownSets).flatMap((set): Block[] => [
      { kind: 'paragraph', text: `${titleOf(set)}: ${wordOf(set)}` },
      { kind: 'facts', rows: rowsOf(set) },
    ]),
    ...(hidden > 0
      ? [{ kind: 'paragraph', text: `And ${hidden} more pin sets: see pinwatch.json.` } as const]
      : []),
  ];
}

function titleOf({ name, appVersion, held }: CheckedSet): string {
  const version = versionOfSet(name);
  if (version !== null)
    return `Configuration ${version}, ${held ? 'which some apps still hold' : 'published'}`;
  return appVersion === null ? `Pin set ${name}` : `${appVersion} (pin set ${name})`;
}

function wordOf({ verdict, until, held }: CheckedSet): string {
  switch (verdict) {
    case 'mismatch':
      if (held) return 'fails once, then fetches and recovers.';
      return 'cannot connect.';
    case 'match':
      return 'matches.';
    case 'unpinned':
      return until === null ? 'is not enforced.' : `is not enforced (${until}).`;
    case 'inconclusive':
      return 'could not be judged.';
    default:
      return verdict satisfies never;
  }
}

function rowsOf({ pins }: CheckedSet): Fact[] {
  const rows = pins.slice(0, shownPins).map(({ pin, seen }): Fact => [seen ? 'seen' : 'not seen', pin]);
  const hidden = pins.length - rows.length;
  return hidden > 0 ? [...rows, ['', `and ${hidden} more`]] : rows;
}

/** The keys with which the app versions that fail connect again, each with whose it is. */
export function rescuePins(check: Check): string[] {
  const owners = new Map<string, string[]>();
  for (const { name, pins } of failingSets(check)) {
    for (const { pin } of pins) owners.set(pin, [...(owners.get(pin) ?? []), name]);
  }
  // A key that suits all of them is worth the most.
  const sorted = [...owners].sort(([, a], [, b]) => b.length - a.length);
  return sorted.slice(0, shownPins).map(([pin, names]) => `${pin}  (${listed(names, 'and')})`);
}

/** What helps app versions that can't be changed on the devices. */
export function releaseSteps(account: string, check: Check): Step[] {
  const shipped = failingSets(check).filter(({ name }) => isShipped(name));
  const [first] = shipped;
  if (first === undefined) return [];
  const apps = listed(
    shipped.map(({ name, appVersion }) => appVersion ?? name),
    'and',
  );
  return [
    {
      text: `${apps} ${shipped.length === 1 ? 'has its' : 'have their'} pins built in. If the server keeps the new key, only a new version of the app helps: release one that pins it, and import what it ships:`,
      code: [`pinwatch pin-set import ${account} NAME FILE`],
    },
    {
      text: 'Once no device has the old version any more, remove its pin set:',
      code: shipped.slice(0, 4).map(({ name }) => `pinwatch pin-set remove ${account} ${name}`),
    },
  ];
}

/** How to see by hand what such an app sees. */
export function checkWithSet(account: string, domain: string, check: Check): Step[] {
  const first = failingSets(check).find(({ name }) => isShipped(name));
  if (first === undefined) return [];
  const file = `${first.name}.txt`;
  return [
    {
      text: `With the pins of ${first.appVersion ?? first.name}:`,
      code: [
        `pinwatch pin-set show ${account} ${first.name} --text > ${file}`,
        `pinwatch check ${domain} --pins-from ${file}`,
      ],
    },
  ];
}
