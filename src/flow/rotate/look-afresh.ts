import { ruled } from '../../core/platforms.ts';
import { type PresentedKey, type RotatedEndpoint, rotatedEndpoints } from '../../core/rotation-endpoints.ts';
import type { Rotation } from '../../core/rotation-state.ts';
import { judge } from '../../core/verdict.ts';
import type { RotationPorts } from './ports.ts';
import type { ReadDomain } from './read-facts.ts';

/** Connections to each endpoint: of four servers behind one address, a forgotten one is missed by chance one time in four. */
const looks = 5;

const worstFirst: readonly PresentedKey[] = ['old', 'other', 'unknown', 'new'];

/** The worst that each endpoint shows now. */
export async function lookAfresh(
  account: string,
  rotation: Rotation,
  domains: readonly ReadDomain[],
  { adminStore, observeAll, probesAtOnce, platforms, clock }: RotationPorts,
  signal: AbortSignal,
): Promise<RotatedEndpoint[]> {
  const owner = (await adminStore.account(account))?.value;
  const worst = new Map<string, RotatedEndpoint>();
  const waiting = domains.flatMap((domain) => Array.from({ length: looks }, () => domain));
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const domain = ruled(next.value, owner?.platforms, platforms);
      const { check } = judge(domain, await observeAll(domain, {}, signal), clock(), 0);
      for (const seen of rotatedEndpoints(rotation, { ...next, check })) {
        const key = `${seen.domain} ${seen.address} ${seen.keyType}`;
        const known = worst.get(key);
        if (known === undefined || rank(seen) < rank(known)) worst.set(key, seen);
      }
    }
  };
  await Promise.all(Array.from({ length: probesAtOnce }, work));
  return [...worst.values()];
}

function rank({ presents }: RotatedEndpoint): number {
  return worstFirst.indexOf(presents);
}
