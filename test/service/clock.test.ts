import { expect, type TestContext, test as vitest } from 'vitest';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { within } from '../support/within.ts';
import { type Api, entryOf, probed, type Stage, setStage, told } from './stage.ts';

const interval = 5_000;
/** Some rounds, on a busy machine too. What a clock delays is late by minutes or hours. */
const soonMs = 6 * interval;

// They wait for rounds, so they all wait at once.
const test = vitest.concurrent;

/** What one of the concurrent tests uses: some watched domains, each by the processes that are started with `configure`. */
async function setting(onTestFinished: TestContext['onTestFinished'], count: number) {
  const stage = await setStage();
  const clocks: FakeClock[] = [];
  onTestFinished(async () => {
    // The processes of the stage read them.
    await stage.close();
    await Promise.all(clocks.map((clock) => clock.close()));
  });
  const clockAt = async (offset: string) => {
    const clock = await fakeClock(offset);
    clocks.push(clock);
    return clock;
  };
  const apis: Api[] = [];
  for (let index = 0; index < count; index += 1) apis.push(await stage.api(`api-${index}.example.com`));
  const config = await stage.configure(
    apis.map((api) => entryOf(api)),
    { interval: `${interval}ms` },
  );
  return { stage, clockAt, apis, names: apis.map(({ name }) => name), config };
}

