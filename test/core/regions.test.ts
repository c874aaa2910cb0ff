import { describe, expect, test } from 'vitest';
import { nextLook } from '../../src/core/next-look.ts';
import type { Observation } from '../../src/core/observation.ts';
import { addressesFrom, endpointName, endpointParts } from '../../src/core/place.ts';
import { blankRecord, type DomainRecord, duePlaces, recordProbe } from '../../src/core/record.ts';
import { parseRegion, regionsOf } from '../../src/core/region.ts';
import { isSameLook, settledUntil } from '../../src/core/unchanged.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import { failed, intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../support/observations.ts';

const minute = 60_000;
const domain = { host: 'api.example.com', port: 443, pins: [leaf.pin, pinOf('backup')] };
const good = seen();
const bad = seen({ presented: [newLeaf, intermediate] });
const west = (one: Observation): Observation => ({ ...one, region: 'eu-west' });
const east = (one: Observation): Observation => ({ ...one, region: 'us-east' });
const away: Observation = { ...failed('region_away', null), region: 'eu-west' };

function checked(...observations: readonly Observation[]) {
  return judgeLooks(domain, [observations], now, rules.expiringWithinMs).check;
}

/** A domain that is probed every 15 minutes, with the further looks that a probe makes. */
function watched(from: DomainRecord = blankRecord) {
  let record = from;
  let at = now;
  return {
    record: () => record,
    probe(...observations: readonly Observation[]) {
      at += 15 * minute;
      const looks = [observations];
      const judged = () => judgeLooks(domain, looks, at, rules.expiringWithinMs);
      while (nextLook(record, judged(), looks.length, at) !== null) looks.push(observations);
      const probe = { account: 'acme', judgement: judged(), sweep: String(at), at };
      const { record: next, transitions } = recordProbe(record, probe, rules);
      record = next;
      return transitions.map(({ kind, transition, recovery }) =>
        [kind, transition, ...(recovery ? [recovery.cause] : [])].join(' '),
      );
    },
  };
}

describe('the name of a region', () => {
  test.each(['eu-west', 'a', 'Frankfurt am Main', 'eu_west.1', 'x'.repeat(40)])('%s', (text) => {
    expect(parseRegion(text)).toEqual({ ok: true, value: text });
  });
  test.each(['', ' eu', 'eu ', '-', 'x'.repeat(41), 'eu:west', 'eu\nwest', 'Zürich', 'a"b'])(
    'not %j',
    (text) => {
      expect(parseRegion(text).ok).toBe(false);
    },
  );
});

test('an endpoint is named by its address, key type and region, in both directions', () => {
  const name = endpointName({ address: '2001:db8::1', keyType: 'rsa', region: 'Frankfurt am Main' });
  expect(endpointParts(name)).toEqual({
    address: '2001:db8::1',
    keyType: 'rsa',
    region: 'Frankfurt am Main',
  });
  expect(endpointParts('192.0.2.1 ecdsa')).toEqual({ address: '192.0.2.1', keyType: 'ecdsa' });
});

