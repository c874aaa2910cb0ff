import { describe, expect, test } from 'vitest';
import type { Domain } from '../../src/core/domain.ts';
import type { Transition } from '../../src/core/incident.ts';
import { missingIssuer } from '../../src/core/missing-issuer.ts';
import type { Observation } from '../../src/core/observation.ts';
import { blankRecord, type DomainRecord, recordProbe } from '../../src/core/record.ts';
import { judgeLooks } from '../../src/core/verdict.ts';
import {
  certificate,
  failed,
  intermediate,
  leaf,
  newLeaf,
  now,
  pinOf,
  rules,
  seen,
} from '../support/observations.ts';

const minute = 60_000;
const api: Domain = { host: 'api.example.com', port: 443, pins: [leaf.pin, pinOf('backup')] };
const good = seen();
const bad = seen({ presented: [newLeaf, intermediate] });
const note = { note: 'the new key', by: 'alice', at: '2026-11-22T05:00:00Z' };

/** A domain's record over probes a quarter of an hour apart, each with five looks. */
function watch(from: DomainRecord = blankRecord) {
  let record = from;
  let at = now;
  return {
    probe(observations: readonly Observation[], domain: Domain = api): readonly Transition[] {
      at += 15 * minute;
      const looks = Array.from({ length: 5 }, () => observations);
      const judgement = judgeLooks(domain, looks, at, rules.expiringWithinMs);
      const issuer = missingIssuer(observations, record.lastCheck);
      const probe = { account: 'acme', judgement, sweep: String(at), at, domain };
      const result = recordProbe(record, { ...probe, missingIssuer: issuer }, rules);
      record = result.record;
      return result.transitions;
    },
    get record() {
      return record;
    },
  };
}
/** The one transition of a kind. */
const of = (transitions: readonly Transition[], kind: Transition['kind']) => {
  const [found, ...others] = transitions.filter((transition) => transition.kind === kind);
  expect(others).toEqual([]);
  return found;
};

describe('when it was last well', () => {
  test('is the last probe that matched, and stays so while the incident is open', () => {
    const { probe } = watch();
    probe([good]);
    probe([good]);
    probe([failed('connection_timeout')]);
    const lastWell = '2026-11-22T04:40:54Z';
    expect(of(probe([bad]), 'pin_mismatch')).toMatchObject({ transition: 'opened', lastWell });
    const another = seen({ presented: [certificate('another', 'intermediate'), intermediate] });
    expect(of(probe([another]), 'pin_mismatch')).toMatchObject({ transition: 'changed', lastWell });
    expect(of(probe([good]), 'pin_mismatch')).toMatchObject({ transition: 'closed', lastWell });
  });

  test('is unknown for a domain that never matched', () => {
    expect(of(watch().probe([bad]), 'pin_mismatch')).not.toHaveProperty('lastWell');
  });

  test('is kept for each kind separately: a domain can match and not be trusted', () => {
    const { probe } = watch();
    probe([good]);
    probe([seen({ hostMatches: false })]);
    expect(of(probe([bad]), 'pin_mismatch')).toMatchObject({ lastWell: '2026-11-22T04:40:54Z' });
  });

  test('is taken from the last check of a record that an older version has stored', () => {
    const older = watch();
    older.probe([good]);
    const { wellAt: _, opened: __, ...record } = older.record;
    const { probe } = watch({ ...record, lastProbeAt: now });
    expect(of(probe([bad]), 'pin_mismatch')).toMatchObject({ lastWell: '2026-11-22T04:10:54Z' });
  });
});

