/** Machines whose clocks differ by minutes, as without NTP: nothing is lost, told twice or late. */
import { createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { listen } from '../../lab/sockets.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { within } from '../support/within.ts';
import { entryOf, machinePart, probed, type Stage, setStage, told } from './stage.ts';

/** By the contract, for the work of a killed worker. */
const takenOverMs = 60_000;
const slowMs = 180_000;

requires('redis-server', 'faketime')('machines whose clocks are five minutes apart', () => {
  let stage: Stage;
  const clocks: FakeClock[] = [];
  afterEach(async () => {
    await stage.close();
    await Promise.all(clocks.splice(0).map((clock) => clock.close()));
  });

  async function worker(config: string, offset: string): Promise<Service> {
    const clock = await fakeClock(offset);
    clocks.push(clock);
    return stage.start({ config, role: 'worker', env: clock.env });
  }

  async function put(server: Service, path: string, body: object): Promise<void> {
    const { address } = await server.line('listening');
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${address}/v1${path}`, {
      ...{ method: 'PUT', headers },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.text()).toBeLessThan(300);
  }

  test('probe at most once per sweep, tell each change once, and keep to a mute', {
    timeout: slowMs,
  }, async () => {
    stage = await setStage();
    const [api, muted] = await Promise.all([stage.api('api.example.com'), stage.api('muted.example.com')]);
    const names = [api.name, muted.name];
    const config = await stage.configure([entryOf(api), entryOf(muted)], { interval: '2s' });
    const server = stage.start({ config, role: 'server' });
    const workers = await Promise.all(['+5m', '-5m'].map((offset) => worker(config, offset)));
    const [ahead, behind] = workers as [Service, Service];
    const log = () => workers.flatMap(({ lines }) => lines);
    const count = (event: string, domain?: string) =>
      log().filter((line) => line.event === event && (domain === undefined || line.domain === domain)).length;
    await Promise.all([server, ...workers].map((service) => service.line('working')));
    await ahead.line('clock_differs', ({ seconds }) => Math.abs(Number(seconds) - 300) < 60);
    await behind.line('clock_differs', ({ seconds }) => Math.abs(Number(seconds) + 300) < 60);
    await Promise.all(names.map((name) => Promise.any(workers.map((one) => probed(one, [name], 'match')))));
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await put(server, `/accounts/acme/domains/${muted.name}/mute`, { until });

    const sweeps = async (more: number) => {
      const from = count('swept');
      await vi.waitUntil(() => count('swept') >= from + more, { timeout: takenOverMs, interval: 20 });
    };
    const before = { swept: count('swept'), probed: count('probed', api.name) };
    for (const { server: one, strange } of [api, muted]) one.rotate([strange]);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    await sweeps(5);
    api.server.rotate([api.chain]);
    expect(told(await stage.mail())).toEqual([`closed ${api.name} pin_mismatch`]);
    await sweeps(3);
    // Each once, nothing of the muted one, and nothing of the watch itself.
    const letters = stage.smtp.received.map((letter) => [
      ...told(letter),
      ...(machinePart(letter).watchTransitions ?? []),
    ]);
    expect(letters).toEqual([[`opened ${api.name} pin_mismatch`], [`closed ${api.name} pin_mismatch`]]);
    // Two clocks that are further apart than the interval plan more sweeps than it has, but no more probes of a domain.
    const [swept, looked] = [count('swept') - before.swept, count('probed', api.name) - before.probed];
    expect(looked).toBeLessThanOrEqual(swept + 2);
    expect([...server.lines, ...log()].filter(({ event }) => event === 'clock_stepped')).toEqual([]);
    for (const one of [server, ...workers]) expect(await one.readiness(200)).toEqual([]);
  });

  test('one that is killed while it probes is taken over by the other', { timeout: slowMs }, async () => {
    stage = await setStage();
    // It takes connections and says nothing, so the probe lasts until the worker is killed.
    const silent = await listen(createServer(), '127.0.0.1', 0);
    const name = `api.example.com:${silent.port}`;
    const pins = stage.chainFor('api.example.com').map(({ pin }) => pin);
    // The next sweep is far away: only a takeover can probe it.
    const config = await stage.configure([entryOf({ name, pins: pins.slice(0, 1) })], {
      interval: '15m',
      probe: { timeout: '60s' },
    });
    const server = stage.start({ config, role: 'server' });
    const killed = await worker(config, '+5m');
    await Promise.all([server, killed].map((service) => service.line('working')));
    await vi.waitUntil(() => silent.connections > 0, { timeout: takenOverMs, interval: 20 });
    const other = await worker(config, '-5m');
    await other.line('working');
    expect(await killed.stop('SIGKILL')).toBeNull();
    await silent.close();
    await stage.api('api.example.com', '127.0.0.1', silent.port);
    expect(await within(takenOverMs, probed(other, [name], 'mismatch'))).toBe(true);
    expect(told(await stage.mail())).toEqual([`opened ${name} pin_mismatch`]);
  });

  test.each([
    ['+5m', '-5m'],
    ['-5m', '+5m'],
  ])(
    'one at %s that is killed before it tells is told for by one at %s, once',
    async (killedAt, otherAt) => {
      stage = await setStage();
      const api = await stage.api('api.example.com');
      const notify = { groupWait: '5s', groupInterval: '200ms' };
      const config = await stage.configure([entryOf(api)], { interval: '15m', notify });
      api.server.rotate([api.strange]);
      const server = stage.start({ config, role: 'server' });
      const killed = await worker(config, killedAt);
      await Promise.all([server, killed].map((service) => service.line('working')));
      await killed.line('incident_opened');
      expect(await killed.stop('SIGKILL')).toBeNull();
      expect(stage.smtp.received).toEqual([]);
      const other = await worker(config, otherAt);
      await other.line('working');
      const mail = stage.mail();
      expect(await within(takenOverMs, mail)).toBe(true);
      expect(told(await mail)).toEqual([`opened ${api.name} pin_mismatch`]);
      expect(stage.smtp.received).toHaveLength(1);
    },
    slowMs,
  );
});
