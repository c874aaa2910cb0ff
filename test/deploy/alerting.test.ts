import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { freePort, startChild, tool } from '../../lab/child.ts';
import type { DomainStatus } from '../../src/core/domain-status.ts';
import { alertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { requires } from '../support/requires.ts';
import { exposition } from './exposed.ts';
import { prometheusDir, readQueries, readYaml } from './rules.ts';

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

interface Notification {
  readonly status: string;
  readonly groupLabels: Record<string, string>;
  readonly alerts: readonly { status: string; labels: Record<string, string> }[];
}

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

/** Takes what Alertmanager sends. */
async function startWebhook() {
  const arrived: Notification[] = [];
  const waiting: ((notification: Notification) => void)[] = [];
  let received = 0;
  const server = createServer(async (request, response) => {
    const notification = (await json(request)) as Notification;
    response.end();
    received += 1;
    const next = waiting.shift();
    if (next) next(notification);
    else arrived.push(notification);
  });
  return {
    url: `http://${await listen(server)}/`,
    received: () => received,
    next: () =>
      new Promise<Notification>((resolve) => {
        const notification = arrived.shift();
        if (notification) resolve(notification);
        else waiting.push(resolve);
      }),
  };
}

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function temporaryDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pinwatch-prometheus-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The configuration of the repository, with shorter waits and with the webhook for a receiver; answers with `host:port`. */
async function alertmanagerFor(webhook: string): Promise<string> {
  const config = await readYaml<{ route: object; inhibit_rules: unknown; receivers: { name: string }[] }>(
    'config/prometheus/alertmanager.yml',
  );
  const receivers = config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url: webhook }] }));
  const route = { ...config.route, group_wait: '1s', group_interval: '1s' };
  const started = await startAlertmanager({ route, inhibit_rules: config.inhibit_rules, receivers });
  onTestFinished(started.close);
  return started.address;
}

/** The configuration of the repository, with these targets and shorter intervals. */
async function startPrometheus(targets: readonly string[], alertmanagerAddress: string): Promise<string> {
  const dir = await temporaryDirectory();
  const config = await readYaml<{ rule_files: string[]; scrape_configs: { job_name: string }[] }>(
    'config/prometheus/prometheus.yml',
  );
  for (const file of config.rule_files) await cp(join(prometheusDir, file), join(dir, file));
  const file = join(dir, 'prometheus.yml');
  await writeFile(
    file,
    stringify({
      ...config,
      global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanagerAddress] }] }] },
      scrape_configs: config.scrape_configs.map(({ job_name }) => ({
        job_name,
        static_configs: [{ targets }],
      })),
    }),
  );
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${dir}/data`,
    `--web.listen-address=${address}`,
  ];
  const { child } = await startChild(tool('prometheus'), args, /Server is ready to receive web requests/);
  onTestFinished(() => child.stop());
  return `http://${address}`;
}

/** The vector that an expression gives now. */
async function query(prometheus: string, expr: string): Promise<{ value: [number, string] }[]> {
  const response = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expr })}`);
  const answer = (await response.json()) as {
    error?: string;
    data?: { result: { value: [number, string] }[] };
  };
  if (answer.data === undefined) throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result;
}
