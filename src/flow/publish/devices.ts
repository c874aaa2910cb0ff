/** Takes single devices out of pinning for a time, by signing what is published again with another list. */
import { deviceHash } from '../../../verify/typescript/src/decision.ts';
import { rfc3339 } from '../../core/clock.ts';
import type { ConfigState } from '../../core/config-state.ts';
import {
  activeDevices,
  type ListedDevice,
  mostDeviceHostCharacters,
  mostDevices,
  shortHash,
} from '../../core/unpinned-device.ts';
import { auditOf } from '../admin/audit-of.ts';
import { type Actor, done, type Outcome, refuse, unknownAccount } from '../admin/outcome.ts';
import type { PublishPorts } from './ports.ts';
import { signed } from './publish-config.ts';
import { noKeys } from './read-draft.ts';

export interface UnpinRequest {
  /** As the app shows it. It is hashed, and neither stored nor logged. */
  readonly id: string;
  readonly forMs: number;
  readonly note: string;
  /** Only for the entries of these names; null: for all hosts. */
  readonly domains: readonly string[] | null;
}

export async function listDevices(
  account: string,
  { adminStore, configStore, clock }: PublishPorts,
): Promise<Outcome<readonly ListedDevice[]>> {
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const state = await configStore.state(account);
  return done(activeDevices(state?.value.devices, clock()));
}

export async function unpinDevice(
  account: string,
  { id, forMs, note, domains }: UnpinRequest,
  actor: Actor,
  ports: PublishPorts,
): Promise<Outcome<ListedDevice>> {
  const state = await ports.configStore.state(account);
  if (state === null)
    return (await ports.adminStore.account(account)) === null ? unknownAccount(account) : noKeys;
  const hash = await deviceHash(ports.subtle, state.value.channel, id);
  const now = ports.clock();
  const device: ListedDevice = {
    ...{ hash, until: Math.floor((now + forMs) / 1_000), domains },
    ...{ by: actor.name, at: rfc3339(now), note },
  };
  const until = rfc3339(device.until * 1_000);
  const where = domains === null ? [] : [`for ${domains.join(', ')}`];
  const detail = [shortHash(hash), `until ${until}`, ...where, `note: ${note}`].join('; ');
  const changed = await change(account, { action: 'device_unpinned', detail }, actor, ports, (devices) => {
    const others = devices.filter((one) => one.hash !== hash);
    if (others.length >= mostDevices) {
      return refuse('limit', `${mostDevices} devices are unpinned already: pin one again first`);
    }
    const next = [...others, device];
    const characters = next.flatMap((one) => one.domains ?? []).join('').length;
    if (characters > mostDeviceHostCharacters) {
      return refuse(
        'limit',
        `domains: expected at most ${mostDeviceHostCharacters} characters for all devices together, found ${characters}`,
      );
    }
    return done(next);
  });
  return changed.ok ? done(device) : changed;
}

/** `hash`: whole, or its beginning if that is of one device only. */
export async function repinDevice(
  account: string,
  hash: string,
  actor: Actor,
  ports: PublishPorts,
): Promise<Outcome<null>> {
  const listed = await listDevices(account, ports);
  if (!listed.ok) return listed;
  const found = listed.value.filter((device) => device.hash.startsWith(hash));
  const [device] = found;
  if (device === undefined) return refuse('not_found', `no device "${hash}" is unpinned`);
  if (found.length > 1) return refuse('not_found', `several unpinned devices begin with "${hash}"`);
  const detail = shortHash(device.hash);
  return change(account, { action: 'device_pinned', detail }, actor, ports, (devices) =>
    done(devices.filter((one) => one.hash !== device.hash)),
  );
}

/** Another server may save at the same moment. */
const mostTries = 5;

async function change(
  account: string,
  { action, detail }: { readonly action: 'device_unpinned' | 'device_pinned'; readonly detail: string },
  actor: Actor,
  ports: PublishPorts,
  next: (devices: readonly ListedDevice[]) => Outcome<readonly ListedDevice[]>,
): Promise<Outcome<null>> {
  const { adminStore, configStore, clock, journal } = ports;
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const stored = await configStore.state(account);
    if (stored === null) return noKeys;
    const { published, devices: before } = stored.value;
    if (published === null) return refuse('unprocessable', 'nothing was published, so no device is pinned');
    if (published.signedElsewhere) {
      return refuse(
        'unprocessable',
        'what is published was signed elsewhere: put the device into "devices" of the configuration there',
      );
    }
    const devices = next(activeDevices(before, clock()));
    if (!devices.ok) return devices;
    const version = await configStore.version(account, published.version);
    if (version === null)
      return refuse('unprocessable', `version ${published.version} is missing in the store`);
    const state: ConfigState = { ...stored.value, devices: devices.value };
    const text = await signed(account, version, state, ports);
    if (!text.ok) return text;
    const { bundle, served } = text.value;
    const audit = auditOf(action, account, detail, actor, clock());
    const saved = await configStore.save(account, stored.text, {
      state: { ...state, served },
      bundle,
      audit,
    });
    if (saved !== 'stored') continue;
    await ports.changed(account);
    journal({ kind: 'config_published', account, version: published.version, by: actor.name, renewed: true });
    return done(null);
  }
  return refuse('stale', 'others changed the configuration at the same moment: try again');
}
