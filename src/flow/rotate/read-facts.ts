/** Everything that a rotation is judged by, as it is now. */
import { entryFor } from '../../../verify/typescript/src/decision.ts';
import { isEntryHost } from '../../../verify/typescript/src/host.ts';
import type { ConfigState, ConfigVersion } from '../../core/config-state.ts';
import { defaultDelivery } from '../../core/delivery.ts';
import type { Domain } from '../../core/domain.ts';
import { deliveredPin, type Entries } from '../../core/draft.ts';
import type { Pin } from '../../core/pin.ts';
import type { DeliveredHost, RotationDomain, RotationFacts } from '../../core/rotation-facts.ts';
import type { Obstacle } from '../../core/rotation-obstacle.ts';
import { notSpread } from '../../core/rotation-spread.ts';
import type { Rotation } from '../../core/rotation-state.ts';
import { hostOfName } from '../../core/set-coverage.ts';
import { acceptsAuthority, shippedOf } from '../../core/shipped-pins.ts';
import { entriesOf } from '../../core/version-payload.ts';
import { Unreadable } from '../unreadable.ts';
import type { RotationPorts } from './ports.ts';

type Ports = Pick<
  RotationPorts,
  'adminStore' | 'configStore' | 'pinSetStore' | 'laggingInstalls' | 'watchStore'
>;

/** A registered domain with its settings and its last probe. */
export interface ReadDomain extends RotationDomain {
  readonly value: Domain;
}

export interface ReadFacts extends RotationFacts {
  readonly domains: readonly ReadDomain[];
}

export async function readFacts(account: string, rotation: Rotation, ports: Ports): Promise<ReadFacts> {
  const domains: ReadDomain[] = [];
  const gone: string[] = [];
  // One after another, because a record may have a megabyte.
  for (const name of rotation.domains) {
    const found = await readDomain(account, name, ports);
    if (found === null) gone.push(name);
    else domains.push(found);
  }
  const state = (await ports.configStore.state(account))?.value ?? null;
  const delivered = await deliveredHosts(account, rotation, domains, state, ports);
  const { sets } = await ports.pinSetStore.pinSets(account);
  const shipped = shippedOf(
    sets,
    domains.map(({ host }) => host),
  );
  const { unready, counted } = await unreadyApps(account, rotation, { domains, delivered, shipped }, ports);
  const revoked = state?.revoked.includes(rotation.pin) ?? false;
  return { domains, gone, delivered, revoked, shipped, unready, counted };
}

/** null: not registered, or unreadable. */
export async function readDomain(
  account: string,
  name: string,
  { adminStore }: Pick<Ports, 'adminStore'>,
): Promise<ReadDomain | null> {
  const ref = { account, domain: name };
  const stored = await adminStore.domain(ref).catch((error: unknown) => {
    if (error instanceof Unreadable) return null;
    throw error;
  });
  if (stored === null) return null;
  const record = await adminStore.record(ref);
  const { value } = stored;
  return {
    ...{ name, value, host: value.host, pins: value.pins, provisionedBy: value.provisionedBy ?? null },
    ...{ check: record?.lastCheck ?? null, probedAt: record?.lastProbeAt ?? 0 },
  };
}

/** The hosts that apps get by the signed configuration, or would get with the next publication. */
async function deliveredHosts(
  account: string,
  rotation: Rotation,
  domains: readonly ReadDomain[],
  state: ConfigState | null,
  { configStore, adminStore }: Ports,
): Promise<DeliveredHost[]> {
  const number = state?.published?.version;
  const published = number === undefined ? null : await configStore.version(account, number);
  if (published === null) return [];
  const hosts = domains.flatMap(({ host, value }) => {
    const { mode } = value.deliver ?? defaultDelivery;
    return isEntryHost(host) && (mode === 'pins' || mode === 'observe') ? [host] : [];
  });
  const entries = entriesOf(published.payload);
  const found = [...new Set(hosts)].map((host): DeliveredHost => {
    const pins = pinsFor(entries, host);
    return {
      ...{ host, version: pins === null ? null : published.version, by: published.by, at: published.at },
      hasNew: pins?.includes(deliveredPin(rotation.pin)) ?? false,
      old: rotation.retires.filter((pin) => pins?.includes(deliveredPin(pin))),
      lostSince: null,
    };
  });
  for (const [index, one] of found.entries()) {
    const isRetired = domains.every(
      ({ host, pins }) => host !== one.host || !one.old.some((pin) => pins.includes(pin)),
    );
    if (!isRetired || one.old.length === 0) continue;
    const kept = await pinsOfSiblings(account, one.host, rotation, adminStore);
    found[index] = { ...one, old: one.old.filter((pin) => !kept.has(pin)) };
  }
  if (found.every(({ hasNew }) => hasNew)) return found;
  const earlier = (await configStore.versions(account)).filter(
    ({ version, at }) => version < published.version && at >= rotation.startedAt,
  );
  return found.map((one) =>
    one.hasNew ? one : { ...one, lostSince: lastWith(one.host, rotation, earlier) },
  );
}

/** Other ports of the host may go on with the old key: apps have one entry for all of them. */
async function pinsOfSiblings(
  account: string,
  host: string,
  { domains }: Rotation,
  adminStore: Ports['adminStore'],
): Promise<ReadonlySet<Pin>> {
  const names = (await adminStore.domainNames(account, null)).filter(
    (name) => hostOfName(name) === host && !domains.includes(name),
  );
  const pins = new Set<Pin>();
  for (const name of names) {
    const sibling = await readDomain(account, name, { adminStore });
    for (const pin of sibling?.pins ?? []) pins.add(pin);
  }
  return pins;
}

/** What apps accept for a host; null: they don't check it by pins. */
function pinsFor(entries: Entries, host: string): readonly string[] | null {
  const [, entry] = entryFor({ domains: entries }, host);
  return entry === null || entry.mode === 'roots' || entry.pins.length === 0 ? null : entry.pins;
}

/** `earlier`: newest first. */
function lastWith(host: string, { pin }: Rotation, earlier: readonly ConfigVersion[]): number | null {
  const found = earlier.find(({ payload }) => pinsFor(entriesOf(payload), host)?.includes(deliveredPin(pin)));
  return found?.version ?? null;
}

async function unreadyApps(
  account: string,
  { pin }: Rotation,
  { domains, delivered, shipped }: Pick<RotationFacts, 'domains' | 'delivered' | 'shipped'>,
  { laggingInstalls, watchStore }: Ports,
): Promise<Pick<RotationFacts, 'unready' | 'counted'>> {
  const unready: Obstacle[] = [];
  let counted = delivered.length > 0;
  const version = Math.max(0, ...delivered.map((one) => (one.hasNew ? (one.version ?? 0) : 0)));
  if (version > 0) unready.push(...notSpread((await watchStore.load(account)).record, version));
  for (const { host, hasNew } of delivered) {
    const lagging = hasNew ? await laggingInstalls(account, host, pin) : null;
    unready.push(...(lagging ?? []));
    counted &&= lagging !== null;
  }
  for (const { set, app, host, pins } of shipped) {
    if (pins.includes(pin) || acceptsAuthority(pins, host, domains)) continue;
    const message = `${app} ships without the new pin (${set}), so it can't connect to ${host} until it is updated`;
    unready.push({ code: 'ships_without', message, override: 'force' });
  }
  if (delivered.length === 0 && shipped.length === 0) {
    const message =
      'pinwatch does not know which versions of the app are installed: see their shares at the app stores, or import what they ship with (pinwatch pin-set import)';
    unready.push({ code: 'not_counted', message, override: 'force' });
  }
  return { unready, counted };
}
