/** Signs what is published again: with a new date each day, and when the key statement has changed. */
import type { ConfigState } from '../../core/config-state.ts';
import { activeDevices } from '../../core/unpinned-device.ts';
import { eachAccount } from './each-account.ts';
import type { PublishPorts } from './ports.ts';
import { signed } from './publish-config.ts';

/** Whether the text has to be made anew. What was signed elsewhere can't be. */
export function isDue(
  { published, served, generation }: ConfigState,
  now: number,
  renewEveryMs: number,
): boolean {
  if (published === null || served === null || published.signedElsewhere) return false;
  return served.generation < generation || served.issuedAt * 1_000 + renewEveryMs <= now;
}

/**
 * Renews those that are due. Several servers may do so at once: one of them wins, and all serve its text. What fails is
 * reported, and tried again at the next call.
 */
export async function renewConfigs(accounts: readonly string[], ports: PublishPorts): Promise<void> {
  await eachAccount(accounts, 1, (account) => renewOf(account, ports));
}

async function renewOf(account: string, ports: PublishPorts): Promise<void> {
  const { configStore, clock, renewEveryMs, journal, changed, repeats } = ports;
  const failed = (reason: string) => {
    const again = repeats.isRepeat(account, reason, clock());
    journal({ kind: 'config_failed', account, reason, again });
  };
  const stored = await configStore.state(account);
  if (stored === null || !isDue(stored.value, clock(), renewEveryMs)) {
    // Another server may have done it.
    repeats.clear(account);
    return;
  }
  const number = stored.value.published?.version ?? 0;
  const version = await configStore.version(account, number);
  if (version === null) return failed(`version ${number} is missing in the store`);
  const text = await signed(account, version, stored.value, ports);
  if (!text.ok) return failed(text.refusal.detail);
  repeats.clear(account);
  const { bundle, served } = text.value;
  const { devices, ...others } = stored.value;
  const active = activeDevices(devices, clock());
  const state = { ...others, served, ...(active.length > 0 ? { devices: active } : {}) };
  if ((await configStore.save(account, stored.text, { state, bundle })) !== 'stored') return;
  await changed(account);
  journal({ kind: 'config_published', account, version: number, by: 'renewal', renewed: true });
}