describe('why a mismatch closed', () => {
  const closed = (after: readonly Observation[], domain: Domain, opened = [bad]) => {
    const { probe } = watch();
    probe([good]);
    probe(opened);
    return of(probe(after, domain), 'pin_mismatch');
  };

  test('the server presents a pinned key again', () => {
    expect(closed([good], api)).toMatchObject({ recovery: { cause: 'server' }, was: ['pin_mismatch'] });
  });

  test('a person added a pin: which, who, when and why', () => {
    const pins = [...api.pins, newLeaf.pin];
    const domain = { ...api, pins, pinNotes: { [newLeaf.pin]: note } };
    expect(closed([bad], domain)?.recovery).toEqual({ cause: 'pins', pins: [{ pin: newLeaf.pin, ...note }] });
    const { recovery } = closed([bad], { ...api, pins, provisionedBy: 'pinwatch.yaml' }) ?? {};
    const fromFile = { pin: newLeaf.pin, by: 'pinwatch.yaml', at: null, note: null };
    expect(recovery).toEqual({ cause: 'pins', pins: [fromFile] });
  });

  test('a pin was added, but the server went back: the cause is the server', () => {
    const domain = { ...api, pins: [...api.pins, newLeaf.pin] };
    expect(closed([good], domain)?.recovery).toEqual({ cause: 'server' });
  });

  test('one endpoint went back and the other matches by the new pin alone: apps without it still fail there', () => {
    const second = { ...bad, address: '192.0.2.2' };
    const domain = { ...api, pins: [...api.pins, newLeaf.pin] };
    expect(closed([good, second], domain, [bad, second])).toMatchObject({
      recovery: { cause: 'pins', pins: [{ pin: newLeaf.pin }] },
    });
  });

  test('also if a probe in between was inconclusive: the pins at the opening count', () => {
    const { probe } = watch();
    probe([bad]);
    const domain = { ...api, pins: [...api.pins, newLeaf.pin] };
    probe([failed('connection_timeout')], domain);
    expect(of(probe([bad], domain), 'pin_mismatch')?.recovery).toMatchObject({ cause: 'pins' });
  });

  test('all pins were removed', () => {
    expect(closed([bad], { ...api, pins: [] })?.recovery).toEqual({ cause: 'pins', pins: [] });
  });

  test('it is probed differently, or the bad endpoints are no longer probed', () => {
    expect(closed([good], { ...api, connect: ['192.0.2.1'] })?.recovery).toEqual({ cause: 'settings' });
    // Clients may use an address for an hour after it left DNS.
    const { probe } = watch();
    probe([bad]);
    const elsewhere = { ...good, address: '192.0.2.9' };
    const later = Array.from({ length: 6 }, () => probe([elsewhere])).flat();
    expect(of(later, 'pin_mismatch')?.recovery).toEqual({ cause: 'gone' });
    // It still resolves there, and one key type is refused.
    const rsa = { ...failed('key_type_not_served', '192.0.2.1', 'rsa'), evidence: 'alert' } as const;
    const refused = closed([good, rsa], api, [good, { ...bad, keyType: 'rsa' }]);
    expect(refused?.recovery).toEqual({ cause: 'server' });
    // Settings that do not affect how it is probed.
    const muted = { ...api, mutedUntil: 2, mutedAt: 1, provisionedBy: 'pinwatch.yaml' };
    expect(closed([good], muted)?.recovery).toEqual({ cause: 'server' });
  });
});

test('the recovery of broken trust names all its causes', () => {
  const { probe } = watch();
  probe([seen({ hostMatches: false })]);
  const expired = certificate('leaf', 'intermediate', { notAfter: now - 1 });
  probe([seen({ presented: [expired, intermediate], problem: 'CERT_HAS_EXPIRED' })]);
  const transition = of(probe([good]), 'untrusted');
  expect(transition?.recovery).toEqual({ cause: 'server' });
  expect([...(transition?.was ?? [])].sort()).toEqual(['certificate_expired', 'host_name_mismatch']);
});

test('a backup pin is back because a pin was added, or because a key was changed', () => {
  const one = { ...api, pins: [leaf.pin] };
  const waiting = watch();
  const week = Array.from({ length: 7 * 24 * 4 + 1 }, () => waiting.probe([good], one)).flat();
  expect(of(week, 'no_backup_pin')?.transition).toBe('opened');
  expect(of(waiting.probe([good], api), 'no_backup_pin')?.recovery).toMatchObject({ cause: 'pins' });
});

describe('whether a client could fetch a missing intermediate', () => {
  const named = certificate('leaf', 'intermediate', { issuerUrl: 'http://ca.example.com/i.der' });
  const alone = (presented = named) => seen({ presented: [presented], anchor: null });

  test('not if the certificate names no issuer, or one of several does not', () => {
    expect(missingIssuer([good], null)).toBeNull();
    expect(missingIssuer([alone(leaf)], null)).toBe('unnamed');
    expect(missingIssuer([alone(), alone(leaf)], null)).toBe('unnamed');
  });

  test('perhaps if it does, and certainly if the issuer is known from another chain', () => {
    expect(missingIssuer([alone()], null)).toBe('named');
    expect(missingIssuer([alone(), { ...good, address: '192.0.2.2' }], null)).toBe('known');
  });

  test('the chain of the previous probe counts while the incident is open', () => {
    const { probe } = watch();
    probe([good]);
    expect(of(probe([alone()]), 'untrusted')).toMatchObject({ missingIssuer: 'known' });
    expect(
      of(probe([alone(), seen({ hostMatches: false, address: '192.0.2.2' })]), 'untrusted'),
    ).toMatchObject({
      transition: 'changed',
      missingIssuer: 'known',
    });
  });
});
