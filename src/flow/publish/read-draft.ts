/** The draft of an account, compared with what is published. */
import type { ConfigState, ConfigVersion } from '../../core/config-state.ts';
import { undatedPayload } from '../../core/configuration-payload.ts';
import { type Draft, draftOf, type Entries, type RegisteredDomain } from '../../core/draft.ts';
import { differenceOf, type HostChange } from '../../core/draft-difference.ts';
import { rootsOf } from '../../core/managed-roots.ts';
import type { Pin } from '../../core/pin.ts';
import { entriesOf } from '../../core/version-payload.ts';
import type { Stored } from '../admin/admin-store.ts';
import { done, type Outcome, refuse, unknownAccount } from '../admin/outcome.ts';
import type { PublishPorts } from './ports.ts';

type Ports = Pick<PublishPorts, 'adminStore' | 'configStore' | 'pinSetStore'>;
type DraftPorts = Ports & Pick<PublishPorts, 'managedRoots'>;

/** All that publishing starts from. */
export interface Basis {
  readonly domains: readonly RegisteredDomain[];
  readonly state: Stored<ConfigState> | null;
  /** What is published; null: nothing. */
  readonly published: ConfigVersion | null;
  /** Its entries; empty if nothing is published. */
  readonly before: Entries;
}

export interface ReadDraft extends Draft, Basis {
  readonly changes: readonly HostChange[];
}

const pageSize = 1_000;

export async function readBasis(account: string, { adminStore, configStore }: Ports): Promise<Basis> {
  const domains: RegisteredDomain[] = [];
  let after: string | null = null;
  do {
    const page = await adminStore.domainPage(account, { after, limit: pageSize, verdict: null });
    domains.push(...page.domains);
    after = page.next;
  } while (after !== null);
  const state = await configStore.state(account);
  const number = state?.value.published?.version;
  const published = number === undefined ? null : await configStore.version(account, number);
  return { domains, state, published, before: published === null ? new Map() : entriesOf(published.payload) };
}

/** `without`: pins that are left out, as if they were revoked. */
export async function readDraft(
  account: string,
  without: readonly Pin[],
  ports: DraftPorts,
): Promise<Outcome<ReadDraft>> {
  if ((await ports.adminStore.account(account)) === null) return unknownAccount(account);
  const [basis, { sets }] = await Promise.all([
    readBasis(account, ports),
    ports.pinSetStore.pinSets(account),
  ]);
  const revoked = [...(basis.state?.value.revoked ?? []), ...without];
  const draft = draftOf(basis.domains, revoked, sets, ports.managedRoots);
  return done({ ...draft, ...basis, changes: differenceOf(basis.before, draft.entries) });
}

/** The payload without its dates: what is shown, checked and compared. */
export function payloadOf(channel: string, version: number, entries: Entries): string {
  return undatedPayload({
    ...{ audience: channel, version, refresh: 180, afterExpiry: 'enforce', default: 'off' },
    ...{ domains: entries, roots: rootsOf(entries), devices: [] },
  });
}

export const noKeys = refuse(
  'unprocessable',
  'no keys are installed for this account: certify a signing key ("pinwatch key certify"), then install its statement ("pinwatch config keys")',
);
