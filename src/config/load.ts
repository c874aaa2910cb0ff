import { homedir } from 'node:os';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import type { AppliedAccount } from '../core/channel-change.ts';
import { isOfFiles, parsingAccounts } from './account-file.ts';
import { type FurtherFiles, noFiles } from './accounts.ts';
import type { Config } from './config.ts';
import { readDomainsFiles } from './domains-file.ts';
import type { Environment } from './expand.ts';
import { isFolder } from './folder.ts';
import { ineffective } from './ineffective.ts';
import { type ParsedListener, parseListener } from './listener.ts';
import { located } from './merge.ts';
import type { ReadAnchors } from './outside.ts';
import { parsingConfig } from './parse.ts';
import { type LoadPinTexts, readPinSetFiles } from './pin-set-files.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';
import { listenerIn, readMerged } from './read-merged.ts';
import { readDocument, readFile, readText } from './read-text.ts';
import { inTurns } from './turns.ts';

const defaultFile = 'config/pinwatch.yaml';

export interface LoadOptions {
  /** A file, or a folder of files. Left out: `PINWATCH_CONFIG`, else `config/pinwatch.yaml` in the working directory. */
  readonly path?: string | undefined;
  readonly readAnchors: ReadAnchors;
  readonly environment?: Environment;
  /** Left out: an account with pin sets is refused. */
  readonly pinTexts?: LoadPinTexts;
}

export type LoadedConfig =
  | {
      readonly ok: true;
      readonly file: string;
      readonly config: Config;
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly file: string; readonly problems: readonly ConfigProblem[] };

/** Reads the configuration file, or the files of a folder, and the files that they name. Problems are returned as a value, all of them at once. */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { environment = process.env, readAnchors, pinTexts } = options;
  const { file, hint } = chosenFile(options.path, environment);
  const failed = (problems: readonly ConfigProblem[]): LoadedConfig => ({ ok: false, file, problems });

  const whole = isFolder(file)
    ? await readMerged(file)
    : { merged: null, ...(await readDocument(file, hint)) };
  if (!whole.ok) return failed(whole.problems);
  const { document, merged } = whole;
  const outside = {
    file,
    fileOf: (key: string, account?: string) => merged?.partOf(key, account)?.path,
    workingDirectory: process.cwd(),
    environment,
    readFile,
    readAnchors,
    toAscii: domainToASCII,
  };
  const files = noFiles();
  const result = await inTurns(parsingConfig(document, outside, files));
  const { problems, warnings } = await readFurtherFiles(files, environment, pinTexts);
  const found = [...(merged?.problems ?? []), ...(result.ok ? [] : result.problems), ...problems];
  const place = (problem: ConfigProblem) => (merged === null ? problem : located(problem, merged));
  if (!result.ok || found.length > 0) return failed(found.map(place));
  const { config } = result;
  const warned = [...result.warnings, ...warnings, ...ineffective(config)];
  return { ok: true, file, config, warnings: warned.map(place).map(formatProblem) };
}

/** The problems and warnings of all of them. */
async function readFurtherFiles(
  { domains, pinSets }: FurtherFiles,
  environment: Environment,
  pinTexts?: LoadPinTexts,
) {
  const some = await readDomainsFiles(domains);
  const others = await readPinSetFiles(pinSets, environment, pinTexts, Date.now());
  return {
    problems: [...some.problems, ...others.problems],
    warnings: [...some.warnings, ...others.warnings],
  };
}

export type LoadedListener = { readonly file: string } & ParsedListener;

/** Reads from the configuration where a process started with it listens. */
export function loadListener(path: string | undefined, environment = process.env): LoadedListener {
  const { file, hint } = chosenFile(path, environment);
  if (isFolder(file)) return { file, ...listenerIn(file, environment) };
  const text = readText(file, hint);
  return { file, ...(text.ok ? parseListener(text.text, environment) : text) };
}

function chosenFile(path: string | undefined, environment: Environment): { file: string; hint: string } {
  const given = path ?? (environment.PINWATCH_CONFIG || undefined);
  const hint = given === undefined ? ': name another file with --config or PINWATCH_CONFIG' : '';
  return { file: given ?? defaultFile, hint };
}

export type LoadedAccounts =
  | {
      readonly ok: true;
      readonly accounts: readonly AppliedAccount[];
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads accounts from a file in the configuration's form, or with `-` from standard input. */
export async function loadAccounts(
  file: string,
  account: string | undefined,
  readAnchors: ReadAnchors,
  environment: Environment = process.env,
  pinTexts?: LoadPinTexts,
): Promise<LoadedAccounts> {
  const document = await readDocument(file === '-' ? '/dev/stdin' : file);
  if (!document.ok) return document;
  const workingDirectory = process.cwd();
  const outside = { file, workingDirectory, environment, readFile, readAnchors, toAscii: domainToASCII };
  const files = noFiles();
  const result = await inTurns(parsingAccounts(document.document, account, outside, files));
  const { problems, warnings } = await readFurtherFiles(files, environment, pinTexts);
  if (!result.ok) return { ok: false, problems: [...result.problems, ...problems] };
  if (problems.length > 0) return { ok: false, problems };
  const shown = [...result.warnings, ...warnings.filter(isOfFiles)];
  return { ok: true, accounts: result.accounts, warnings: shown.map(formatProblem) };
}

export interface Surroundings {
  readonly path: string;
  readonly noColour: boolean;
  /** The configuration that the environment names. */
  readonly config: string | undefined;
  /** The API's URL and the token for it; undefined if not set. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** The file to read them from otherwise. */
  readonly profile: string;
  /** The environment names that file, so it must exist. */
  readonly isProfileNamed: boolean;
}

/** What the commands read from the environment besides the configuration. */
export function surroundings(environment: Environment = process.env): Surroundings {
  return {
    path: environment.PATH ?? '',
    // https://no-color.org: set and not empty.
    noColour: (environment.NO_COLOR ?? '') !== '',
    // Compose files turn an unset variable into an empty one.
    config: environment.PINWATCH_CONFIG || undefined,
    url: environment.PINWATCH_URL || undefined,
    token: environment.PINWATCH_TOKEN || undefined,
    profile: environment.PINWATCH_PROFILE || join(homedir(), '.config', 'pinwatch', 'profile.yaml'),
    isProfileNamed: Boolean(environment.PINWATCH_PROFILE),
  };
}
