/** What was changed on a server since all was well, and what undoes that kind of change. */
import type { ChainChange } from '../../core/chain-change.ts';
import type { Transition } from '../../core/incident.ts';
import { readable } from './time.ts';

/** Null: nothing is known of before. */
export function whatChanged({ change, check }: Transition): string | null {
  if (change === undefined) return null;
  const { before, issuer } = change;
  const issuers = `by "${before.issuer}" before, and is issued by "${issuer}" now`;
  const pinned = before.matched === null ? '' : ` The pinned key was that of the ${before.matched}.`;
  switch (change.kind) {
    case 'key':
      return `What changed: the key of the leaf, not its issuer ("${issuer}"). A renewal that does not reuse the key does this.${pinned}`;
    case 'intermediate':
      return `What changed: the key of the leaf, and the intermediate: it was issued ${issuers}. The root is the same. A renewal that does not reuse the key does this.${pinned}`;
    case 'authority':
      return `What changed: the certificate authority. The leaf was issued ${issuers}. Usually a CDN or a hosting provider has changed it.${pinned}`;
    case 'issuer':
      return `What changed: the issuer, not the key of the leaf. It was issued ${issuers}.${pinned}`;
    case 'key_type':
      return `What changed: a second certificate, issued by "${issuer}". When all was well, only one with an ${before.keyType} key was seen.`;
    case 'above':
      return check.verdict === 'mismatch'
        ? `What changed: a certificate above the leaf. The key of the leaf and its issuer ("${issuer}") are the same.${pinned}`
        : `The key of the leaf and its issuer ("${issuer}") are the same as when all was well.`;
    default:
      return change.kind satisfies never;
  }
}

/** It was renewed with a new key, and the previous certificate is of no use any more. */
export function mustRenew(change: ChainChange | undefined, now: number): boolean {
  if (change === undefined || (change.kind !== 'key' && change.kind !== 'intermediate')) return false;
  return Date.parse(change.before.notAfter) <= now;
}

/** How to get a certificate again that apps accept; `now` in milliseconds since the epoch. Null: nothing special. */
export function undoing(change: ChainChange | undefined, now: number): string | null {
  if (change === undefined) return null;
  const { kind, before } = change;
  const renew =
    'renew again with the previous key (certbot: --reuse-key; cert-manager: rotationPolicy: Never)';
  const restored =
    Date.parse(before.notAfter) <= now
      ? `The previous certificate expired at ${readable(before.notAfter)}`
      : `The previous certificate is valid until ${readable(before.notAfter)}`;
  switch (kind) {
    case 'key':
    case 'intermediate':
      return mustRenew(change, now) ? `${restored}: ${renew}.` : `${restored}. If it is gone, ${renew}.`;
    case 'authority':
      return before.matched === 'leaf'
        ? `${restored}. The new authority can also certify the previous key.`
        : `${restored}. Another one from "${before.issuer}" works, too.`;
    case 'key_type':
      return null;
    case 'issuer':
    case 'above':
      return `${restored}. Another one from "${before.issuer}" works, too.`;
    default:
      return kind satisfies never;
  }
}
