/** From a metric to a notification: Prometheus and Alertmanager with the repository's configuration, and a receiver. */
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { freePort, startChild, tool } from '../../lab/child.ts';
import { prometheusDir, readYaml } from '../deploy/rules.ts';
import { startAlertmanager } from './alertmanager.ts';

export interface Notification {
  readonly status: string;
  readonly groupLabels: Record<string, string>;
  readonly alerts: readonly {
    status: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }[];
}

/** Takes what Alertmanager sends. */
export async function startWebhook() {
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

export async function listen(server: Server): Promise<string> {
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
export async function alertmanagerFor(webhook: string): Promise<string> {
  const config = await readYaml<{ route: object; inhibit_rules: unknown; receivers: { name: string }[] }>(
    'config/prometheus/alertmanager.yml',
  );
  const receivers = config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url: webhook }] }));
  const route = { ...config.route, group_wait: '1s', group_interval: '1s' };
  const started = await startAlertmanager({ route, inhibit_rules: config.inhibit_rules, receivers });
  onTestFinished(started.close);
  return started.address;
}

/** The configuration of the repository, with these targets and shorter intervals. `rules`: instead of the shipped ones. */
export async function startPrometheus(
  targets: readonly string[],
  alertmanagerAddress: string,
  rules?: string,
): Promise<string> {
  const dir = await temporaryDirectory();
  const config = await readYaml<{ rule_files: string[]; scrape_configs: { job_name: string }[] }>(
    'config/prometheus/prometheus.yml',
  );
  for (const file of config.rule_files) {
    if (rules === undefined) await cp(join(prometheusDir, file), join(dir, file));
    else await writeFile(join(dir, file), rules);
  }
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
export async function query(prometheus: string, expr: string): Promise<{ value: [number, string] }[]> {
  const response = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expr })}`);
  const answer = (await response.json()) as {
    error?: string;
    data?: { result: { value: [number, string] }[] };
  };
  if (answer.data === undefined) throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result;
}
