import { afterEach, expect, test } from 'vitest';
import type { BlindTransition } from '../../src/core/blind-incident.ts';
import { requires } from '../support/requires.ts';
import type { Received } from '../support/smtp.ts';
import { entryOf, machinePart, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('a service that sees nothing', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  const watchTold = (received: Received) => {
    const part = machinePart(received) as { watchTransitions?: readonly BlindTransition[] };
    return part.watchTransitions ?? [];
  };

  test('mails once for 40 domains, once when they are back, and then about the one that is not', async () => {
    stage = await setStage();
    const names = Array.from({ length: 40 }, (_, index) => `api${index}.example.com`);
    const apis = await Promise.all(names.map((name) => stage.api(name)));
    const config = await stage.configure(
      apis.map((api) => entryOf(api)),
      { interval: '4s' },
    );
    const service = stage.start({ config });
    const all = apis.map(({ name }) => name);
    await probed(service, all, 'match');
    await Promise.all(apis.map(({ server }) => server.close()));

    const blind = await stage.mail();
    expect(told(blind)).toEqual([]);
    expect(watchTold(blind)).toMatchObject([
      {
        kind: 'blind',
        transition: 'opened',
        severity: 'critical',
        blind: { domains: 40, lost: 40, seen: 0 },
      },
    ]);
    expect(blind.mail.subject).toBe('pinwatch is blind - CRITICAL: 40 domains out of sight [acme]');
    expect(blind.mail.text).toContain('connection_refused on 20 of 20 of those below');
    const { address } = await service.line('listening');
    const env = { PINWATCH_URL: String(address) };
    const cli = async (...args: string[]) => {
      const { status, stdout, stderr } = await stage.command(['incident', ...args], env);
      expect(status, stderr).toBe(0);
      return stdout;
    };
    const [{ incident = '' } = {}] = watchTold(blind);
    expect(await cli('list', 'acme')).toMatch(new RegExp(`${incident} +pinwatch itself +blind +critical`));
    await cli('acknowledge', 'acme', incident, '--note', 'calling the provider');
    const shown = await cli('show', 'acme', incident);
    expect(shown).toMatch(/^of +pinwatch itself$/m);
    expect(shown).toMatch(/^domains +40: 0 seen, 40 out of sight$/m);
    expect(shown).toContain('calling the provider');
    const status = await stage.command(['status'], env);
    expect(status).toMatchObject({ status: 2, stdout: expect.stringMatching(/^open +blind: 1 account$/m) });
    expect(status.stdout).toMatch(/^watch +40 domains; .*; 1 worker$/m);
    await service.sweeps(3);
    const { text } = await service.get('/metrics');
    expect(text).toContain('pinwatch_incidents_open{kind="blind"} 1\n');
    expect(text).toContain('pinwatch_incidents_open{kind="unreachable"} 40\n');
    expect(stage.smtp.received).toHaveLength(1);

    const [stays, ...back] = apis;
    const restarted = await Promise.all(
      back.map(({ host, server }) => stage.api(host, '127.0.0.1', server.port)),
    );
    // With other keys than before: a mismatch was never held back.
    restarted.forEach(({ server }, index) => {
      const chain = back[index]?.chain;
      if (chain !== undefined && index > 0) server.rotate([chain]);
    });
    const mails: Received[] = [];
    const lines = () =>
      mails.flatMap((mail) => [
        ...watchTold(mail).map(({ kind, transition }) => `${transition} ${kind}`),
        ...told(mail),
      ]);
    while (lines().length < 3) mails.push(await stage.mail());
    const expected = [
      'closed blind',
      `opened ${back[0]?.name} pin_mismatch`,
      `opened ${stays?.name} unreachable`,
    ];
    expect(lines().sort()).toEqual(expected.sort());
    await service.sweeps(2);
    expect((await service.get('/metrics')).text).toContain('pinwatch_incidents_open{kind="blind"} 0\n');
    expect(lines()).toHaveLength(3);
    expect(stage.smtp.received).toHaveLength(1 + mails.length);
  });
});
