/** Follows a rotation until its step changes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import { printable } from './printable.ts';
import type { Remote } from './remote.ts';
import type { Rotation } from './rotate-text.ts';

const betweenMs = 5_000;
/** How long a request for probes waits for them. */
const probeWait = '20s';
const probeTimeoutMs = 40_000;

/** Asks for probes and waits for them. A viewer may not; then the last ones count. */
export async function probeAll(client: Client, account: string, domains: readonly string[]): Promise<void> {
  const request = {
    params: { account },
    query: { wait: probeWait },
    body: { domains },
    timeoutMs: probeTimeoutMs,
  };
  await client.call('requestProbes', request).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
  });
}

interface Followed {
  readonly remote: Remote;
  readonly client: Client;
  readonly account: string;
  readonly rotation: Rotation;
  readonly json: boolean;
  /** By `performance.now()`. */
  readonly until: number;
}

/** Whether the step has changed in time. On a terminal a bar shows how many endpoints have the new key. */
export async function follow({ remote, client, account, rotation, json, until }: Followed): Promise<boolean> {
  const { output } = remote;
  const params = { account, rotation: rotation.id };
  const progress = output.progress && !json ? output.progress('waiting for the new key') : null;
  let told = '';
  try {
    for (;;) {
      const { body } = await client.call('showRotation', { params });
      if (body.step !== rotation.step) return true;
      if (body.step === 'deploy') progress?.step(body.arrived, body.endpointCount);
      const detail = body.steps.find(({ step }) => step === body.step)?.detail ?? '';
      const alarms = body.alarms.map(({ message }) => `; ALARM: ${message}`).join('');
      if (progress === null && detail + alarms !== told) output.stderr(`${printable(detail + alarms)}\n`);
      told = detail + alarms;
      const left = until - performance.now();
      if (left <= 0) return false;
      await delay(Math.min(betweenMs, left));
      if (body.step === 'deploy') await probeAll(client, account, body.domains);
    }
  } finally {
    progress?.end();
  }
}
