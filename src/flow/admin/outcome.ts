import { limitText, type ReachedLimit } from '../../core/limits.ts';

/** Why a change was not made. Unknown and forbidden look alike to a caller who may not see the difference. */
export type RefusalKind =
  /** It does not exist, or the caller may not know that it does. */
  | 'not_found'
  /** Something of that name already exists. */
  | 'exists'
  /** It was changed since the caller read it (If-Match). */
  | 'stale'
  /** It comes from a file, and has to be changed there. */
  | 'provisioned'
  /** The apps would fail; can be forced with a note. */
  | 'guarded'
  /** The account has reached a limit. */
  | 'limit'
  /** The input is well-formed, but makes no sense. */
  | 'unprocessable';

export interface Refusal {
  readonly kind: RefusalKind;
  /** One or two sentences for a person: what is wrong, and what to do. */
  readonly detail: string;
  /** Which limit was reached. */
  readonly limit?: ReachedLimit;
  /** All that is wrong, with its places. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** false: `guarded`, and not to be forced. */
  readonly forcible?: false;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** A change that was not made, and why. */
export type Refused = Extract<Outcome<never>, { readonly ok: false }>;

export function refuse(kind: RefusalKind, detail: string): Refused {
  return { ok: false, refusal: { kind, detail } };
}

export function unknownAccount(name: string): Refused {
  return refuse('not_found', `no account "${name}"`);
}

export function unknownDomain(name: string): Refused {
  return refuse('not_found', `no domain "${name}"`);
}

export function refuseBeyond(limit: ReachedLimit): Refused {
  return { ok: false, refusal: { kind: 'limit', detail: limitText(limit), limit } };
}

/** Who makes a change, for the audit trail. */
export interface Actor {
  readonly name: string;
  /** The client's IP address. */
  readonly address: string | null;
}
