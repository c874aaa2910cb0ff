import { describe, expect, test } from 'vitest';
import { advance } from '../../src/core/advance.ts';
import { quiet } from '../../src/core/incident.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import { day, now, rules, seen } from '../support/observations.ts';
import { bad, good, pins, watch } from './incident-rig.ts';

describe('acknowledged', () => {
  test('sends no reminders until the facts change', () => {
    const opened = watch();
    opened.probe(bad);
    const mismatch = opened.state.incidents.pin_mismatch;
    if (!mismatch) throw new Error('it is open');
    const acknowledged = { by: 'ann', at: '2026-11-22T05:00:00Z', note: 'rolling back' };
    const domain = watch(pins, {
      ...opened.state,
      incidents: { pin_mismatch: { ...mismatch, acknowledged } },
    });
    expect(domain.step(bad, { after: 2 * day })).toEqual([]);
    expect(domain.state.incidents.pin_mismatch?.acknowledged).toEqual(acknowledged);
    expect(domain.probe([...bad, seen({ address: '192.0.2.2' })])).toEqual(['pin_mismatch changed']);
    expect(domain.state.incidents.pin_mismatch?.acknowledged).toBeUndefined();
    expect(domain.probe(good)).toEqual(['pin_mismatch closed']);
  });
});

describe('muted', () => {
  test('nothing is told, and what is still open afterwards is told as opened', () => {
    const domain = watch();
    expect(domain.probe(bad, { muted: true })).toEqual([]);
    const since = domain.at;
    expect(domain.step(bad, { muted: true, after: 2 * day })).toEqual([]);
    expect(domain.probe(bad)).toEqual(['pin_mismatch opened']);
    expect(domain.state.incidents.pin_mismatch?.since).toBe(since);
    expect(domain.probe(good)).toEqual(['pin_mismatch closed']);
  });

  test('what opened and closed meanwhile is never told', () => {
    const domain = watch();
    domain.probe(bad, { muted: true });
    expect(domain.probe(good, { muted: true })).toEqual([]);
    expect(domain.probe(good)).toEqual([]);
  });

  test('a recovery is told if the problem had been told', () => {
    const domain = watch();
    domain.probe(bad);
    expect(domain.step(bad, { muted: true, after: 2 * day })).toEqual([]);
    expect(domain.probe(good, { muted: true })).toEqual(['pin_mismatch closed']);
  });

  test('facts that changed meanwhile are told afterwards', () => {
    const domain = watch();
    domain.probe(bad);
    const partial = [...bad, seen({ address: '192.0.2.2' })];
    expect(domain.probe(partial, { muted: true })).toEqual([]);
    expect(domain.probe(partial)).toEqual(['pin_mismatch changed']);
  });
});

test('a transition carries what the mail and the record need', () => {
  const judgement = judgeLooks({ host: 'api.example.com', port: 8443, pins }, [bad, bad], now, 14 * day);
  const { transitions } = advance(quiet, { account: 'acme', judgement, sweep: '1', at: now }, rules);
  expect(transitions).toEqual([
    {
      incident: expect.stringMatching(/^[a-z0-9]+-[a-z0-9]+$/),
      kind: 'pin_mismatch',
      transition: 'opened',
      severity: 'critical',
      domain: 'api.example.com:8443',
      since: '2026-11-22T04:10:54Z',
      at: '2026-11-22T04:10:54Z',
      check: judgement.check,
    },
  ]);
});
