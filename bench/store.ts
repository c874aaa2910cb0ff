/** The benchmark's own Redis, started as `pinwatch run` does: append-only, flushed every second. */
import { rm } from 'node:fs/promises';
import { connectRedis, type RedisLink } from '../src/adapters/redis/connect.ts';
import { startEmbeddedRedis } from '../src/adapters/redis/embedded.ts';

export interface BenchStore {
  readonly url: string;
  readonly link: RedisLink;
  readonly pid: number;
  usedBytes(): Promise<number>;
  close(): Promise<void>;
}

export async function startStore(directory: string): Promise<BenchStore> {
  await rm(directory, { recursive: true, force: true });
  const embedded = await startEmbeddedRedis(directory, process.env.PATH ?? '', (reason) => {
    throw new Error(`redis-server ended: ${reason}`);
  });
  const link = connectRedis({ url: embedded.url }, { event: () => {}, ready: () => {} });
  await link.whenFit(new AbortController().signal);
  const field = async (section: string, name: string) => {
    const info = await link.redis.info(section);
    return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  };
  return {
    url: embedded.url,
    link,
    pid: await field('server', 'process_id'),
    usedBytes: () => field('memory', 'used_memory'),
    async close() {
      await link.close();
      await embedded.close();
    },
  };
}
