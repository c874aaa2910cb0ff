/** What a rotation would be about. Stores nothing. */
import type { KeyType } from '../../core/observation.ts';
import type { Pin } from '../../core/pin.ts';
import { planRotation, presentedTypes, type RotationPlan, sharesKey } from '../../core/rotation-plan.ts';
import { mostRotatedDomains } from '../../core/rotation-state.ts';
import { done, type Outcome, refuse, unknownAccount, unknownDomain } from '../admin/outcome.ts';
import type { RotationPorts } from './ports.ts';
import { type ReadDomain, readDomain } from './read-facts.ts';

/** What is known of the new key. */
export interface PlannedKey {
  readonly domain: string;
  /** null: it is not made yet. */
  readonly pin: Pin | null;
  /** null: as the key that is presented. */
  readonly keyType: KeyType | null;
}

export interface PlannedRotation extends RotationPlan {
  readonly name: string;
  readonly host: string;
  readonly keyType: KeyType;
  /** Other domains that present a key that it replaces. */
  readonly shared: readonly string[];
  readonly pinned: boolean;
  /** Some endpoint presents the new key already. */
  readonly presented: boolean;
}

const pageSize = 1_000;

export async function previewRotation(
  account: string,
  { domain: name, pin, keyType: wanted }: PlannedKey,
  ports: RotationPorts,
): Promise<Outcome<PlannedRotation>> {
  if ((await ports.adminStore.account(account)) === null) return unknownAccount(account);
  const domain = await readDomain(account, name, ports);
  if (domain === null) return unknownDomain(name);
  const { pins, check, host } = domain;
  const revoked = (await ports.configStore.state(account))?.value.revoked ?? [];
  if (pin !== null && revoked.includes(pin)) {
    return impossible(`${pin} was revoked in an emergency, and is never delivered again: make another key`);
  }
  if (pins.length === 0) {
    return impossible(`"${name}" has no pins: pin the key that it presents now, then rotate it`);
  }
  const types = presentedTypes(domain);
  const keyType = wanted ?? types[0];
  if (check === null || keyType === undefined) {
    return impossible(`no probe has seen a key of "${name}" yet, so the key to replace is unknown: probe it`);
  }
  if (wanted === null && types.length > 1) {
    return impossible(`"${name}" presents ${types.join(' and ')} keys: say of which type the new key is`);
  }
  const plan = planRotation({ pin, keyType }, domain);
  const presented = check.endpoints.some(({ path }) => path[0]?.pin === pin);
  if (presented && plan.replaces.length === 0) {
    return impossible(`every endpoint of "${name}" presents ${pin} already: make another key`);
  }
  const shared = await sharing(account, plan, domain, ports);
  const pinned = pin !== null && pins.includes(pin);
  return done({ ...plan, name, host, keyType, shared, pinned, presented });
}

function impossible(detail: string) {
  return refuse('unprocessable', detail);
}

/** The other domains that pin and present one of the keys; no app would notice a change at the rest. */
async function sharing(
  account: string,
  plan: RotationPlan,
  { name, pins }: ReadDomain,
  { adminStore }: RotationPorts,
): Promise<string[]> {
  const found: string[] = [];
  let after: string | null = null;
  do {
    const page = await adminStore.domainPage(account, { after, limit: pageSize, verdict: null });
    for (const { name: other, value } of page.domains) {
      if (value === null || other === name || !value.pins.some((pin) => pins.includes(pin))) continue;
      const record = await adminStore.record({ account, domain: other });
      const check = record?.lastCheck ?? null;
      if (sharesKey(plan, { name: other, pins: value.pins, check })) found.push(other);
      if (found.length === mostRotatedDomains - 1) return found;
    }
    after = page.next;
  } while (after !== null);
  return found;
}
