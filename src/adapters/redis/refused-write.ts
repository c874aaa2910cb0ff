/** Whether Redis answers but does not write for now: it or its disk is full, or it has too few replicas. */
export function isRefusedWrite(error: unknown): error is Error {
  return error instanceof Error && /^(?:OOM|MISCONF|NOREPLICAS) /.test(error.message);
}
