/** The changes that make an account match a file, worked out from what the API says now, before anything is changed. */

import { createHash } from 'node:crypto';
import { type AppliedAccount, type GivenChannel, secretsText } from '../../core/channel-change.ts';
import type { Domain } from '../../core/domain.ts';
import { domainName } from '../../core/domain.ts';
import { settingsDifference } from '../../core/domain-settings.ts';
import type { Pin } from '../../core/pin.ts';
import { pinChangeRefusal } from '../../core/pin-guard.ts';
import type { Platform } from '../../core/platforms.ts';
import { timeOfDay } from '../../core/quiet-hours.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import type { Answer } from './client.ts';
import { type NewSettings, type Settings, sentSettings } from './domain-settings.ts';
import { type PinSetStep, type PresentPinSets, pinSetSteps } from './plan-pin-sets.ts';

export type Step =
  | {
      readonly action: 'create_account';
      readonly contacts: readonly string[];
      readonly platforms?: readonly Platform[];
      readonly channels?: readonly ChannelNamed[];
    }
  | {
      readonly action: 'change_contacts';
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly contacts: readonly string[];
      readonly etag: string | null;
    }
  | {
      readonly action: 'change_platforms';
      /** null: the installation's. */
      readonly platforms: readonly Platform[] | null;
      readonly etag: string | null;
    }
  | {
      readonly action: 'change_channels';
      /** Without their secrets, which `apply --json` would print. */
      readonly channels: readonly ChannelNamed[];
      readonly etag: string | null;
    }
  | {
      readonly action: 'add_domain';
      readonly domain: string;
      readonly pins: readonly Pin[];
      readonly settings: NewSettings;
    }
  | {
      readonly action: 'change_domain';
      readonly domain: string;
      readonly settings: Settings;
      readonly etag: string | null;
    }
  | {
      readonly action: 'change_pins';
      readonly domain: string;
      readonly added: readonly Pin[];
      readonly removed: readonly Pin[];
      readonly pins: readonly Pin[];
      /** Why the guard refuses it; null if it does not. */
      readonly guarded: string | null;
      readonly etag: string | null;
    }
  | { readonly action: 'remove_domain'; readonly domain: string; readonly etag: string | null }
  | PinSetStep;

export type ChannelNamed = Pick<GivenChannel, 'name' | 'type'>;

export interface Plan {
  readonly account: string;
  readonly steps: readonly Step[];
  /** Domains that are not in the file, and stay. */
  readonly kept: readonly { readonly domain: string; readonly because: 'prune' | 'provisioned' }[];
  /** Changes that are impossible, because the server's own file defines the account or domain. */
  readonly refusals: readonly string[];
}

/** The account as it is now. */
export interface Present {
  readonly account: Answer<'showAccount'>;
  readonly summaries: AnswerOf<'listDomains'>['domains'];
  /** In full: the domains that are in the file, and those that are removed. */
  readonly domains: ReadonlyMap<string, Answer<'showDomain'>>;
  /** null: the file says nothing about pin sets. */
  readonly pinSets: PresentPinSets | null;
}

export function planOf(wanted: AppliedAccount, present: Present | null, prune: boolean): Plan {
  const refusals: string[] = [];
  const steps = [
    ...accountSteps(wanted, present, refusals),
    ...wanted.domains.flatMap((domain) => domainSteps(domain, present, refusals)),
    ...pinSetSteps(wanted.pinSets ?? [], present?.pinSets ?? new Map(), prune, (what, file) =>
      refusals.push(provisioned(what, file)),
    ),
  ];
  const names = new Set(wanted.domains.map(domainName));
  const others = (present?.summaries ?? []).filter(({ name }) => !names.has(name));
  const kept: Plan['kept'][number][] = [];
  for (const { name: domain, provisionedBy } of others) {
    if (provisionedBy !== null) kept.push({ domain, because: 'provisioned' });
    else if (!prune) kept.push({ domain, because: 'prune' });
    else steps.push({ action: 'remove_domain', domain, etag: present?.domains.get(domain)?.etag ?? null });
  }
  return { account: wanted.name, steps, kept, refusals };
}