requires('redis-server', 'faketime')('a clock that is set', () => {
  test('back by two hours delays nothing, and is reported', async ({ onTestFinished }) => {
    const { stage, clockAt, apis, names, config } = await setting(onTestFinished, 5);
    const clock = await clockAt('+2h');
    const service = stage.start({ config, env: clock.env });
    await probed(service, names, 'match');
    // One is reported by the clock that is ahead: the pace of mail follows it.
    const [first, ...others] = apis;
    first?.server.rotate([first.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${first?.name} pin_mismatch`]);
    await service.sweeps(1);
    for (const api of others) api.server.rotate([api.strange]);
    await clock.set('+0');
    await probedSoon([service], names, 'mismatch');
    await service.line('clock_stepped', isStep(-7_200));
    await service.line('scheduler_repaired');
    await service.line('jobs_replanned');
    expect(await service.readiness(503)).toEqual([expect.stringMatching(/^clock: set back by 2h \(/)]);
    const { text } = await service.get('/metrics');
    expect(text).toMatch(/^pinwatch_clock_steps_total\{direction="back"\} 1$/m);
    await everyMail(stage, others, 'opened');
    // And the rounds after it.
    for (const api of apis) api.server.rotate([api.chain]);
    await probedSoon([service], names, 'match');
    await everyMail(stage, apis, 'closed');
  });

  test('back by two hours on every machine delays nothing either', async ({ onTestFinished }) => {
    const { stage, clockAt, apis, names, config } = await setting(onTestFinished, 5);
    const clock = await clockAt('+2h');
    const server = stage.start({ config, role: 'server', env: clock.env });
    const workers = [1, 2].map(() => stage.start({ config, role: 'worker', env: clock.env }));
    await Promise.all([server, ...workers].map((service) => service.line('working')));
    await Promise.all(names.map((name) => Promise.any(workers.map((one) => probed(one, [name], 'match')))));
    for (const api of apis) api.server.rotate([api.strange]);
    await clock.set('+0');
    await probedSoon(workers, names, 'mismatch');
    for (const service of [server, ...workers]) {
      await service.line('clock_stepped', isStep(-7_200));
      expect((await service.get('/metrics')).text).toMatch(
        /^pinwatch_clock_steps_total\{direction="back"\} 1$/m,
      );
    }
    await everyMail(stage, apis, 'opened');
  });

  test('back by two hours on one machine of two, by the one that is wrong then', async ({
    onTestFinished,
  }) => {
    const { stage, clockAt, apis, names, config } = await setting(onTestFinished, 5);
    const clock = await clockAt('+0');
    const services = [stage.start({ config, env: clock.env }), stage.start({ config })];
    const [stepped] = services;
    await Promise.all(services.map((service) => service.line('working')));
    await Promise.all(names.map((name) => Promise.any(services.map((one) => probed(one, [name], 'match')))));
    await clock.set('-2h');
    await stepped?.line('clock_stepped', isStep(-7_200));
    await stepped?.line('clock_differs', isStep(-7_200));
    for (const verdict of ['mismatch', 'match'] as const) {
      for (const api of apis) api.server.rotate([verdict === 'match' ? api.chain : api.strange]);
      await probedSoon(services, names, verdict);
    }
    expect((await stepped?.get('/metrics'))?.text).toMatch(/^pinwatch_clock_skew_seconds -7(199|200|201)\b/m);
  });

  test('back while nothing ran delays nothing after the start', async ({ onTestFinished }) => {
    const { stage, clockAt, apis, names, config } = await setting(onTestFinished, 5);
    const clock = await clockAt('+2h');
    const before = stage.start({ config, env: clock.env });
    await probed(before, names, 'match');
    await before.sweeps(1);
    expect(await before.stop()).toBe(0);
    await clock.set('+0');
    for (const api of apis) api.server.rotate([api.strange]);
    const service = stage.start({ config, env: clock.env });
    await service.line('working');
    await probedSoon([service], names, 'mismatch');
    await service.line('clock_stepped', isStep(-7_200));
    await everyMail(stage, apis, 'opened');
    // It works: a new process is ready from the start.
    expect(await service.readiness(200)).toEqual([]);
    expect((await service.get('/readyz')).text).toMatch(/clock: data stored before the start is \S+ ahead/);
  });

  test('forward by a week does not make a sweep count as lost', async ({ onTestFinished }) => {
    const { stage, clockAt, names, config } = await setting(onTestFinished, 5);
    const clock = await clockAt('+0');
    const service = stage.start({ config, env: clock.env });
    await probed(service, names, 'match');
    await service.sweeps(1);
    await clock.set('+7d');
    await service.line('clock_stepped', isStep(7 * 86_400));
    await probedSoon([service], names, 'match');
    expect((await service.get('/metrics')).text).toMatch(
      /^pinwatch_clock_steps_total\{direction="forward"\} 1$/m,
    );
    const wrong = ['scheduler_repaired', 'sweep_unclaimed', 'jobs_replanned'];
    expect(service.lines.filter(({ event = '' }) => wrong.includes(event))).toEqual([]);
  });

  test('forward by a week gives up no letter that was tried once', async ({ onTestFinished }) => {
    const { stage, clockAt, apis, config } = await setting(onTestFinished, 1);
    const [api] = apis;
    const clock = await clockAt('+0');
    const service = stage.start({ config, env: clock.env });
    await probed(service, [api?.name ?? ''], 'match');
    stage.smtp.fail('*', 451);
    api?.server.rotate([api.strange]);
    await service.line('mail_failed_temporary');
    await clock.set('+7d');
    await service.line('clock_stepped', isStep(7 * 86_400));
    await service.line('mail_failed_temporary', undefined, service.lines.length, 2);
    stage.smtp.fail('*', null);
    // Next to the reminder that is due by now.
    await everyMail(stage, apis, 'opened');
    expect(service.lines.filter(({ event }) => event === 'mail_failed_permanent')).toEqual([]);
  });

  test('five minutes ahead of another one, whose worker takes over when the one that was ahead is killed', async ({
    onTestFinished,
  }) => {
    const { stage, clockAt, apis, names, config } = await setting(onTestFinished, 5);
    const ahead = await clockAt('+5m');
    const server = stage.start({ config, role: 'server' });
    const [killed, other] = [
      stage.start({ config, role: 'worker', env: ahead.env }),
      stage.start({ config, role: 'worker' }),
    ];
    await Promise.all([server, killed, other].map((service) => service.line('working')));
    await killed.sweeps(2);
    await killed.line('clock_differs', isStep(300));
    expect(await killed.stop('SIGKILL')).toBeNull();
    const since = other.lines.length;
    for (const api of apis) api.server.rotate([api.strange]);
    expect(await within(60_000, probed(other, names, 'mismatch', since))).toBe(true);
    await everyMail(stage, apis, 'opened');
    expect(server.lines.filter(({ event }) => event === 'clock_stepped')).toEqual([]);
  }, 120_000);
});

/** Every domain is probed by any of these within some intervals, with this verdict. */
async function probedSoon(services: readonly Service[], names: readonly string[], verdict: string) {
  const from = services.map(({ lines }) => lines.length);
  const each = names.map((name) =>
    Promise.any(services.map((service, index) => probed(service, [name], verdict, from[index]))),
  );
  expect(await within(soonMs, Promise.all(each))).toBe(true);
}

async function everyMail(stage: Stage, apis: readonly Api[], transition: string) {
  const domains = new Set<string>();
  while (domains.size < apis.length) {
    for (const line of told(await stage.mail())) {
      const [what, domain = ''] = line.split(' ');
      if (what === transition) domains.add(domain);
    }
  }
  expect([...domains].sort()).toEqual(apis.map(({ name }) => name).sort());
}

const isStep = (seconds: number) => (line: Readonly<Record<string, unknown>>) =>
  Math.abs(Number(line.seconds) - seconds) < 60;
