/** One rotated key, told on both ways: by mail, and by Prometheus and Alertmanager. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { alertmanagerFor, type Notification, startPrometheus, startWebhook } from '../support/alert-chain.ts';
import { alertmanager } from '../support/alertmanager.ts';
import { requires } from '../support/requires.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'pinwatch.js');

requires(
  'redis-server',
  'prometheus',
  alertmanager,
)('the whole chain', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  test('tells of a rotated key and of its way back, by mail and by an alert', async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    const service = stage.start({ config: await stage.configure([entryOf(api)]) });
    await probed(service, [api.name], 'match');
    const url = 'https://wiki.example.net/pinwatch';
    const args = ['rules', '--interval', '1s', '--runbook-url', url];
    const { stdout: rules } = await promisify(execFile)(process.execPath, [program, ...args]);
    const alerts = await startWebhook();
    /** Alerts about the service itself come apart. */
    const ofAccount = async (): Promise<Notification> => {
      const next = await alerts.next();
      return next.groupLabels.account === 'acme' ? next : ofAccount();
    };
    const { address } = await service.line('listening');
    const { host } = new URL(String(address));
    await startPrometheus([host], await alertmanagerFor(alerts.url), rules);

    api.server.rotate([api.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    const fired = await ofAccount();
    expect(fired).toMatchObject({ status: 'firing', groupLabels: { account: 'acme' } });
    expect(fired.alerts).toHaveLength(1);
    expect(fired.alerts[0]).toMatchObject({
      status: 'firing',
      labels: {
        ...{ alertname: 'PinwatchPinMismatch', severity: 'critical' },
        ...{ account: 'acme', domain: api.name },
      },
      annotations: { runbook_url: `${url}#pinwatchpinmismatch` },
    });

    api.server.rotate([api.chain]);
    expect(told(await stage.mail())).toEqual([`closed ${api.name} pin_mismatch`]);
    const ended = await ofAccount();
    expect(ended).toMatchObject({
      status: 'resolved',
      alerts: [{ status: 'resolved', labels: { alertname: 'PinwatchPinMismatch', domain: api.name } }],
    });
    expect(stage.smtp.received).toHaveLength(2);
  });
});
