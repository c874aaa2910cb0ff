import { afterEach, beforeEach, expect, test } from 'vitest';
import { silent } from '../../lab/hostile.ts';
import type { Endpoint } from '../../lab/sockets.ts';
import { requires } from '../support/requires.ts';
import { entryOf, type Stage, setStage } from './stage.ts';

requires('redis-server')('new domains', () => {
  let stage: Stage;
  let dead: Endpoint;
  beforeEach(async () => {
    stage = await setStage();
    dead = await silent();
  });
  afterEach(async () => {
    await stage.close();
    await dead.close();
  });

  test('one that answers does not wait for the deadlines of a thousand dead ones before it', async () => {
    const api = await stage.api('api.example.com');
    const others = Array.from({ length: 1_000 }, (_, index) =>
      entryOf({ name: `dead-${index}.example.com:${dead.port}`, pins: api.pins }),
    );
    const config = await stage.configure([...others, entryOf(api)], {
      interval: '1h',
      probe: { timeout: '60s', confirmAfter: '50ms' },
    });
    const service = stage.start({ config });
    // More than are probed at a time, and all of them have been asked when the first of them meets its deadline.
    expect(await service.line('probed')).toMatchObject({ domain: api.name, verdict: 'match' });
    expect(dead.connections).toBeGreaterThanOrEqual(2 * others.length - 2);
  });

  test('dead ones are judged in the end, after all the time that they may take', async () => {
    const api = await stage.api('api.example.com');
    const names = ['a', 'b', 'c'].map((name) => `${name}.example.com:${dead.port}`);
    const config = await stage.configure(
      names.map((name) => entryOf({ name, pins: api.pins })),
      { interval: '1h', probe: { timeout: '3s', confirmAfter: '50ms' } },
    );
    const service = stage.start({ config });
    const lines = await Promise.all(
      names.map((name) => service.line('probed', ({ domain }) => domain === name)),
    );
    expect(lines.map(({ verdict, failures }) => ({ verdict, failures }))).toEqual(
      names.map(() => ({ verdict: 'inconclusive', failures: ['handshake_timeout'] })),
    );
    // Each was given up once, and then had a look of its own, at both kinds of keys.
    expect(dead.connections).toBeGreaterThanOrEqual(2 * 2 * names.length);
  });
});
