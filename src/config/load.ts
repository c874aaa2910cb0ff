import { closeSync, openSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import type { ProvisionedAccount } from '../core/domain.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { isOfFiles, parsingAccounts } from './account-file.ts';
import { type FurtherFiles, noFiles } from './accounts.ts';
import type { Config } from './config.ts';
import { type ParsedDocument, parsingDocument } from './document.ts';
import { readDomainsFiles } from './domains-file.ts';
import type { Environment } from './expand.ts';
import { ineffective } from './ineffective.ts';
import { type ParsedListener, parseListener } from './listener.ts';
import type { Outside, ReadAnchors } from './outside.ts';
import { parsingConfig } from './parse.ts';
import { type LoadPinTexts, readPinSetFiles } from './pin-set-files.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';
import { readReason } from './read-reason.ts';
import { inTurns } from './turns.ts';

const defaultFile = 'config/pinwatch.yaml';
/** A file of 100,000 domains has about 15 MB. */
const mostBytes = 64 * 1024 * 1024;

export interface LoadOptions {
  /** Left out: `PINWATCH_CONFIG`, else `config/pinwatch.yaml` in the working directory. */
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

/** Reads the configuration file and the files that it names. Problems are returned as a value, all of them at once. */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { environment = process.env, readAnchors, pinTexts } = options;
  const { file, hint } = chosenFile(options.path, environment);
  const failed = (problems: readonly ConfigProblem[]): LoadedConfig => ({ ok: false, file, problems });

  const document = await readDocument(file, hint);
  if (!document.ok) return failed(document.problems);
  const outside = {
    file,
    workingDirectory: process.cwd(),
    environment,
    readFile,
    readAnchors,
    toAscii: domainToASCII,
  };
  const files = noFiles();
  const result = await inTurns(parsingConfig(document.document, outside, files));
  const { problems, warnings } = await readFurtherFiles(files, outside, pinTexts);
  if (!result.ok) return failed([...result.problems, ...problems]);
  if (problems.length > 0) return failed(problems);
  return {
    ok: true,
    file,
    config: result.config,
    warnings: [...result.warnings, ...warnings, ...ineffective(result.config)].map(formatProblem),
  };
}

/** The problems and warnings of all of them. */
async function readFurtherFiles(
  { domains, pinSets }: FurtherFiles,
  outside: Outside,
  pinTexts?: LoadPinTexts,
) {
  const some = await readDomainsFiles(domains, outside);
  const others = await readPinSetFiles(pinSets, outside, pinTexts, Date.now());
  return {
    problems: [...some.problems, ...others.problems],
    warnings: [...some.warnings, ...others.warnings],
  };
}

export type LoadedListener = { readonly file: string } & ParsedListener;

/** Reads from the configuration where a process started with it listens. */
export function loadListener(path: string | undefined, environment = process.env): LoadedListener {
  const { file, hint } = chosenFile(path, environment);
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
      readonly accounts: readonly ProvisionedAccount[];
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
  const { problems, warnings } = await readFurtherFiles(files, outside, pinTexts);
  if (!result.ok) return { ok: false, problems: [...result.problems, ...problems] };
  if (problems.length > 0) return { ok: false, problems };
  const shown = [...result.warnings, ...warnings.filter(isOfFiles)];
  return { ok: true, accounts: result.accounts, warnings: shown.map(formatProblem) };
}

type Failed = { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** `hint` is what to do if there is no such file. */
async function readDocument(file: string, hint = ''): Promise<ParsedDocument> {
  // A large file takes a while, and so does whatever came before.
  await new Promise(setImmediate);
  const text = readText(file, hint);
  await new Promise(setImmediate);
  return text.ok ? await inTurns(parsingDocument(text.text)) : text;
}

function readText(file: string, hint: string): { readonly ok: true; readonly text: string } | Failed {
  const failed = (message: string): Failed => ({ ok: false, problems: [{ path: '', message }] });
  const read = readFile(file);
  if (!read.ok) return failed(`cannot be read: ${read.problem}${hint}`);
  const text = decode(read.value);
  return text === null ? failed('expected UTF-8 text, found other bytes') : { ok: true, text };
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

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Reads at most `most` bytes (64 MB), even if the size is not known beforehand, as of a pipe. */
export function readFile(path: string, most = mostBytes): Parsed<Uint8Array> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    const chunks: Uint8Array[] = [];
    let size = 0;
    while (size <= most) {
      const chunk = new Uint8Array(64 * 1024);
      const count = readSync(descriptor, chunk);
      if (count === 0) return parsed(Buffer.concat(chunks));
      chunks.push(chunk.subarray(0, count));
      size += count;
    }
    return refused(`it has more than ${most / (1 << 20)} MB`);
  } catch (error) {
    return refused(readReason(error));
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
