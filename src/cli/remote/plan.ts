/** What it takes to make an account equal to a file: judged from what the API says now, before anything is changed. */

import type { ProvisionedAccount } from '../../config/config.ts';
import type { Domain } from '../../core/domain.ts';
import { domainName } from '../../core/domain.ts';
import type { Pin } from '../../core/pin.ts';
import { pinChangeRefusal } from '../../core/pin-guard.ts';
import { rootBundle } from '../../core/root-bundle.ts';
import type { AccountAnswer, DomainAnswer, DomainSummary } from './answers.ts';
import type { Answer } from './client.ts';
import type { Settings } from './domain-settings.ts';

export type Step =
  | { readonly action: 'create_account'; readonly contacts: readonly string[] }
  | {
      readonly action: 'change_contacts';
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly contacts: readonly string[];
      readonly etag: string | null;
    }
  | {
      readonly action: 'add_domain';
      readonly domain: string;
      readonly pins: readonly Pin[];
      readonly settings: Settings;
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
      /** Why the guard refuses it; null where it doesn't. */
      readonly guarded: string | null;
      readonly etag: string | null;
    }
  | { readonly action: 'remove_domain'; readonly domain: string; readonly etag: string | null };

export interface Plan {
  readonly account: string;
  readonly steps: readonly Step[];
  /** Domains that the file does not have, and that stay. */
  readonly kept: readonly { readonly domain: string; readonly because: 'prune' | 'provisioned' }[];
  /** Changes of what comes from the server's own file. */
  readonly refusals: readonly string[];
}

/** The account as it is; null: there is none. */
export interface Present {
  readonly account: Answer<AccountAnswer>;
  readonly summaries: readonly DomainSummary[];
  /** In full: those that the file has, and those that go. */
  readonly domains: ReadonlyMap<string, Answer<DomainAnswer>>;
}

export function planOf(wanted: ProvisionedAccount, present: Present | null, prune: boolean): Plan {
  const refusals: string[] = [];
  const steps = [
    ...accountSteps(wanted, present, refusals),
    ...wanted.domains.flatMap((domain) => domainSteps(domain, present, refusals)),
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

function accountSteps(wanted: ProvisionedAccount, present: Present | null, refusals: string[]): Step[] {
  const { contacts } = wanted;
  if (present === null) return [{ action: 'create_account', contacts }];
  const { body, etag } = present.account;
  const change = changed(body.contacts, contacts);
  if (change === null) return [];
  if (body.provisionedBy !== null) refusals.push(provisioned('the account', body.provisionedBy));
  return [{ action: 'change_contacts', ...change, contacts, etag }];
}

function domainSteps(wanted: Domain, present: Present | null, refusals: string[]): Step[] {
  const domain = domainName(wanted);
  const found = present?.domains.get(domain);
  const settings: Settings = {
    ...(wanted.connect ? { connect: wanted.connect } : {}),
    ...(wanted.keyTypes ? { keyTypes: wanted.keyTypes } : {}),
    ...(wanted.ca === undefined ? {} : { ca: rootBundle(wanted.ca) }),
  };
  if (!found) return [{ action: 'add_domain', domain, pins: wanted.pins, settings }];
  const { body, etag } = found;
  const steps: Step[] = [];
  const difference = settingsDifference(body, settings);
  if (Object.keys(difference).length > 0)
    steps.push({ action: 'change_domain', domain, settings: difference, etag });
  const before = body.pins.map(({ pin }) => pin);
  // A file that names no pins leaves them alone: they were taken from what the domain presented.
  const change = wanted.pins.length === 0 ? null : changed(before, wanted.pins);
  if (change !== null) {
    const guarded = pinChangeRefusal(before, wanted.pins, body.check);
    steps.push({ action: 'change_pins', domain, ...change, pins: wanted.pins, guarded, etag });
  }
  if (steps.length > 0 && body.provisionedBy !== null) refusals.push(provisioned(domain, body.provisionedBy));
  return steps;
}

function settingsDifference(now: DomainAnswer, wanted: Settings): Settings {
  const ca = now.ca === null ? null : rootBundle(now.ca);
  return {
    ...(isSame(now.connect, wanted.connect) ? {} : { connect: wanted.connect ?? null }),
    ...(isSame(now.keyTypes, wanted.keyTypes) ? {} : { keyTypes: wanted.keyTypes ?? null }),
    ...(ca === (wanted.ca ?? null) ? {} : { ca: wanted.ca ?? null }),
  };
}

function isSame(now: readonly string[] | null, wanted: readonly string[] | null | undefined): boolean {
  return changed(now ?? [], wanted ?? []) === null;
}

/** As sets: the order of pins, contacts and addresses means nothing. */
function changed<T extends string>(
  before: readonly T[],
  after: readonly T[],
): { added: T[]; removed: T[] } | null {
  const added = after.filter((item) => !before.includes(item));
  const removed = before.filter((item) => !after.includes(item));
  return added.length + removed.length > 0 ? { added, removed } : null;
}

function provisioned(what: string, file: string): string {
  return `${what} comes from the file ${file} on the server: change it there and restart pinwatch`;
}
