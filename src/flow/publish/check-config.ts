/** Runs the guard on a draft, or on an earlier version, and freezes what it has seen. */
import { entryFor } from '../../../verify/typescript/src/decision.ts';
import { type Check, isFailed } from '../../core/check.ts';
import { type Candidate, candidateKeptMs } from '../../core/config-state.ts';
import { isEnforcing } from '../../core/delivery.ts';
import { type Domain, domainName } from '../../core/domain.ts';
import { type Entries, shownPin } from '../../core/draft.ts';
import { differenceOf, type HostChange } from '../../core/draft-difference.ts';
import type { Pin } from '../../core/pin.ts';
import { ruled } from '../../core/platforms.ts';
import { guardFindings, type ProbedDomain } from '../../core/publish-guard.ts';
import { blankRecord } from '../../core/record.ts';
import { nextVersion } from '../../core/restored-config.ts';
import { judgeLooks } from '../../core/verdict.ts';
import { entriesOf } from '../../core/version-payload.ts';
import { type Actor, done, type Outcome, refuse } from '../admin/outcome.ts';
import { type Looked, lookAsNeeded } from '../look-as-needed.ts';
import type { PublishPorts } from './ports.ts';
import { noKeys, payloadOf, type ReadDraft, readDraft } from './read-draft.ts';

export interface CheckRequest {
  /** Go back to what this version said; null: the draft. */
  readonly restore: number | null;
  /** Pins that are left out and revoked. */
  readonly without: readonly Pin[];
}

export interface CheckedConfig {
  readonly candidate: Candidate;
  readonly changes: readonly HostChange[];
  readonly warnings: readonly string[];
}

export async function checkConfig(
  account: string,
  { restore, without }: CheckRequest,
  actor: Actor,
  ports: PublishPorts,
  signal: AbortSignal,
): Promise<Outcome<CheckedConfig>> {
  const { configStore, clock, digest, newId } = ports;
  const draft = await readDraft(account, without, ports);
  if (!draft.ok) return draft;
  const { state, before } = draft.value;
  if (state === null) return noKeys;
  const wanted =
    restore === null ? draftEntries(draft.value) : await versionEntries(account, restore, draft.value, ports);
  if (!wanted.ok) return wanted;
  const entries = wanted.value;
  const { channel } = state.value;
  const version = nextVersion(state.value, ports.held(channel)?.version ?? 0);
  const payload = payloadOf(channel, version, entries);
  const probed = await probe(account, entries, draft.value, ports, signal);
  const now = clock();
  const candidate: Candidate = {
    ...{ id: newId(), version, digest: digest(payload), payload, restored: restore, without },
    findings: guardFindings({ before, after: entries, registered: hostsOf(draft.value), probed }),
    checkedBy: actor.name,
    checkedAt: now,
  };
  await configStore.keepCandidate(account, candidate, now);
  const warnings = [...draft.value.warnings, ...(await shippedWarnings(account, without, ports))];
  return done({ candidate, changes: differenceOf(before, entries), warnings });
}

/** App versions that go on accepting a revoked key: what they ship with can't be changed. */
async function shippedWarnings(
  account: string,
  revoked: readonly Pin[],
  { pinSetStore }: Pick<PublishPorts, 'pinSetStore'>,
): Promise<string[]> {
  if (revoked.length === 0) return [];
  const { sets } = await pinSetStore.pinSets(account);
  return sets
    .filter(({ source }) => source === 'imported')
    .flatMap(({ name, appVersion = name, rules }) => {
      const shipped = new Set(rules.flatMap(({ allOf }) => allOf.flatMap(({ anyOf }) => anyOf)));
      const found = revoked.filter((pin) => shipped.has(pin));
      if (found.length === 0) return [];
      return [
        `${appVersion} ships with ${found.join(', ')} (${name}): it goes on accepting that key until the app is updated`,
      ];
    });
}

function draftEntries({ problems, entries }: ReadDraft): Outcome<Entries> {
  const shown = problems.slice(0, 10).join('; ');
  const more = problems.length > 10 ? `; and ${problems.length - 10} more` : '';
  return problems.length === 0 ? done(entries) : refuse('unprocessable', `${shown}${more}`);
}

async function versionEntries(
  account: string,
  version: number,
  { state }: ReadDraft,
  { configStore }: PublishPorts,
): Promise<Outcome<Entries>> {
  const found = await configStore.version(account, version);
  if (found === null) return refuse('not_found', `no version ${version}`);
  const entries = entriesOf(found.payload);
  const revoked = state?.value.revoked ?? [];
  const gone = [...entries].find(([, { pins }]) => pins.some((pin) => revoked.includes(shownPin(pin))));
  return gone === undefined
    ? done(entries)
    : refuse('unprocessable', `version ${version} has a pin of ${gone[0]} that was revoked since`);
}

export function hostsOf({ domains }: Pick<ReadDraft, 'domains'>): ReadonlySet<string> {
  return new Set(domains.flatMap(({ value }) => (value === null ? [] : [value.host])));
}

/** Every registered domain whose keys apps would check, judged with what they would check. */
async function probe(
  account: string,
  entries: Entries,
  { domains }: ReadDraft,
  ports: PublishPorts,
  signal: AbortSignal,
): Promise<ProbedDomain[]> {
  const { adminStore, probesAtOnce, platforms } = ports;
  const owner = (await adminStore.account(account))?.value;
  const probed: ProbedDomain[] = [];
  const waiting = domains.flatMap(({ value }) => {
    const entry = value === null ? null : entryFor({ domains: entries }, value.host)[1];
    return value === null || entry === null || !isEnforcing(entry.mode) ? [] : [{ value, entry }];
  });
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const name = domainName(next.value);
      const stored = await adminStore.domain({ account, domain: name });
      // Removed meanwhile: its host is not registered any more, unless another port is.
      if (stored === null) continue;
      const { pinSets: _shipped, ...own } = stored.value;
      const domain = ruled({ ...own, pins: next.entry.pins.map(shownPin) }, owner?.platforms, platforms);
      probed.push({ name, host: domain.host, check: await checkOf(domain, ports, signal) });
    }
  };
  await Promise.all(Array.from({ length: probesAtOnce }, work));
  return probed;
}

/** What is bad is looked at again, as in a sweep; and once more what could not be judged, which may have been a flicker. */
async function checkOf(
  domain: Domain,
  { observeAll: observe, clock, pause, probe }: PublishPorts,
  signal: AbortSignal,
): Promise<Check> {
  const judgeNow = (looks: Looked['looks']): Looked => {
    const at = clock();
    return { looks, judgement: judgeLooks(domain, looks, at, 0), at };
  };
  const looked = await lookAsNeeded(domain, blankRecord, judgeNow, probe, { observe, clock, pause }, signal);
  const { check } = looked.judgement;
  const failed = check.endpoints.filter(isFailed);
  if (looked.looks.length > 1 || failed.length === 0) return check;
  await pause(probe.confirmAfterMs, signal);
  const addresses = [...new Set(failed.flatMap(({ address }) => address ?? []))];
  const again = await observe(domain, { again: addresses }, signal);
  // A name that did not resolve was a look at nothing.
  const looks = addresses.length === 0 ? [again] : [...looked.looks, again];
  return judgeNow(looks).judgement.check;
}

export function expiryOf({ checkedAt }: Candidate): number {
  return checkedAt + candidateKeptMs;
}
