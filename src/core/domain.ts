import type { DomainSettings } from './domain-settings.ts';
import type { Limits } from './limits.ts';
import type { Pin } from './pin.ts';
import type { Platform } from './platforms.ts';
import type { NotifySettings } from './settings.ts';

/** What is connected to: `host` is a lower-case ASCII name (A-labels) or an IP literal without brackets. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Addresses of one domain, given or resolved: a real one has a handful, and each may take two connections. */
export const mostAddresses = 64;

/** A target that an account's apps connect to, and how it is judged. */
export interface Domain extends Target, DomainSettings {
  readonly pins: readonly Pin[];
  /** Where the domain is written down, if it came from a file: the API refuses to edit it and says so. */
  readonly provisionedBy?: string;
  /** Who added a pin, when and why, where that is known. */
  readonly pinNotes?: { readonly [pin: Pin]: PinNote };
  /** Maintenance: until then nothing of the domain is told. Milliseconds since the epoch. */
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
  /** Where the account differs from the installation's settings. */
  readonly notify?: Partial<NotifySettings>;
  /** Whose rules count for its domains; empty: no platform's. Left out: those of the installation. */
  readonly platforms?: readonly Platform[];
  /** Where it differs from the limits that every account has. */
  readonly limits?: Partial<Limits>;
  /** Where the account is written down, if it came from a file. */
  readonly provisionedBy?: string;
}

/** An account as a file has it, with its domains. */
export interface ProvisionedAccount extends Account {
  readonly domains: readonly Domain[];
}

/** The domain's name for people, metrics and keys: the host, with `:port` where it is not 443; IPv6 literals in brackets. */
export function domainName({ host, port }: Target): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === 443 ? shown : `${shown}:${port}`;
}
