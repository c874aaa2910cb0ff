/** The hashes of a list as a notation has them: of keys, or of whole certificates. */
import type { Pin } from '../../../core/pin.ts';
import type { CertificatePin, PinHash } from '../../../core/pin-hash.ts';
import type { PinList } from '../../../core/pin-set.ts';
import type { SeenKeys } from '../../../core/seen-key.ts';
import type { Notation } from './notation.ts';

interface Certified {
  readonly lists: readonly PinList[];
  readonly notes: readonly string[];
  readonly problems: readonly string[];
}

export function isCertificate(hash: PinHash): hash is CertificatePin {
  return hash.startsWith('cert-');
}

export function certified(
  name: string,
  list: PinList,
  { enforcer, hashes }: Pick<Notation, 'enforcer' | 'hashes'>,
  seen: SeenKeys,
): Certified {
  const certificates = list.anyOf.filter(isCertificate);
  const keys = list.anyOf.filter((hash): hash is Pin => !isCertificate(hash));
  if (hashes === 'keys') {
    const problem = `${name} has pins of certificates, but ${enforcer} pins keys`;
    return { lists: [list], notes: [], problems: certificates.length > 0 ? [problem] : [] };
  }
  if (keys.length === 0) return { lists: [list], notes: [], problems: [] };
  const leavesOf = (key: Pin) => [...(seen.get(key)?.leaves ?? [])];
  const problems = keys
    .filter((key) => leavesOf(key).length === 0)
    .map((key) => `${enforcer} pins certificates, and for ${name} no leaf with the key ${key} was seen`);
  return {
    lists: [{ at: 'leaf', anyOf: [...certificates, ...keys.flatMap(leavesOf)] }],
    notes: [
      `${enforcer} pins certificates: apps with these pins fail as soon as ${name} has another one, even with the same key.`,
    ],
    problems,
  };
}
