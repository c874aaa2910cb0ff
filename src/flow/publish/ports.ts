import type { Subtle } from '../../../verify/typescript/src/web-crypto.ts';
import type { ServedTuple } from '../../core/config-state.ts';
import type { Parsed } from '../../core/parsed.ts';
import type { Pin } from '../../core/pin.ts';
import type { Platform } from '../../core/platforms.ts';
import type { Repeats } from '../../core/repeats.ts';
import type { ProbeSettings } from '../../core/settings.ts';
import type { AdminStore } from '../admin/admin-store.ts';
import type { Journal } from '../journal.ts';
import type { LookPorts } from '../look-as-needed.ts';
import type { PinSetStore } from '../pin-set-store.ts';
import type { Signer } from '../sign/signer.ts';
import type { AdoptionStore } from './adoption-store.ts';
import type { ConfigStore } from './config-store.ts';

export interface PublishPorts {
  readonly configStore: ConfigStore;
  readonly adoptionStore: AdoptionStore;
  readonly adminStore: Pick<AdminStore, 'account' | 'domain' | 'domainPage'>;
  readonly pinSetStore: Pick<PinSetStore, 'pinSets'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Probes every endpoint once, on all addresses, within the network policy. */
  readonly observeAll: LookPorts['observe'];
  readonly pause: LookPorts['pause'];
  /** How the guard looks again if it has seen something bad. */
  readonly probe: Pick<ProbeSettings, 'confirmAfterMs' | 'timeoutMs'>;
  /** Domains that are probed at a time. */
  readonly probesAtOnce: number;
  /** The platforms whose rules apply if neither the domain nor its account names any. */
  readonly platforms: readonly Platform[];
  readonly signer: (account: string) => Parsed<Signer>;
  readonly subtle: Subtle;
  /** SHA-256, hex. */
  readonly digest: (text: string) => string;
  readonly newId: () => string;
  readonly validForMs: number;
  readonly renewEveryMs: number;
  readonly fieldForMs: number;
  /** For hosts of the mode `roots`; empty: that mode can't be used. */
  readonly managedRoots: readonly Pin[];
  /** What this process serves of a channel, which is never lower than what the store has. */
  readonly held: (channel: string) => ServedTuple | null;
  /** The account's text has changed: serve it now. */
  readonly changed: (account: string) => Promise<void>;
  /** Of accounts whose configuration can't be renewed. */
  readonly repeats: Repeats;
  /** Gives the domains of the account the pin sets that apply to them now. What fails is made up for later. */
  readonly resolveSets: (account: string) => Promise<void>;
  readonly journal: Journal;
}
