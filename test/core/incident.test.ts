import { describe, expect, test } from 'vitest';
import { certificate, day, failed, intermediate, leaf, newLeaf, now, seen } from '../support/observations.ts';
import { bad, dead, good, hour, minute, pins, watch } from './incident-rig.ts';

describe('pin_mismatch', () => {
  test('opens when it is seen twice, and closes after one clean probe', () => {
    const domain = watch();
    expect(domain.next(good)).toBeNull();
    expect(domain.next(bad)).toEqual({ endpoints: ['192.0.2.1 ecdsa'], confirming: true });
    expect(domain.probe(bad)).toEqual(['pin_mismatch opened']);
    expect(domain.next(bad)).toBeNull();
    expect(domain.probe(bad)).toEqual([]);
    expect(domain.probe(good)).toEqual(['pin_mismatch closed']);
    expect(domain.probe(good)).toEqual([]);
  });

  test('is examined with five connections, whether the confirming one shares it or not', () => {
    const domain = watch();
    const once = { endpoints: ['192.0.2.1 ecdsa'], confirming: false };
    expect(domain.next(bad, good)).toEqual(once);
    expect(domain.next(bad, bad)).toEqual(once);
    expect(domain.next(bad, good, good, good)).toEqual(once);
    expect(domain.next(bad, good, good, good, good)).toBeNull();
  });

  test('a sighting that is not shared is kept for 24 hours, and opens when it is seen again', () => {
    const domain = watch();
    expect(domain.looks([bad, good, good, good, good])).toEqual([]);
    const firstAt = domain.at;
    expect(domain.step(good, { after: 12 * hour })).toEqual([]);
    expect(domain.looks([bad, good], { after: 12 * hour - 1 })).toEqual(['pin_mismatch opened']);
    expect(domain.state.incidents.pin_mismatch?.since).toBe(firstAt);
    expect(domain.state.sightings).toEqual({});
  });

  test('one that comes back within 24 hours of its recovery counts as a balancer that stayed with one server', () => {
    const domain = watch();
    domain.probe(bad);
    expect(domain.probe(good)).toEqual(['pin_mismatch closed']);
    expect(domain.probe(bad, { after: 12 * hour })).toEqual(['pin_mismatch opened']);
    expect(domain.probe(good)).toEqual([]);
    expect(domain.probe(good)).toEqual([]);
    expect(domain.probe(good)).toEqual(['pin_mismatch closed']);
    expect(domain.probe(bad, { after: day })).toEqual(['pin_mismatch opened']);
    expect(domain.probe(good)).toEqual(['pin_mismatch closed']);
  });

  test('a day without any observation is not enough', () => {
    const domain = watch();
    domain.looks([bad, good, good, good, good]);
    domain.looks([bad, good, good, good, good]);
    expect(domain.step(good, { after: 2 * day })).not.toContain('pin_mismatch closed');
  });

  test('a sighting is forgotten after 24 hours', () => {
    const domain = watch();
    domain.looks([bad, good]);
    expect(domain.looks([bad, good], { after: day })).toEqual([]);
  });

  test('a sighting is kept if the next looks are inconclusive', () => {
    const domain = watch();
    expect(domain.looks([bad, dead])).toEqual([]);
    expect(domain.step(dead)).toEqual([]);
    expect(domain.step(bad)).toEqual(['pin_mismatch opened']);
  });

  test('a probe that could not be made neither opens nor closes', () => {
    const domain = watch();
    domain.probe(bad);
    expect(domain.step(dead)).toEqual([]);
    expect(domain.state.incidents.pin_mismatch).toBeDefined();
  });

  test('does not close while the endpoint that was bad fails', () => {
    const domain = watch();
    const edge = seen({ address: '192.0.2.2', presented: [newLeaf, intermediate] });
    expect(domain.probe([...good, edge])).toEqual(['pin_mismatch opened']);
    expect(domain.probe([...good, failed('connection_refused', '192.0.2.2')])).toEqual([]);
    expect(domain.step([...good, failed('connection_refused', '192.0.2.3')])).toEqual([
      'pin_mismatch closed',
    ]);
  });

  test('other keys and another extent are told again, and only once', () => {
    const domain = watch();
    const third = seen({ presented: [certificate('third', 'intermediate'), intermediate] });
    expect(domain.probe(bad)).toEqual(['pin_mismatch opened']);
    expect(domain.next([third])).toMatchObject({ confirming: true });
    expect(domain.probe([third])).toEqual(['pin_mismatch changed']);
    expect(domain.probe(bad)).toEqual([]);
    const partial = [...bad, seen({ address: '192.0.2.2' })];
    expect(domain.probe(partial)).toEqual(['pin_mismatch changed']);
    expect(domain.probe(bad)).toEqual([]);
    expect(domain.probe(partial)).toEqual([]);
  });

  test('a server that shows a new key each time does not grow the record', () => {
    const domain = watch();
    for (let i = 0; i < 400; i += 1)
      domain.probe([seen({ presented: [certificate(`key ${i}`, 'intermediate')] })]);
    expect(domain.state.incidents.pin_mismatch?.told.length).toBeLessThanOrEqual(350);
  });

  test('is told again every 24 hours while open, even if nothing could be judged', () => {
    const domain = watch();
    domain.probe(bad);
    expect(domain.step(bad, { after: day - 15 * minute })).toEqual([]);
    expect(domain.step(bad, { after: 15 * minute })).toEqual(['pin_mismatch reminder']);
    expect(domain.step(dead, { after: day })).toEqual(['pin_mismatch reminder']);
  });

  test('the same probe recorded twice makes no second transition', () => {
    const domain = watch();
    domain.looks([bad, bad], { sweepId: 'a' });
    const { id, told } = domain.state.incidents.pin_mismatch ?? {};
    expect(domain.looks([bad, bad], { sweepId: 'a', after: 0 })).toEqual([]);
    expect(domain.state.incidents.pin_mismatch).toMatchObject({ id, told });
  });

  test('a key that comes back after the recovery is a new incident', () => {
    const domain = watch();
    domain.probe(bad);
    const before = domain.state.incidents.pin_mismatch?.id;
    domain.probe(good);
    expect(domain.probe(bad)).toEqual(['pin_mismatch opened']);
    expect(domain.state.incidents.pin_mismatch?.id).not.toBe(before);
  });
});

