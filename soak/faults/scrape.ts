/** What only a scrape can tell: the next one goes out soon after the last was answered. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pinwatch } from '../pinwatch.ts';

const againMs = 100;

/** Resolves when a scrape of the process fits; null: it failed, which Prometheus shows as `up 0`. */
export async function scraped(
  process: Pinwatch,
  fits: (text: string | null) => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!fits(await process.scrape())) await delay(againMs, undefined, { signal });
}

export const isDown = (text: string | null) => text === null;

export function hasValue(metric: string, fits: (value: number) => boolean) {
  const line = new RegExp(`^pinwatch_${metric} (\\S+)$`, 'm');
  return (text: string | null) => {
    const value = line.exec(text ?? '')?.[1];
    return value !== undefined && fits(Number(value));
  };
}
