import type { ChainableCommander } from 'ioredis';

/** Runs a MULTI; rejects if any of its commands failed, which ioredis only reports in the result. */
export async function runTransaction(step: ChainableCommander): Promise<void> {
  for (const [error] of (await step.exec()) ?? []) if (error) throw error;
}
