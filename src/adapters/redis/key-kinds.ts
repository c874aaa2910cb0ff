/**
 * What there is under each kind of key in keys.ts: its Redis type, and whether a backup has it. The compiler asks for a row
 * for each new kind of an account, and a test for each other one.
 */
import type { BackupForm, BackupKinds } from '../../core/backup-format.ts';
import type { accountKeys } from './keys.ts';

/** Of what a backup has. */
export type KeptType = 'string' | 'hash' | 'list' | 'set';

interface KeptKind<Type = KeptType> {
  readonly type: Type;
  readonly leftOut: null;
}

interface LeftOutKind {
  readonly type: KeptType | 'zset';
  /** Why a backup leaves it out. */
  readonly leftOut: string;
}

export type KeyKind = KeptKind | LeftOutKind;

function kept<Type extends KeptType>(type: Type): KeptKind<Type> {
  return { type, leftOut: null };
}

function leftOut(type: LeftOutKind['type'], why: string): LeftOutKind {
  return { type, leftOut: why };
}

/** Of keys that belong to no account, by their names in keys.ts without `Key`. */
export const sharedKinds = {
  accounts: kept('set'),
  tokens: kept('hash'),
  tokenUse: kept('hash'),
  session: leftOut('string', 'people sign in again'),
  store: leftOut('hash', 'the header has the identity; a restored store gets one of its own'),
  missed: leftOut('hash', 'what processes remember of stores that they used'),
  unreadableTokens: leftOut('hash', 'set aside for a person'),
  audit: kept('list'),
  channels: kept('hash'),
  configs: leftOut('zset', 'servers read all configurations when they start'),
  sweep: kept('string'),
  regions: leftOut('hash', 'workers announce their regions within seconds'),
  regionWorkers: leftOut('hash', 'workers announce themselves within seconds'),
  workers: leftOut('hash', 'those that run say so'),
} as const satisfies Readonly<Record<string, KeyKind>>;

export type SharedKind = keyof typeof sharedKinds;

export type AccountKind = keyof ReturnType<typeof accountKeys>;

/** Of the keys that each account has once. */
export const accountKinds: { readonly [kind in AccountKind]: KeyKind } = {
  account: kept('string'),
  domains: kept('hash'),
  roots: kept('hash'),
  rootUses: leftOut('hash', 'counted again'),
  applied: kept('hash'),
  appliedUses: leftOut('hash', 'counted again'),
  pinSets: kept('hash'),
  pinTexts: kept('hash'),
  pinState: kept('hash'),
  names: leftOut('zset', 'rebuilt from the domains'),
  usage: leftOut('hash', 'counted again'),
  records: kept('hash'),
  statuses: kept('hash'),
  notices: kept('list'),
  weeklyNotices: kept('list'),
  outbox: kept('hash'),
  letters: kept('hash'),
  letterBodies: kept('hash'),
  letterClaims: leftOut('hash', 'held by processes that are gone'),
  rotations: kept('hash'),
  sight: kept('string'),
  digest: kept('string'),
  audit: kept('list'),
  config: kept('hash'),
  configVersions: kept('hash'),
  configCandidates: leftOut('hash', 'a check counts for 15 minutes: check again'),
  configWatch: kept('string'),
};

/** Of the keys that an account has for each domain or day: the functions of keys.ts, without `Key`. */
export const severalKinds = {
  history: kept('list'),
  adoption: kept('hash'),
} as const satisfies Readonly<Record<string, KeyKind>>;

export type SeveralKind = keyof typeof severalKinds;

const forms = {
  string: 'text',
  hash: 'fields',
  list: 'items',
  set: 'members',
} as const satisfies Readonly<Record<KeptType, BackupForm>>;

export function formOf(type: KeptType): BackupForm {
  return forms[type];
}

/** null: a backup leaves the kind out. */
export function keptType(kind: KeyKind): KeptType | null {
  return kind.leftOut === null ? kind.type : null;
}

/** The kinds that a backup has. */
export function backupKinds(): BackupKinds {
  return {
    shared: new Map(rowsOf(sharedKinds)),
    account: new Map([...accountRows(accountKinds, false), ...accountRows(severalKinds, true)]),
  };
}

function accountRows(kinds: Readonly<Record<string, KeyKind>>, of: boolean) {
  return rowsOf(kinds).map(([kind, form]) => [kind, { form, of }] as const);
}

function rowsOf(kinds: Readonly<Record<string, KeyKind>>): (readonly [kind: string, form: BackupForm])[] {
  return Object.entries(kinds).flatMap(([kind, row]) => {
    const type = keptType(row);
    return type === null ? [] : [[kind, formOf(type)] as const];
  });
}
