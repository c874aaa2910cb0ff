import type { ChainableCommander } from 'ioredis';

/** Runs a MULTI; rejects if any of its commands failed, which ioredis only reports in the result. */
export async function runTransaction(step: ChainableCommander): Promise<void> {
  const results = await step.exec().catch((error: Error & { previousErrors?: Error[] }) => {
    // EXECABORT says that a command was refused, but not why: out of memory, for instance.
    throw error.previousErrors?.[0] ?? error;
  });
  for (const [error] of results ?? []) if (error) throw error;
}
