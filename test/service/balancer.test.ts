import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { entryOf, machinePart, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('the whole service, with several servers behind one address', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  async function watched() {
    const api = await stage.api('api.example.com');
    const entry = entryOf(api, { keyTypes: ['ecdsa'] });
    const service = stage.start({ config: await stage.configure([entry]) });
    await probed(service, [api.name], 'match');
    return { api, service };
  }

  test('reports once that half of the clients fail, and the recovery only when it is certain', async () => {
    const { api, service } = await watched();
    api.server.balance([[api.chain], [api.strange]]);
    const alarm = await stage.mail();
    expect(told(alarm)).toEqual([`opened ${api.name} pin_mismatch`]);
    const [opened] = machinePart(alarm).transitions;
    expect(opened?.check.findings[0]).toMatchObject({
      code: 'pin_mismatch_partial',
      severity: 'critical',
      message: expect.stringMatching(/ [23] of 5 connections to 127\.0\.0\.1 ecdsa$/),
    });
    expect(opened?.check.endpoints).toMatchObject([
      { verdict: 'mismatch', connections: { judged: 5, untrusted: 0 } },
    ]);
    expect((await service.get('/metrics')).text).toMatch(/^pinwatch_disagreements_total [1-9]/m);

    // Both servers answer equally often, so that every other look is clean.
    await service.sweeps(8);
    expect(stage.smtp.received).toHaveLength(1);

    api.server.rotate([api.chain]);
    const recovery = await stage.mail();
    expect(told(recovery)).toEqual([`closed ${api.name} pin_mismatch`]);
  });

  test('reports that one of two servers forgot its intermediate', async () => {
    const { api } = await watched();
    api.server.balance([[api.chain], [api.chain.slice(0, 1)]]);
    const alarm = await stage.mail();
    expect(told(alarm)).toEqual([`opened ${api.name} untrusted`]);
    const [opened] = machinePart(alarm).transitions;
    expect(opened?.check.findings[0]).toMatchObject({
      code: 'chain_incomplete',
      message: expect.stringMatching(/ on [23] of 5 connections to 127\.0\.0\.1 ecdsa$/),
    });
  });
});
