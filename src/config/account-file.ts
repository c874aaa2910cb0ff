import type { AppliedAccount } from '../core/channel-change.ts';
import { quote } from '../core/quote.ts';
import { type FurtherFiles, noFiles, readAppliedAccounts } from './accounts.ts';
import { keys, withoutExtensions } from './keys.ts';
import type { Outside } from './outside.ts';
import type { ConfigProblem } from './problem.ts';
import { isMap, kind, Reader } from './reader.ts';
import { atOnce, type Turns } from './turns.ts';

export type ParsedAccounts =
  | {
      readonly ok: true;
      readonly accounts: readonly AppliedAccount[];
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Accounts in the form of the configuration: under the key `accounts`, perhaps with other keys of a configuration, or a
 * single account without its name, which is `account` then. Otherwise `account` selects one. Leaves out the domains in
 * files of their own.
 */
export function parseAccounts(whole: unknown, account: string | undefined, outside: Outside): ParsedAccounts {
  return atOnce(parsingAccounts(whole, account, outside, noFiles()));
}

/** The same with pauses. The files of domains that remain to be read are added to `files`. */
export function* parsingAccounts(
  whole: unknown,
  account: string | undefined,
  outside: Outside,
  files: FurtherFiles,
): Turns<ParsedAccounts> {
  const reader = new Reader(outside.environment);
  if (!isMap(whole)) {
    reader.fail('', `expected a map with the key accounts, found ${kind(whole)}`);
    return { ok: false, problems: reader.problems };
  }
  const document = withoutExtensions(whole);
  const isSingle = !Object.hasOwn(document, 'accounts') && Object.keys(document).some(isAccountKey);
  if (isSingle && account === undefined) {
    reader.fail(
      '',
      'expected the key accounts with the account under its name, or --account NAME for a single one',
    );
    return { ok: false, problems: reader.problems };
  }
  const place =
    isSingle && account !== undefined
      ? { path: '', raw: { [account]: document } }
      : reader.section({ path: '', raw: document }, keys.root).accounts;
  const found = noFiles();
  const all = yield* readAppliedAccounts(reader, place, outside, found);
  const isWanted = (file: { readonly account: string }) => account === undefined || file.account === account;
  files.domains.push(...found.domains.filter(isWanted));
  files.pinSets.push(...found.pinSets.filter(isWanted));
  const accounts = account === undefined ? all : all.filter(({ name }) => name === account);
  if (reader.problems.length === 0 && account !== undefined && accounts.length === 0) {
    const names = all.map(({ name }) => name).join(', ') || 'none';
    reader.fail('accounts', `expected an account ${quote(account)}, found ${names}`);
  }
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  for (const { name, publicStatus } of accounts) {
    if (publicStatus !== undefined) {
      const path = `accounts.${name}.publicStatus`;
      reader.warn(path, 'left as it is: PATCH /v1/accounts/{account} sets publicStatus');
    }
  }
  // A domain without pins does not stay unpinned here: adding it pins what it presents.
  return { ok: true, accounts, warnings: reader.warnings.filter(isOfFiles) };
}

/** The only warnings that matter for an account that is applied. */
export const isOfFiles = ({ path }: ConfigProblem) =>
  /\.(?:caFile|publicStatus)$/.test(path) || /\.pinSets\[\d+\]\./.test(path);

const isAccountKey = (key: string) => (keys.account as readonly string[]).includes(key);
