import { certificateHashPins } from './certificate-hash-pin.ts';
import { isJudged } from './check.ts';
import { hashesOnPath } from './checked-set.ts';
import type { Finding } from './finding.ts';
import type { JudgedSet } from './judged-set.ts';
import type { LookedAt } from './looked-at.ts';
import { isKeyHash } from './pin-hash.ts';
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
  const matching = sets.filter((set) => looked.some((one) => isMatched(set, one)));
  if (matching.length === 0) return [];
  const seen = new Set(looked.flatMap(({ connections }) => connections.flatMap(hashesOnPath)));
  const bare = matching.flatMap((set) => {
    const spare = set.hashes.filter((hash) => !seen.has(hash));
    // The hash of a certificate is not a backup pin either: it will never match.
    const mistaken = spare.length === 0 ? [] : certificateHashPins(looked, spare.filter(isKeyHash));
    return spare.length > mistaken.length ? [] : [{ set, mistaken }];
  });
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

/** On every connection to the endpoint that showed either. */
function isMatched({ name }: JudgedSet, { shown, connections }: LookedAt): boolean {
  return (
    isJudged(shown) &&
    connections.some(({ sets, checked }) => sets.met.includes(name) && checked.failure === null) &&
    connections.every(({ sets }) => !sets.failing.includes(name))
  );
}
