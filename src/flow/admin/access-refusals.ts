/**
 * Requests that were refused although their token is valid, because it lacks the permission. Each is worth a line in the log,
 * but a thousand of them in a minute are not worth a thousand lines.
 */
import type { Action, Role } from '../../core/access.ts';

export interface AccessRefusal {
  /** Of the token. */
  readonly name: string;
  readonly role: Role;
  readonly action: Action;
  /** The one that was asked for; null: the action is about none. */
  readonly account: string | null;
  /** The caller's address; null: unknown. */
  readonly source: string | null;
}

export interface AccessRefusals {
  /** `now`: milliseconds by a monotonic clock. */
  refused(refusal: AccessRefusal, now: number): void;
}

/** For the same token and action. */
const quietMs = 60_000;
/** Beyond this, the one that was refused longest ago is forgotten: names are those of tokens, and tokens have limits. */
const mostKnown = 1_000;

/** `report`: also gets how many there were since the last one that it got of this token and action. */
export function createAccessRefusals(
  report: (refusal: AccessRefusal, refusals: number) => void,
): AccessRefusals {
  const known = new Map<string, { readonly reportedAt: number; readonly waiting: number }>();
  return {
    refused(refusal, now) {
      const key = `${refusal.action} ${refusal.role} ${refusal.name}`;
      const last = known.get(key);
      known.delete(key);
      if (last !== undefined && now - last.reportedAt < quietMs) {
        known.set(key, { ...last, waiting: last.waiting + 1 });
        return;
      }
      known.set(key, { reportedAt: now, waiting: 0 });
      const [oldest] = known.keys();
      if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
      report(refusal, 1 + (last?.waiting ?? 0));
    },
  };
}
