import type { Cluster, Redis } from 'ioredis';

type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** A Lua script that Redis runs as one atomic step; ioredis sends its hash, and its text if that is unknown. */
export function defineScript(redis: Redis | Cluster, name: string, lua: string): Script {
  redis.defineCommand(name, { lua });
  const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>;
  return async (keys, args) => commands[name]?.(keys.length, ...keys, ...args);
}