test('remembered places are of their region, and of each if they are older than regions', () => {
  const places = ['192.0.2.1 eu-west', '192.0.2.2 us-east', '192.0.2.3'];
  expect(addressesFrom(places, 'eu-west')).toEqual(['192.0.2.1', '192.0.2.3']);
  expect(addressesFrom(places, undefined)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
});

test('a domain is seen from the regions that it names; from all if none of them is known', () => {
  const known = ['eu-west', 'us-east'].map((name) => ({ name, workers: 1, silentMs: 0 }));
  expect(regionsOf(['us-east', 'moon'], known)).toEqual(known.slice(1));
  expect(regionsOf(['moon'], known)).toEqual(known);
  expect(regionsOf(undefined, known)).toEqual(known);
});

describe('a judgement', () => {
  test('says which regions see a mismatch, and which do not', () => {
    const { verdict, findings } = checked(west(bad), east(good));
    expect(verdict).toBe('mismatch');
    expect(findings[0]).toMatchObject({
      code: 'pin_mismatch_partial',
      message:
        'no pinned key is on the validated path of 1 of 2 endpoints (192.0.2.1 ecdsa from eu-west); seen from eu-west only (of eu-west and us-east)',
    });
    expect(checked(west(bad), east(bad)).findings[0]).toMatchObject({
      code: 'pin_mismatch',
      message:
        'no pinned key is on the validated path of any endpoint (2 endpoints judged); seen from every region (eu-west and us-east)',
    });
    expect(checked(east(bad), away).findings[0]?.message).toContain('; seen from us-east (eu-west is blind)');
  });

  test('names the region that cannot reach the domain', () => {
    const { verdict, findings } = checked(west(failed('connection_refused')), east(good));
    expect(verdict).toBe('match');
    expect(findings[0]).toMatchObject({
      code: 'endpoint_failed',
      message:
        'unreachable from eu-west only (of eu-west and us-east): 1 endpoint could not be judged: connection_refused: made to fail: connection_refused (192.0.2.1 from eu-west)',
    });
  });

  test('names the regions that do not trust the chain', () => {
    const { findings } = checked(west(seen({ hostMatches: false })), east(good));
    expect(findings[0]?.code).toBe('host_name_mismatch');
    expect(findings[0]?.message).toContain('; seen from eu-west only (of eu-west and us-east)');
  });

  test('blames no server for a region that is away', () => {
    expect(checked(away, east(good))).toMatchObject({ verdict: 'match', findings: [] });
    expect(checked(away)).toMatchObject({ verdict: 'inconclusive', findings: [] });
    expect(checked(away, east(failed('connection_refused'))).findings.map(({ code }) => code)).toEqual([
      'unreachable',
    ]);
  });

  test('carries no region if there is one', () => {
    expect(JSON.stringify(checked(bad, failed('connection_refused', '192.0.2.2')))).not.toContain('region');
  });
});

describe('an incident', () => {
  test('is told again if a further region sees it, and closes when each is well', () => {
    const { probe } = watched();
    expect(probe(west(bad), east(good))).toEqual(['pin_mismatch opened']);
    expect(probe(west(bad), east(good))).toEqual([]);
    expect(probe(west(bad), east(bad))).toEqual(['pin_mismatch changed']);
    expect(probe(west(good), east(bad))).toEqual([]);
    expect(probe(west(good), east(good))).toEqual(['pin_mismatch closed server']);
  });

  test('is closed by no region that is away, however long', () => {
    const { probe, record } = watched();
    probe(west(bad), east(good));
    for (let round = 0; round < 8; round += 1) expect(probe(away, east(good))).toEqual([]);
    expect(duePlaces(record())).toEqual(['192.0.2.1 eu-west']);
    expect(probe(west(good), east(good))).toEqual(['pin_mismatch closed server']);
  });

  test('ends when its region is forgotten, and says why', () => {
    const { probe } = watched();
    probe(west(bad), east(good));
    expect(probe(east(good))).toEqual(['pin_mismatch closed regions']);
  });

  test('goes on when the last other region is forgotten', () => {
    const { probe } = watched();
    probe(west(good), east(bad));
    // The only one that looks now sees it everywhere.
    expect(probe(bad)).toEqual(['pin_mismatch changed']);
    expect(probe(good)).toEqual(['pin_mismatch closed server']);
  });

  test('that is open when regions appear closes when each is well', () => {
    const { probe } = watched();
    probe(bad);
    expect(probe(west(good), east(bad))).toEqual(['pin_mismatch changed']);
    expect(probe(west(good), east(good))).toEqual(['pin_mismatch closed server']);
  });

  test('that a name without an address leaves open stays open when regions appear', () => {
    const { probe } = watched();
    probe(bad);
    expect(probe(west(failed('dns_failed', null)), east(failed('dns_failed', null)))).toEqual([]);
    expect(probe(west(good), east(good))).toEqual([]);
    expect(probe(west(good), east(good))).toEqual(['pin_mismatch closed server']);
  });

  test('"unreachable" counts no sweep in which nobody could look', () => {
    const { probe } = watched();
    const dead = west(failed('connection_refused'));
    probe(dead);
    probe(dead);
    for (let round = 0; round < 4; round += 1) expect(probe(away)).toEqual([]);
    expect(probe(dead)).toEqual(['unreachable opened']);
    expect(probe(away)).toEqual([]);
    expect(probe(west(good))).toEqual(['unreachable closed server']);
  });
});

test('a quiet domain with regions is settled, also while one is away; another region is another look', () => {
  const { probe, record } = watched();
  const look = [west(good), east(good)];
  probe(...look);
  probe(...look);
  expect(settledUntil(record(), look, rules, now + 30 * minute)).toBeGreaterThan(now + 30 * minute);
  expect(isSameLook(look, [west(good), east(good)])).toBe(true);
  expect(isSameLook(look, [east(good), west(good)])).toBe(false);
  expect(isSameLook([away, east(good)], [{ ...away, durationMs: 20 }, east(good)])).toBe(true);
  expect(isSameLook(look, [away, east(good)])).toBe(false);
});
