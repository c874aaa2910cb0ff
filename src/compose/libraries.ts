/**
 * Loads the libraries of the service one at a time. Evaluating all of them at once takes 200 ms, in which no signal is
 * handled and no timer runs.
 */
export async function loadLibraries(): Promise<void> {
  await import('../adapters/log/logger.ts');
  await import('../adapters/redis/connect.ts');
  await import('../adapters/bullmq/queues.ts');
  await import('../adapters/metrics/process-metrics.ts');
  await import('../adapters/mail/smtp.ts');
  await import('../adapters/x509/anchors.ts');
  await import('../wire/routes.ts');
  await import('../adapters/pin-formats/read-pins.ts');
  await import('../adapters/http/queue-view.ts');
  await import('../adapters/http/server.ts');
}
