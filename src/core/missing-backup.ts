import { certificateHashes, certificateHashPins } from './certificate-hash-pin.ts';
import { isJudged } from './check.ts';
import { hashesOnPath } from './checked-set.ts';
import type { Finding } from './finding.ts';
import type { JudgedSet } from './judged-set.ts';
import type { LookedAt } from './looked-at.ts';
import type { Pin } from './pin.ts';
import { isKeyHash, type PinHash } from './pin-hash.ts';
import { ownSetName } from './pin-set.ts';
import { areNamed, concerned, listed } from './set-names.ts';

interface Facts {
  readonly looked: readonly LookedAt[];
  readonly sets: readonly JudgedSet[];
}

/**
 * Sets that pin nothing but what is in use now. What a shipped app pins can't be changed, but its next version can come
 * before the next key does.
 */
export function missingBackup({ looked, sets }: Facts): Finding[] {
  const matched = matchedOn(looked);
  const matching = sets.filter(({ name }) => matched.has(name));
  if (matching.length === 0) return [];
  const seen = new Set(looked.flatMap(({ connections }) => connections.flatMap(hashesOnPath)));
  const certificates = certificateHashes(looked);
  // The hash of a certificate is not a backup pin either: it will never match.
  const isSpare = (hash: PinHash) => !seen.has(hash) && !(isKeyHash(hash) && certificates.has(hash));
  const bare = matching
    .filter(({ hashes }) => !hashes.some(isSpare))
    .map((set) => ({
      set,
      mistaken: certificateHashPins(
        certificates,
        set.hashes.filter((hash) => isKeyHash(hash) && !seen.has(hash)) as readonly Pin[],
      ),
    }));
  if (bare.length === 0) return [];
  const names = bare.map(({ set }) => set.name);
  const shipped = names.filter((name) => name !== ownSetName);
  const every = bare.every(({ mistaken }) => mistaken.length === 0) ? 'every pin' : 'every pin of a key';
  const whose = areNamed(sets) ? ` of ${listed(names, 'and')}` : '';
  const effect =
    shipped.length === 0
      ? 'no app has the next one pinned'
      : `${listed(shipped, 'and')} cannot connect any more`;
  const message = `${every}${whose} is in use now: when this key must change, ${effect} (RFC 7469, section 4.3)`;
  const mistakes = new Set(bare.flatMap(({ mistaken }) => mistaken));
  return [
    {
      code: 'no_backup_pin',
      severity: 'warning',
      message: [message, ...mistakes].join('; '),
      ...concerned(sets, names),
    },
  ];
}

/** The sets that match on an endpoint, on every connection to it that showed either. */
function matchedOn(looked: readonly LookedAt[]): ReadonlySet<string> {
  const names = looked
    .filter(({ shown }) => isJudged(shown))
    .flatMap(({ connections }) => {
      const failing = new Set(connections.flatMap(({ sets }) => sets.failing));
      const met = connections.flatMap(({ sets, checked }) => (checked.failure === null ? sets.met : []));
      return met.filter((name) => !failing.has(name));
    });
  return new Set(names);
}
