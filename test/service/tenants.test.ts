import { afterEach, expect, test } from 'vitest';
import { silent } from '../../lab/hostile.ts';
import { requires } from '../support/requires.ts';
import { entryOf, probed, type Stage, setStage } from './stage.ts';

requires('redis-server')('tenants', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  test('whose servers never answer hold only a part of the places: the others keep their rounds', async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    const hanging = await silent();
    const contacts = ['devops@example.com'];
    const slow = Array.from({ length: 20 }, (_, index) => ({
      host: `slow-${index}.example.com:${hanging.port}`,
      pins: api.pins,
      connect: ['127.0.0.1'],
      keyTypes: ['ecdsa'],
    }));
    const config = await stage.configure([], {
      interval: '2s',
      probe: { timeout: '20s', concurrency: 4, confirmAfter: '0s' },
      accounts: { slow: { contacts, domains: slow }, acme: { contacts, domains: [entryOf(api)] } },
    });
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    // Two of the four places are held for 20 s from now on, by jobs that will not have ended when this test has.
    while (hanging.connections < 2) await service.sweeps(1);
    for (let round = 0; round < 5; round += 1) {
      const since = service.lines.length;
      await probed(service, [api.name], 'match', since);
      const rounds = service.lines.slice(since).filter(({ event }) => event === 'swept').length;
      // One or two, and some more on a busy machine; if all places were held, it would be ten.
      expect(rounds).toBeLessThanOrEqual(5);
      expect(hanging.connections).toBeGreaterThanOrEqual(2);
    }
    expect(service.lines.filter(({ event }) => event === 'job_failed')).toEqual([]);
    await service.stop();
    await hanging.close();
  });

  test('new domains whose servers never answer hold up neither the other new ones nor a requested probe', async () => {
    stage = await setStage();
    const api = await stage.api('api.example.com');
    const hanging = await silent();
    const dead = Array.from({ length: 15 }, (_, index) => ({
      host: `dead-${index}.example.com:${hanging.port}`,
      pins: api.pins,
      connect: ['127.0.0.1'],
      keyTypes: ['ecdsa'],
    }));
    // Two domains are probed at a time, and each of the dead ones would take a minute.
    const config = await stage.configure([...dead, entryOf(api)], {
      interval: '1h',
      probe: { timeout: '60s', concurrency: 2, confirmAfter: '0s' },
    });
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    expect(hanging.connections).toBeGreaterThan(2);
    const since = service.lines.length;
    const { address } = await service.line('listening');
    const asked = await fetch(`${address}/v1/accounts/acme/probes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ domains: [api.name] }),
    });
    expect(asked.ok).toBe(true);
    await probed(service, [api.name], 'match', since);
    const others = service.lines.filter(({ event, domain }) => event === 'probed' && domain !== api.name);
    expect(others).toEqual([]);
    await service.stop();
    await hanging.close();
  });
});
