import type { Pin } from './pin.ts';
import type { TrustErrorCode } from './trust-error.ts';

/** The position of a certificate on its path. */
export const positions = ['leaf', 'intermediate', 'root'] as const;
export type Position = (typeof positions)[number];

/** A path, and what is needed to know how it ends. */
export interface EndedPath {
  readonly path: readonly { readonly pin: Pin; readonly subject: string; readonly from: string }[];
  readonly presented: readonly { readonly pin: Pin; readonly subject: string; readonly issuer: string }[];
  /** null: the path is valid. */
  readonly trustError: TrustErrorCode | null;
}

/**
 * The position of the path's certificate at `index`. The last one is a root if it is a trust anchor or its own issuer:
 * a path that reaches no anchor may still end in an untrusted root.
 */
export function positionOf(chain: EndedPath, index: number): Position {
  if (index === 0) return 'leaf';
  return index === chain.path.length - 1 && endsInRoot(chain) ? 'root' : 'intermediate';
}

function endsInRoot({ path, presented, trustError }: EndedPath): boolean {
  // A valid path leads to an anchor, whatever host it is for.
  const isValid = trustError === null || trustError === 'HOSTNAME_MISMATCH';
  if (isValid || trustError === 'SELF_SIGNED_CERT_IN_CHAIN') return true;
  const last = path.at(-1);
  if (last === undefined) return false;
  if (last.from === 'trust-store') return true;
  return presented.some(
    ({ pin, subject, issuer }) => pin === last.pin && subject === last.subject && issuer === subject,
  );
}
