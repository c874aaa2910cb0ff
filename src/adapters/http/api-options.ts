import type { RateLimitPluginOptions } from '@fastify/rate-limit';
import type { AccountPorts } from '../../flow/admin/accounts.ts';
import type { DomainPorts } from '../../flow/admin/domains.ts';
import type { ExportPorts } from '../../flow/admin/exports.ts';
import type { IncidentPorts } from '../../flow/admin/incidents.ts';
import type { PinSetPorts } from '../../flow/admin/pin-sets.ts';
import type { ProbePorts } from '../../flow/admin/probes.ts';
import type { TestChannelPorts } from '../../flow/admin/test-channels.ts';
import type { TokenPorts } from '../../flow/admin/tokens.ts';
import type { WatchStatusPorts } from '../../flow/admin/watch-status.ts';
import type { PublishPorts } from '../../flow/publish/ports.ts';
import type { RotationPorts } from '../../flow/rotate/ports.ts';
import type { AccessOptions } from './access.ts';
import type { PrefixOf } from './path-prefix.ts';
import type { ReloadRoutePorts } from './routes/reload.ts';

/** The ports of the use cases behind the routes. */
export type AdminPorts = AccountPorts &
  DomainPorts &
  ExportPorts &
  IncidentPorts &
  PinSetPorts &
  ProbePorts &
  TestChannelPorts &
  TokenPorts &
  WatchStatusPorts &
  PublishPorts &
  RotationPorts &
  ReloadRoutePorts;

export interface ApiOptions {
  readonly ports: AdminPorts;
  readonly access: AccessOptions;
  readonly version: string;
  /** Requests for probes that one account may make per minute; it may add ten times as many domains. */
  readonly probesPerMinute: number;
  /** Changes that one account, or one admin, may make per minute. */
  readonly changesPerMinute: number;
  /** The Redis that counts them, so that all processes share one count. */
  readonly counter: NonNullable<RateLimitPluginOptions['redis']>;
  /** null while the store can be used; else why not. The API then answers 503 at once. */
  readonly trouble: () => string | null;
  readonly prefixOf: PrefixOf;
  /** Where apps find /c/CHANNEL, without a trailing slash. */
  readonly configUrls: readonly string[];
}