function accountSteps(wanted: AppliedAccount, present: Present | null, refusals: string[]): Step[] {
  const { contacts, platforms, channels } = wanted;
  if (present === null) {
    const settings = { ...(platforms && { platforms }), ...(channels && { channels: channels.map(named) }) };
    return [{ action: 'create_account', contacts, ...settings }];
  }
  const { body, etag } = present.account;
  const steps: Step[] = [];
  const change = changed(body.contacts, contacts);
  if (change !== null) steps.push({ action: 'change_contacts', ...change, contacts, etag });
  if (!isSame(body.platforms, platforms)) {
    steps.push({ action: 'change_platforms', platforms: platforms ?? null, etag });
  }
  if (channels !== undefined && !areSameChannels(wanted.name, body.channels ?? [], channels)) {
    steps.push({ action: 'change_channels', channels: channels.map(named), etag });
  }
  if (steps.length > 0 && body.provisionedBy !== null) {
    refusals.push(provisioned('the account', body.provisionedBy));
  }
  return steps;
}

function domainSteps(wanted: Domain, present: Present | null, refusals: string[]): Step[] {
  const domain = domainName(wanted);
  const found = present?.domains.get(domain);
  const settings = sentSettings(wanted);
  if (!found) return [{ action: 'add_domain', domain, pins: wanted.pins, settings }];
  const { body, etag } = found;
  const steps: Step[] = [];
  const difference = settingsDifference(body, settings);
  if (Object.keys(difference).length > 0)
    steps.push({ action: 'change_domain', domain, settings: difference, etag });
  const before = body.pins.map(({ pin }) => pin);
  // A domain without pins in the file keeps its pins: they were taken from what it presented.
  const change = wanted.pins.length === 0 ? null : changed(before, wanted.pins);
  if (change !== null) {
    const guarded = pinChangeRefusal(before, wanted.pins, body.check);
    steps.push({ action: 'change_pins', domain, ...change, pins: wanted.pins, guarded, etag });
  }
  if (steps.length > 0 && body.provisionedBy !== null) refusals.push(provisioned(domain, body.provisionedBy));
  return steps;
}

function named({ name, type }: GivenChannel): ChannelNamed {
  return { name, type };
}

type ShownChannel = NonNullable<AnswerOf<'showAccount'>['channels']>[number];

/** In any order. A secret that the file leaves out is the same. */
function areSameChannels(
  account: string,
  now: readonly ShownChannel[],
  wanted: readonly GivenChannel[],
): boolean {
  return (
    now.length === wanted.length &&
    wanted.every((one) => now.some((other) => isSameChannel(account, other, one)))
  );
}

function isSameChannel(account: string, now: ShownChannel, wanted: GivenChannel): boolean {
  const { name, type, url, key, minSeverity } = wanted;
  const hours = ({ from, to, timeZone }: NonNullable<ShownChannel['quietHours']>) =>
    `${from} ${to} ${timeZone}`;
  const before = now.quietHours === null ? '' : hours(now.quietHours);
  const { quietHours } = wanted;
  const after =
    quietHours === undefined
      ? ''
      : hours({ ...quietHours, from: timeOfDay(quietHours.from), to: timeOfDay(quietHours.to) });
  if (now.name !== name || now.type !== type || now.minSeverity !== minSeverity || before !== after)
    return false;
  if (url === undefined) return key === undefined;
  // A key that the file leaves out stays, if the URL does.
  if (key === undefined && now.hasKey) return new URL(url).host === now.host;
  const text = secretsText(account, { name, url, ...(key === undefined ? {} : { key }) });
  return now.secretsId === createHash('sha256').update(text).digest('hex').slice(0, 16);
}

type List = readonly string[] | null | undefined;

/** An empty list is not the same as none: no platform, or no ALPN. */
function isSame(now: List, wanted: List): boolean {
  return isGiven(now) === isGiven(wanted) && changed(now ?? [], wanted ?? []) === null;
}

function isGiven(list: List): boolean {
  return list !== null && list !== undefined;
}

/** As sets: the order of pins, contacts, addresses and platforms means nothing. */
function changed<T extends string>(
  before: readonly T[],
  after: readonly T[],
): { added: T[]; removed: T[] } | null {
  const added = after.filter((item) => !before.includes(item));
  const removed = before.filter((item) => !after.includes(item));
  return added.length + removed.length > 0 ? { added, removed } : null;
}

function provisioned(what: string, file: string): string {
  return `${what} comes from the file ${file} on the server: change it there and reload pinwatch`;
}
