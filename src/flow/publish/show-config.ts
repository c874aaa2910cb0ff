/** What of an account's configuration is published, served and in the field. */

import { fieldOf } from '../../core/config-field.ts';
import type { ConfigState, ConfigVersion, ServedTuple } from '../../core/config-state.ts';
import { draftOf } from '../../core/draft.ts';
import { differenceOf } from '../../core/draft-difference.ts';
import { done, type Outcome, unknownAccount } from '../admin/outcome.ts';
import type { PublishPorts } from './ports.ts';
import { readBasis } from './read-draft.ts';

export interface ShownConfig {
  readonly state: ConfigState | null;
  readonly published: ConfigVersion | null;
  /** What this process gives to apps. */
  readonly served: ServedTuple | null;
  /** Earlier versions that apps may still hold. */
  readonly field: readonly ConfigVersion[];
  /** Newest first. */
  readonly versions: readonly ConfigVersion[];
  /** Whether the draft says something else than what is published. */
  readonly differs: boolean;
}

export async function showConfig(account: string, ports: PublishPorts): Promise<Outcome<ShownConfig>> {
  const { adminStore, configStore, clock, fieldForMs, held } = ports;
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const [basis, versions] = await Promise.all([readBasis(account, ports), configStore.versions(account)]);
  const state = basis.state?.value ?? null;
  const { entries } = draftOf(basis.domains, state?.revoked ?? [], [], ports.managedRoots);
  const newest = state?.published?.version ?? 0;
  const field = fieldOf(versions, newest, { now: clock(), fieldForMs });
  return done({
    ...{ state, versions, field },
    published: versions.find(({ version }) => version === newest) ?? null,
    served: state === null ? null : held(state.channel),
    differs: differenceOf(basis.before, entries).length > 0,
  });
}
