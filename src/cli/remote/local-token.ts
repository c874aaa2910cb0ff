import type { Parsed } from '../../core/parsed.ts';
import type { TokenRequest } from '../../flow/admin/tokens.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { exitStatus, UsageError } from '../usage.ts';
import { Failure } from './failure.ts';

export type MadeToken = AnswerOf<'createToken'>;

/** Tokens directly in Redis, without the API. Every method rejects if Redis can't be used. */
export interface LocalTokens {
  any(): Promise<boolean>;
  create(request: TokenRequest): Promise<Parsed<MadeToken>>;
  close(): Promise<void>;
}

/** Opens the Redis of the configuration; `problem` if it names none. Rejects with Failure if it can't be used. */
export type OpenLocalTokens = (config: string | undefined) => Promise<Parsed<LocalTokens>>;

/** `--local`: anyone who can use the Redis may create any token. */
export async function makeLocally(
  open: OpenLocalTokens,
  config: string | undefined,
  request: TokenRequest,
): Promise<MadeToken> {
  const opened = await open(config);
  if (!opened.ok) throw new UsageError(opened.problem);
  try {
    return await make(opened.value, request);
  } finally {
    await opened.value.close();
  }
}

/** If the API can't be used: only the first token. null if there is a token already, or no Redis is found. */
export async function makeFirstLocally(
  open: OpenLocalTokens,
  config: string | undefined,
  request: TokenRequest,
): Promise<MadeToken | null> {
  const opened = await open(config).catch(() => null);
  if (!opened?.ok) return null;
  try {
    return (await opened.value.any()) ? null : await make(opened.value, request);
  } finally {
    await opened.value.close();
  }
}

async function make(tokens: LocalTokens, request: TokenRequest): Promise<MadeToken> {
  const made = await tokens.create(request);
  if (!made.ok) throw new Failure(`Cannot be done: ${made.problem}`, exitStatus.undetermined);
  return made.value;
}
