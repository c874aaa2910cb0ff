import {
  channel,
  configurationClaims,
  encode,
  issuedAt,
  type Payload,
  root,
  spareRoot,
  statementClaims,
} from './bundle.ts';

/** One case of the vectors; README.md describes the members of its file. */
export interface Case {
  readonly name: string;
  readonly bundle: string | Buffer;
  readonly file: {
    readonly title: string;
    readonly roots: readonly string[];
    readonly audience: string;
    readonly now: number;
    readonly stored: Stored | null;
    readonly expected: string;
    readonly accepted: Accepted | null;
    readonly decisions: readonly DecisionCase[];
  };
}

export interface Stored {
  readonly generation: number;
  readonly version: number;
  readonly issuedAt: number;
  readonly keys: string;
  readonly configuration: string;
}

export interface Accepted {
  readonly generation: number;
  readonly version: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly refresh: number;
  readonly state: 'fresh' | 'stale';
}

export interface DecisionCase {
  readonly host: string;
  readonly device: string | null;
  readonly at: number;
  readonly path: readonly string[];
  readonly decision: 'allowed' | 'mismatch' | 'not_pinned';
  readonly report: boolean;
}

export const now = issuedAt + 3_600;

export const appRoots = [root, spareRoot].map(({ point }) => point.toString('base64'));

/** A bundle that is refused (or unchanged) with this code. */
export function refused(
  name: string,
  expected: string,
  title: string,
  bundle: string | Buffer,
  stored: Stored | null = null,
): Case {
  const file = {
    title,
    roots: appRoots,
    audience: channel,
    now,
    stored,
    expected,
    accepted: null,
    decisions: [],
  };
  return { name, bundle, file };
}

type Claims = Readonly<Record<string, unknown>>;

/** A bundle that is accepted. `claims`: of the configuration; `statement`: of the key statement. */
export function accepted(
  name: string,
  title: string,
  bundle: string | Buffer,
  {
    claims = configurationClaims(),
    statement = statementClaims(),
    decisions = [],
    ...rest
  }: {
    readonly claims?: Claims;
    readonly statement?: Claims;
    readonly decisions?: readonly DecisionCase[];
    readonly now?: number;
    readonly roots?: readonly string[];
    readonly stored?: Stored;
  } = {},
): Case {
  const at = rest.now ?? now;
  const file = {
    title,
    roots: rest.roots ?? appRoots,
    audience: channel,
    now: at,
    stored: rest.stored ?? null,
    expected: 'accepted',
    accepted: {
      generation: Number(statement.gen),
      version: Number(claims.ver),
      issuedAt: Number(claims.iat),
      expiresAt: Number(claims.exp),
      refresh: Number(claims.refresh ?? 180),
      state: at >= Number(claims.exp) ? ('stale' as const) : ('fresh' as const),
    },
    decisions,
  };
  return { name, bundle, file };
}

/** What a client holds that has accepted these claims. */
export function held(
  statement: Claims = statementClaims(),
  configuration: Claims = configurationClaims(),
): Stored {
  return {
    generation: Number(statement.gen),
    version: Number(configuration.ver),
    issuedAt: Number(configuration.iat),
    keys: encode(statement as Payload),
    configuration: encode(configuration as Payload),
  };
}

/** A question to the accepted configuration: the host, the path, what is decided. */
export function decision(
  host: string,
  path: readonly string[],
  expected: 'allowed' | 'mismatch' | 'observed' | 'not_pinned',
  { device = null, at = now }: { readonly device?: string | null; readonly at?: number } = {},
): DecisionCase {
  return {
    host,
    device,
    at,
    path,
    decision: expected === 'observed' ? 'allowed' : expected,
    report: expected === 'mismatch' || expected === 'observed',
  };
}
