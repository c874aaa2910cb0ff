/** Redis refused a command because the key holds another type than the command is for. */
export function isMisuse(error: unknown): boolean {
  return error instanceof Error && error.message.includes('WRONGTYPE');
}
