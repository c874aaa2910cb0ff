/** Which versions apps hold, and whether a key may be rotated in. */
import {
  countedVersion,
  type DayCounts,
  daysKept,
  isUnheld,
  lastDays,
  lastWholeDay,
  quietDays,
  utcDay,
  type VersionCount,
} from '../../core/adoption.ts';
import type { Pin } from '../../core/pin.ts';
import {
  type AnsweredRotation,
  answerRotation,
  deliveredReasons,
  type RotationReason,
} from '../../core/rotation-answer.ts';
import { hostOfName } from '../../core/set-coverage.ts';
import { shippedOf } from '../../core/shipped-pins.ts';
import { entriesOf } from '../../core/version-payload.ts';
import type { AdminStore } from '../admin/admin-store.ts';
import { done, type Outcome, refuse, unknownAccount } from '../admin/outcome.ts';
import type { PublishPorts } from './ports.ts';
import { readBasis } from './read-draft.ts';

export type AdoptionPorts = Pick<
  PublishPorts,
  'configStore' | 'adoptionStore' | 'pinSetStore' | 'clock' | 'held'
> & {
  readonly adminStore: Pick<AdminStore, 'account' | 'domainPage' | 'domain' | 'record'>;
};

const dayMs = 86_400_000;

export interface Adoption {
  /** The published version; null: nothing was published. */
  readonly published: number | null;
  /** Newest first, without days that nothing was counted on. */
  readonly days: readonly DayCounts[];
}

export async function readAdoption(account: string, ports: AdoptionPorts): Promise<Outcome<Adoption>> {
  const { adminStore, configStore, adoptionStore, clock } = ports;
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const [state, days] = await Promise.all([
    configStore.state(account),
    adoptionStore.days(account, lastDays(clock(), daysKept)),
  ]);
  const counted = days.filter(({ versions }) => versions.length > 0);
  return done({ published: state?.value.published?.version ?? null, days: counted });
}

/** A day's counts as of a log that has all of them; those that were counted here for that day are dropped. */
export async function replaceAdoption(
  account: string,
  day: string,
  versions: readonly VersionCount[],
  ports: AdoptionPorts,
): Promise<Outcome<null>> {
  const { adminStore, configStore, adoptionStore, clock } = ports;
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const published = (await configStore.state(account))?.value.published?.version ?? 0;
  if (!lastDays(clock() + dayMs, daysKept + 1).includes(day)) {
    return refuse('unprocessable', `day: expected one of the last ${daysKept} days, found ${day}`);
  }
  const counts = new Map<number, number>();
  for (const { version, installs } of versions) {
    const counted = countedVersion(String(version), published);
    if (counted === null) return refuse('unprocessable', `version ${version} was never published`);
    counts.set(counted, (counts.get(counted) ?? 0) + installs);
  }
  await adoptionStore.replace(account, day, counts);
  return done(null);
}

export async function readRotationAnswer(
  account: string,
  host: string,
  pin: Pin,
  ports: AdoptionPorts,
): Promise<Outcome<AnsweredRotation>> {
  if ((await ports.adminStore.account(account)) === null) return unknownAccount(account);
  const { domains: registered } = await readBasis(account, ports);
  const ofHost = registered.filter(({ name }) => hostOfName(name) === host);
  if (ofHost.length === 0) return refuse('not_found', `no domain of ${account} has the host "${host}"`);
  const domains = await Promise.all(
    ofHost.map(async ({ name }) => ({
      host,
      check: (await ports.adminStore.record({ account, domain: name }))?.lastCheck ?? null,
    })),
  );
  const { sets } = await ports.pinSetStore.pinSets(account);
  const shipped = shippedOf(sets, [host]);
  const held = await readHeld(account, ports);
  return done(answerRotation({ host, pin, ...held, shipped, domains }));
}

/** For a rotation in progress: the installs that would refuse the new key. */
export async function laggingReasons(
  account: string,
  host: string,
  pin: Pin,
  ports: HeldPorts,
): Promise<readonly RotationReason[]> {
  return deliveredReasons({ host, pin, ...(await readHeld(account, ports)) });
}

type HeldPorts = Pick<AdoptionPorts, 'configStore' | 'adoptionStore' | 'clock' | 'held'>;

async function readHeld(account: string, { configStore, adoptionStore, clock, held }: HeldPorts) {
  const now = clock();
  const [state, versions, days] = await Promise.all([
    configStore.state(account),
    configStore.versions(account),
    adoptionStore.days(account, lastDays(now, daysKept)),
  ]);
  const published = state?.value.published?.version ?? 0;
  return {
    versions: versions
      .filter(({ version }) => version <= published)
      .map(({ version, payload, at }) => ({ version, at, entries: entriesOf(payload) })),
    served: state === null ? null : (held(state.value.channel)?.version ?? null),
    counts: lastWholeDay(days, now),
    yesterday: utcDay(now - dayMs),
  };
}

/** Whether adoption says that no app holds a version any more. */
export async function retiredBy(
  account: string,
  { adoptionStore, clock }: Pick<AdoptionPorts, 'adoptionStore' | 'clock'>,
): Promise<(version: number) => boolean> {
  const now = clock();
  const days = await adoptionStore.days(account, lastDays(now, quietDays + 1));
  return (version) => isUnheld(version, days, now);
}
