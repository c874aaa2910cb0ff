/** Whether Redis refused a command because the key holds a different type. */
export function isMisuse(error: unknown): boolean {
  return error instanceof Error && error.message.includes('WRONGTYPE');
}

/** For a count: a key of another type holds nothing of ours. */
export function zeroIfMisused(error: unknown): number {
  if (isMisuse(error)) return 0;
  throw error;
}
