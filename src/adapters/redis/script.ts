import type { Cluster, Redis } from 'ioredis';

type Argument = string | number | Buffer;
type Script = (keys: readonly string[], args: readonly Argument[]) => Promise<unknown>;

/**
 * A Lua script that Redis runs as one atomic step; ioredis sends its hash, and its text if that is unknown. As
 * `bytes` every string of its answer is a Buffer.
 */
export function defineScript(
  redis: Redis | Cluster,
  name: string,
  lua: string,
  answer: 'text' | 'bytes' = 'text',
): Script {
  redis.defineCommand(name, { lua });
  const commands = redis as unknown as Record<string, (...args: Argument[]) => Promise<unknown>>;
  return async (keys, args) =>
    commands[`${name}${answer === 'bytes' ? 'Buffer' : ''}`]?.(keys.length, ...keys, ...args);
}
