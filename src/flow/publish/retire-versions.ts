/** Takes versions that have left the field out of the pin sets that domains are judged by. */
import { fieldOf } from '../../core/config-field.ts';
import { eachAccount } from './each-account.ts';
import type { PublishPorts } from './ports.ts';
import { retiredBy } from './read-adoption.ts';

type Ports = Pick<PublishPorts, 'configStore' | 'adoptionStore' | 'clock' | 'fieldForMs' | 'resolveSets'>;

/** Several servers may do so at once: one of them wins. */
export async function retireVersions(accounts: readonly string[], ports: Ports): Promise<void> {
  await eachAccount(accounts, 1, (account) => retireOf(account, ports));
}

async function retireOf(account: string, ports: Ports): Promise<void> {
  const { configStore, clock, fieldForMs, resolveSets } = ports;
  const stored = await configStore.state(account);
  if (stored === null || stored.value.published === null) return;
  const { published, field: before } = stored.value;
  // Nothing comes into the field but by a publication.
  if (before !== undefined && before.length === 0) return;
  const versions = await configStore.versions(account);
  const found = fieldOf(versions, published.version, {
    ...{ now: clock(), fieldForMs },
    isRetired: await retiredBy(account, ports),
  });
  const field = found.map(({ version }) => version);
  if (before?.join() === field.join()) return;
  const state = { ...stored.value, field };
  const saved = await configStore.save(account, stored.text, { state, resolve: true });
  if (saved === 'stored') await resolveSets(account);
}
