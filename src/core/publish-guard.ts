/**
 * What stands against publishing a configuration: facts about the endpoints as they are now, and about what apps have
 * now. Each finding says what overrides it.
 */
import { entryFor } from '../../verify/typescript/src/decision.ts';
import { type Check, isFailed, isJudged } from './check.ts';
import { isEnforcing } from './delivery.ts';
import { type Entries, shownPin } from './draft.ts';
import { differenceOf, unpinning } from './draft-difference.ts';
import { plural } from './plural.ts';

export const guardCodes = [
  'would_mismatch',
  'not_trusted',
  'not_judged',
  'no_backup',
  'unpins',
  'not_registered',
] as const;
export type GuardCode = (typeof guardCodes)[number];

/** `force`, with a note. `allow_unpin`: this host, by name. `nothing` does. */
export type Override = 'force' | 'allow_unpin' | 'nothing';

export const overrides: { readonly [code in GuardCode]: Override } = {
  would_mismatch: 'force',
  not_trusted: 'force',
  not_judged: 'force',
  no_backup: 'force',
  unpins: 'allow_unpin',
  not_registered: 'nothing',
};

export interface GuardFinding {
  readonly code: GuardCode;
  readonly host: string;
  /** The domain that was probed, if it is about one. */
  readonly domain: string | null;
  readonly message: string;
}

/** A registered domain, probed just now and judged with what apps would check of its host. */
export interface ProbedDomain {
  readonly name: string;
  readonly host: string;
  readonly check: Check;
}

export interface Publication {
  /** What apps have now; empty if nothing was published. */
  readonly before: Entries;
  readonly after: Entries;
  /** Every registered host. */
  readonly registered: ReadonlySet<string>;
  /** Every registered domain whose host apps would check. */
  readonly probed: readonly ProbedDomain[];
}

/** In the order of the codes, then by host. */
export function guardFindings({ before, after, registered, probed }: Publication): GuardFinding[] {
  const enforced = probed.filter(({ host }) =>
    isEnforcing(entryFor({ domains: after }, host)[1]?.mode ?? 'off'),
  );
  const findings = [
    ...enforced.flatMap(endpointFindings),
    ...backupFindings(after, probed),
    ...differenceOf(before, after).flatMap((change): GuardFinding[] => {
      const message = unpinning(change, after);
      return message === null ? [] : [{ code: 'unpins', host: change.host, domain: null, message }];
    }),
    ...[...after.keys()].flatMap((host): GuardFinding[] =>
      registered.has(host)
        ? []
        : [
            {
              code: 'not_registered',
              host,
              domain: null,
              message: 'it is not registered, so nothing watches it',
            },
          ],
    ),
  ];
  return findings.sort(
    (a, b) => guardCodes.indexOf(a.code) - guardCodes.indexOf(b.code) || (a.host < b.host ? -1 : 1),
  );
}

function endpointFindings({ name, host, check }: ProbedDomain): GuardFinding[] {
  const judged = check.endpoints.filter(isJudged);
  const about = (code: GuardCode, message: string): GuardFinding => ({ code, host, domain: name, message });
  const bad = judged.filter(({ verdict }) => verdict === 'mismatch');
  const untrusted = judged.filter(({ trusted }) => !trusted);
  const failed = check.endpoints.filter(isFailed);
  const of = (some: number, what: string) => `${some} of ${plural(judged.length, 'endpoint')} ${what}`;
  return [
    ...(bad.length > 0
      ? [
          about(
            'would_mismatch',
            `${of(bad.length, 'would be refused')}: ${named(bad)} ${has(bad)} no pinned key`,
          ),
        ]
      : []),
    ...(untrusted.length > 0
      ? [
          about(
            'not_trusted',
            `${of(untrusted.length, 'would be refused')}: ${named(untrusted)} ${isNot(untrusted)} trusted`,
          ),
        ]
      : []),
    ...(failed.length > 0 || judged.length === 0
      ? [about('not_judged', `${unjudged(failed)}, so it is not known whether apps could connect`)]
      : []),
  ];
}

type Endpoints = Check['endpoints'];

/** Names are cut: an answer of a thousand endpoints helps nobody. */
const mostNamed = 5;

function named(endpoints: Endpoints): string {
  const shown = endpoints.slice(0, mostNamed).map(({ address, keyType, connections }) => {
    const name = address === null ? keyType : `${address} (${keyType})`;
    if (connections === undefined) return name;
    const bad = Math.max(connections.mismatched, connections.untrusted);
    return `${name} on ${bad} of ${plural(connections.judged, 'connection')}`;
  });
  const more = endpoints.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function unjudged(failed: Endpoints): string {
  const [first] = failed;
  if (first === undefined) return 'no endpoint could be judged';
  const why = first.failure === null ? '' : `: ${first.failure.message}`;
  return `${named(failed)} could not be judged${why}`;
}

const has = ({ length }: Endpoints) => (length === 1 ? 'has' : 'have');
const isNot = ({ length }: Endpoints) => (length === 1 ? 'is not' : 'are not');

/** A backup is a pin on no path now: the way out if a key has to change (RFC 7469, section 4.3). */
function backupFindings(after: Entries, probed: readonly ProbedDomain[]): GuardFinding[] {
  const seen = new Map<string, Set<string>>();
  for (const { host, check } of probed) {
    const [name] = entryFor({ domains: after }, host);
    if (name === null) continue;
    const pins = seen.get(name) ?? new Set();
    for (const { path } of check.endpoints) for (const { pin } of path) pins.add(pin);
    seen.set(name, pins);
  }
  return [...after].flatMap(([host, { mode, pins }]): GuardFinding[] => {
    if (mode !== 'pins' || pins.some((pin) => !seen.get(host)?.has(shownPin(pin)))) return [];
    const message = 'every pin is in use now: if the key has to change, apps have no other to accept';
    return [{ code: 'no_backup', host, domain: null, message }];
  });
}

export interface Overrides {
  readonly force: boolean;
  /** Hosts. */
  readonly allowUnpin: readonly string[];
}

/** The findings that still stand. */
export function standing(
  findings: readonly GuardFinding[],
  { force, allowUnpin }: Overrides,
): GuardFinding[] {
  return findings.filter(({ code, host }) => {
    switch (overrides[code]) {
      case 'force':
        return !force;
      case 'allow_unpin':
        return !allowUnpin.includes(host);
      case 'nothing':
        return true;
      default:
        return overrides[code] satisfies never;
    }
  });
}
