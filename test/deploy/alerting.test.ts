import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import type { DomainStatus } from '../../src/core/domain-status.ts';
import { alertmanagerFor, listen, query, startPrometheus, startWebhook } from '../support/alert-chain.ts';
import { alertmanager } from '../support/alertmanager.ts';
import { requires } from '../support/requires.ts';
import { exposition } from './exposed.ts';
import { readQueries } from './rules.ts';

requires('prometheus', alertmanager)('a real Prometheus and Alertmanager', () => {
  test('tell of a mismatch once, though two replicas show it, and of its end', async () => {
    const endpoints: Partial<DomainStatus> = { endpoints: 4, pins: 2, backupPins: 1, trusted: true };
    let status: Partial<DomainStatus> = { ...endpoints, open: ['pin_mismatch'], mismatched: 4 };
    const replicas = await Promise.all([serve(() => exposition(status)), serve(() => exposition(status))]);
    const notices = await startWebhook();
    const url = await alertmanagerFor(notices.url);
    const prometheus = await startPrometheus(replicas, url);

    const told = await notices.next();
    expect(told).toMatchObject({
      status: 'firing',
      groupLabels: { account: 'acme' },
      alerts: [
        {
          status: 'firing',
          labels: {
            alertname: 'PinwatchPinMismatch',
            severity: 'critical',
            account: 'acme',
            domain: 'api.example.com',
          },
        },
      ],
    });
    expect(told.alerts).toHaveLength(1);
    // Both replicas were read, or one alert would prove nothing.
    const seen = await query(prometheus, 'count(last_over_time(pinwatch_pin_mismatch[1m]) == 1)');
    expect(seen[0]?.value[1]).toBe('2');

    status = { ...endpoints };
    const ended = await notices.next();
    expect(ended).toMatchObject({
      status: 'resolved',
      alerts: [{ status: 'resolved', labels: { alertname: 'PinwatchPinMismatch' } }],
    });
    expect(notices.received()).toBe(2);

    for (const { panel, expr } of await readQueries())
      expect(await query(prometheus, expr), `${panel}: ${expr}`).toBeInstanceOf(Array);
  });
});

/** Serves GET of anything until the test ends; the answer is `host:port`. */
async function serve(text: () => Promise<string>): Promise<string> {
  const server = createServer((_request, response) => {
    text().then(
      (body) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(body),
      (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  return listen(server);
}