describe('untrusted', () => {
  const expired = [
    seen({
      presented: [certificate('leaf', 'intermediate', { notAfter: now - day }), intermediate],
      problem: 'CERT_HAS_EXPIRED',
    }),
  ];
  const nameless = [seen({ hostMatches: false })];

  test('needs a confirming look, tells another reason once, and closes', () => {
    const domain = watch();
    expect(domain.next(nameless)).toMatchObject({ confirming: true });
    expect(domain.probe(nameless)).toEqual(['untrusted opened']);
    expect(domain.probe(expired)).toEqual(['untrusted changed']);
    expect(domain.probe(nameless)).toEqual([]);
    expect(domain.probe(good)).toEqual(['untrusted closed']);
  });

  test('both looks must see it: first broken trust, then wrong keys', () => {
    const domain = watch();
    expect(domain.looks([nameless, bad])).toEqual([]);
    expect(Object.keys(domain.state.sightings)).toEqual(['pin_mismatch', 'untrusted']);
  });

  test('is open beside a mismatch, each with its own incident', () => {
    const domain = watch();
    const both = [seen({ presented: [newLeaf, intermediate], hostMatches: false })];
    expect(domain.probe(both)).toEqual(['pin_mismatch opened', 'untrusted opened']);
    expect(domain.probe(bad)).toEqual(['untrusted closed']);
  });
});

describe('unreachable', () => {
  test('opens after three sweeps in a row, since the first', () => {
    const domain = watch();
    expect(domain.step(dead)).toEqual([]);
    const firstAt = domain.at;
    expect(domain.step(dead)).toEqual([]);
    expect(domain.step(dead)).toEqual(['unreachable opened']);
    expect(domain.state.incidents.unreachable?.since).toBe(firstAt);
    expect(domain.probe(good)).toEqual(['unreachable closed']);
  });

  test('starts counting again after any conclusive probe', () => {
    const domain = watch();
    domain.step(dead);
    domain.step(dead);
    domain.probe(good);
    expect(domain.step(dead)).toEqual([]);
    expect(domain.step(dead)).toEqual([]);
    expect(domain.step(dead)).toEqual(['unreachable opened']);
  });

  test('counts a sweep once, and ad-hoc probes not at all', () => {
    const domain = watch();
    domain.step(dead, { sweepId: 'a' });
    domain.step(dead, { sweepId: 'a' });
    domain.step(dead, { sweepId: null });
    domain.step(dead, { sweepId: 'b' });
    expect(domain.state.unreachableSweeps).toBe(2);
    expect(domain.step(dead, { sweepId: 'c' })).toEqual(['unreachable opened']);
  });
});

describe('certificate_expiring', () => {
  const soon = (name: string, days: number) => [
    seen({
      presented: [
        certificate('leaf', 'intermediate', { notAfter: now + days * day, certificateSha256: name }),
        intermediate,
      ],
    }),
  ];

  test('opens at once, tells another date, closes when renewed', () => {
    const domain = watch();
    expect(domain.probe(soon('a', 10))).toEqual(['certificate_expiring opened']);
    expect(domain.probe(soon('b', 12))).toEqual(['certificate_expiring changed']);
    expect(domain.probe(good)).toEqual(['certificate_expiring closed']);
  });

  test('does not recover by expiring', () => {
    const domain = watch();
    domain.probe(soon('a', 1));
    const gone = [
      seen({
        presented: [certificate('leaf', 'intermediate', { notAfter: now }), intermediate],
        problem: 'CERT_HAS_EXPIRED',
      }),
    ];
    expect(domain.probe(gone)).toEqual(['untrusted opened']);
    expect(domain.state.incidents.certificate_expiring).toBeDefined();
  });
});

describe('no_backup_pin', () => {
  test('is told after a week without one, and at most weekly', () => {
    const domain = watch([leaf.pin]);
    expect(domain.probe(good)).toEqual([]);
    expect(domain.step(good, { after: 6 * day })).toEqual([]);
    expect(domain.step(dead, { after: 30 * minute })).toEqual([]);
    expect(domain.step(good, { after: day })).toEqual(['no_backup_pin opened']);
    expect(domain.step(good, { after: 6 * day })).toEqual([]);
    expect(domain.step(good, { after: day })).toEqual(['no_backup_pin reminder']);
  });

  test('a backup pin in between restarts the week', () => {
    const alone = watch([leaf.pin]);
    alone.step(good);
    alone.step(good, { after: 6 * day });
    const withBackup = watch(pins, alone.state);
    withBackup.step(good);
    const again = watch([leaf.pin], withBackup.state);
    again.step(good);
    expect(again.step(good, { after: 2 * day })).toEqual([]);
  });
});
