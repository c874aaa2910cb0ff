import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('processes that are killed', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  test('if one is killed between the record and the mail, the next one sends the mail once', async () => {
    const api = await stage.api('api.example.com');
    const notify = { groupWait: '5s', groupInterval: '200ms' };
    const config = await stage.configure([entryOf(api)], { notify });
    const first = stage.start({ config });
    await probed(first, [api.name], 'match');
    api.server.rotate([api.strange]);
    await first.line('incident_opened');
    expect(await first.stop('SIGKILL')).toBeNull();
    expect(stage.smtp.received).toEqual([]);

    const second = stage.start({ config });
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    await second.sweeps(3);
    expect(stage.smtp.received).toHaveLength(1);
    expect(second.lines.filter(({ event }) => event === 'incident_opened')).toEqual([]);
  });

  test('two on one Redis probe each domain once per sweep and send one mail; one continues alone', async () => {
    const apis = await Promise.all(['a', 'b', 'c'].map((name) => stage.api(`${name}.example.com`)));
    const names = apis.map(({ name }) => name);
    const config = await stage.configure(apis.map((api) => entryOf(api)));
    const services = [stage.start({ config }), stage.start({ config })];
    const [one, other] = services;
    if (!one || !other) throw new Error('unreachable: two were started');
    await Promise.all(services.map((service) => service.line('working')));
    await Promise.any(names.flatMap((name) => services.map((service) => probed(service, [name], 'match'))));

    const log = () => services.flatMap(({ lines }) => lines);
    const sweepsSeen = () =>
      new Set(log().flatMap(({ event, sweep }) => (event === 'swept' ? [String(sweep)] : [])));
    await until(services, () => sweepsSeen().size >= 12);
    const swept = log().filter(({ event }) => event === 'swept');
    // Each is planned once, whichever process did it.
    expect(new Set(swept.map(({ sweep }) => sweep)).size).toBe(swept.length);
    // The schedule's slots are an interval apart to the millisecond. On a busy machine one may be missed.
    const slots = [...sweepsSeen()].map(Number).sort((a, b) => a - b);
    const apart = slots.slice(1).map((slot, index) => slot - (slots[index] ?? 0));
    expect(apart.map((ms) => ms % 1000)).toEqual(apart.map(() => 0));
    expect(apart.filter((ms) => ms === 1000).length).toBeGreaterThan(apart.length / 2);
    for (const name of names) {
      const count = log().filter((line) => line.event === 'probed' && line.domain === name).length;
      // Perhaps one more for the registration. The last sweep's may still be on its way, and on a busy machine one that
      // overlaps the next round of a second is left out; a domain that the plan itself skipped would have half of them.
      expect(count).toBeGreaterThanOrEqual(swept.length - 4);
      expect(count).toBeLessThanOrEqual(swept.length + 1);
    }

    apis[0]?.server.rotate([apis[0].strange]);
    expect(told(await stage.mail())).toEqual([`opened ${names[0]} pin_mismatch`]);
    expect(await one.stop('SIGKILL')).toBeNull();
    const since = other.lines.length;
    await probed(other, names.slice(1), 'match', since);
    await other.sweeps(3);
    await probed(other, names.slice(1), 'match', since);
    expect(stage.smtp.received).toHaveLength(1);
  });

  test('a local redis-server ends with the process that started it, keeps its data, and is no one else’s', async () => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)], {
      redis: {},
      notify: { groupWait: '5s', groupInterval: '200ms' },
    });
    const first = stage.start({ config });
    await probed(first, [api.name], 'match');
    const pid = await readFile(`${stage.directory}/state/redis/redis.pid`, 'utf8');
    expect(
      (await first.leftovers(stage.directory)).filter((command) => command.startsWith(`${Number(pid)} `)),
    ).toHaveLength(1);
    api.server.rotate([api.strange]);
    await first.line('incident_opened');
    expect(await first.stop('SIGKILL')).toBeNull();

    // At once: it waits for the redis-server of its predecessor to end.
    const second = stage.start({ config });
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    expect(await second.stop()).toBe(0);
    expect(await second.leftovers(stage.directory)).toEqual([]);
  });
});

/** Checks again after each further line of any of them. */
async function until(
  services: readonly import('../support/service.ts').Service[],
  done: () => boolean,
): Promise<void> {
  while (!done()) {
    await Promise.race(services.map((service) => service.line('swept', undefined, service.lines.length)));
  }
}
