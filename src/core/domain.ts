import type { AppliedSet } from './applied-set.ts';
import type { DomainSettings } from './domain-settings.ts';
import type { ProvisionedImport } from './imported-set.ts';
import type { Limits } from './limits.ts';
import type { NotifyChannel } from './notify-channel.ts';
import type { Pin } from './pin.ts';
import type { Platform } from './platforms.ts';
import type { NotifySettings } from './settings.ts';

/** Where apps connect: `host` is a lower-case ASCII name (A-labels) or an IP literal without brackets. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Addresses of one domain, given or resolved. A real domain has a handful; each address may take two connections. */
export const mostAddresses = 64;

/** A target that an account's apps connect to, and how it is judged. */
export interface Domain extends Target, DomainSettings {
  readonly pins: readonly Pin[];
  /** The account's other pin sets as far as they concern this host; not empty. Resolved whenever a set or the domain is written. */
  readonly pinSets?: readonly AppliedSet[];
  /** The file that defines the domain, if any: the API then refuses to edit it and names the file. */
  readonly provisionedBy?: string;
  /** Who added a pin, when and why, if known. */
  readonly pinNotes?: { readonly [pin: Pin]: PinNote };
  /** Maintenance: nothing about the domain is told until then. Milliseconds since the epoch. */
  readonly mutedUntil?: number;
  /** When the mute was set, by the clock that set it. */
  readonly mutedAt?: number;
}

export interface PinNote {
  readonly note: string;
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export interface Account {
  readonly name: string;
  /** Mail addresses of the people on call. */
  readonly contacts: readonly string[];
  /** What it is told through besides mail; not empty. Secrets: no answer, log or audit entry shows them. */
  readonly channels?: readonly NotifyChannel[];
  /** Settings that differ from the installation's. */
  readonly notify?: Partial<NotifySettings>;
  /** Whose rules count for its domains; empty: no platform's. Left out: the installation's. */
  readonly platforms?: readonly Platform[];
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Anyone may read whether its apps can connect, but nothing of its domains. Left out: nobody may. */
  readonly publicStatus?: true;
  /** The file that defines the account, if any. */
  readonly provisionedBy?: string;
}

/** An account as a file has it, with its domains. */
export interface ProvisionedAccount extends Account {
  readonly domains: readonly Domain[];
  /** Left out: none. */
  readonly pinSets?: readonly ProvisionedImport[];
}

/**
 * The domain's name for people, metrics and keys: the host, with `:port` if that is not 443; IPv6 literals in brackets.
 */
export function domainName({ host, port }: Target): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === 443 ? shown : `${shown}:${port}`;
}

/** `host:port` of a domain's name, which leaves out 443. */
export function addressOf(name: string): string {
  return /:\d+$/.test(name) ? name : `${name}:443`;
}
