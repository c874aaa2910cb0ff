/** Whether Redis refused a command because the key holds a different type. */
export function isMisuse(error: unknown): boolean {
  return error instanceof Error && error.message.includes('WRONGTYPE');
}
