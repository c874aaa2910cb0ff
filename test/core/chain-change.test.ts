/** What was changed on a server since all was well, from probe to probe. */
import { expect, test } from 'vitest';
import type { Certificate } from '../../src/core/certificate.ts';
import type { Domain } from '../../src/core/domain.ts';
import { explainedStanding } from '../../src/core/explain.ts';
import type { Transition } from '../../src/core/incident.ts';
import type { Observation } from '../../src/core/observation.ts';
import { blankRecord, recordProbe } from '../../src/core/record.ts';
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

const api: Domain = { host: 'api.example.com', port: 443, pins: [leaf.pin, pinOf('backup')] };
const otherRoot = certificate('other root', 'other root');

/** A domain that is probed with two looks each time. */
function watch(domain: Domain = api) {
  let record = blankRecord;
  let at = now;
  return {
    probe(...observations: readonly Observation[]): readonly Transition[] {
      at += 900_000;
      const judgement = judgeLooks(domain, [observations, observations], at, rules.expiringWithinMs);
      const result = recordProbe(
        record,
        { account: 'acme', judgement, sweep: String(at), at, domain },
        rules,
      );
      record = JSON.parse(JSON.stringify(result.record));
      return result.transitions;
    },
    get record() {
      return record;
    },
    get former() {
      return record.former;
    },
  };
}

function never(): never {
  throw new Error('expected a check');
}

function changeTo(presented: readonly Certificate[], anchor = certificate('root', 'root'), domain = api) {
  const { probe } = watch(domain);
  probe(seen());
  return probe(seen({ presented, anchor }))[0]?.change;
}

const before = {
  ...{ keyType: 'ecdsa', pin: leaf.pin, issuer: 'CN=intermediate', notAfter: '2027-01-21T04:10:54Z' },
  ...{ root: pinOf('root'), matched: 'leaf' },
};
const lower = certificate('another intermediate', 'root');

test.each([
  ['the same issuer and a new key', 'key', [newLeaf, intermediate], undefined],
  [
    'another issuer under the same root',
    'intermediate',
    [certificate('leaf 2', 'another intermediate'), lower],
    undefined,
  ],
  ['another authority', 'authority', [certificate('leaf 2', 'other root')], otherRoot],
] as const)('%s', (_, kind, presented, anchor) => {
  expect(changeTo(presented, anchor)).toEqual({ kind, before, issuer: presented[0].issuer });
});

test('the same key under another issuer, when the issuer was pinned', () => {
  const domain = { ...api, pins: [intermediate.pin] };
  const again = { ...certificate('leaf', 'another intermediate'), pin: leaf.pin };
  expect(changeTo([again, lower], undefined, domain)).toMatchObject({
    kind: 'issuer',
    before: { matched: 'intermediate' },
    issuer: 'CN=another intermediate',
  });
});

test('the leaf of the same key type is compared, and what was well is kept until all is well again', () => {
  const watched = watch({ ...api, pins: [leaf.pin, pinOf('rsa leaf')] });
  const rsa = certificate('rsa leaf', 'rsa intermediate');
  watched.probe(seen(), seen({ keyType: 'rsa', presented: [rsa, intermediate] }));
  expect(watched.former).toBeUndefined();
  // Down in between: a server is often changed while it does not answer.
  watched.probe(failed('connection_refused'));
  expect(watched.former).toHaveLength(2);
  const bad = [
    seen(),
    seen({ keyType: 'rsa', presented: [certificate('new', 'rsa intermediate'), intermediate] }),
  ];
  expect(watched.probe(...bad)[0]?.change).toMatchObject({ kind: 'key', before: { pin: rsa.pin } });
  watched.probe(seen());
  expect(watched.former).toBeUndefined();
});

test('a second certificate with another type of key is that, and not a new key', () => {
  const { probe } = watch();
  probe(seen());
  const rsa = certificate('rsa leaf', 'intermediate');
  const [opened] = probe(seen(), seen({ keyType: 'rsa', presented: [rsa, intermediate] }));
  expect(opened?.change).toMatchObject({ kind: 'key_type', before: { keyType: 'ecdsa' } });
});

test('nothing is said of a domain that was never well, or of a warning', () => {
  expect(watch().probe(seen({ presented: [newLeaf, intermediate] }))[0]).not.toHaveProperty('change');
  const { probe } = watch();
  probe(seen());
  const expiring = { ...leaf, notAfter: now + 86_400_000 };
  const [warning] = probe(seen({ presented: [expiring, intermediate] }));
  expect(warning?.kind).toBe('certificate_expiring');
  expect(warning).not.toHaveProperty('change');
});

test('a new contact is told the same as the others were', () => {
  const watched = watch({ ...api, provisionedBy: 'pinwatch.yaml' });
  watched.probe(seen());
  const [opened] = watched.probe(seen({ presented: [newLeaf, intermediate] }));
  const { record } = watched;
  const domain = { ...api, provisionedBy: 'pinwatch.yaml' };
  const standing = explainedStanding('pin_mismatch', record, record.lastCheck ?? never(), domain);
  expect(standing).toEqual({
    lastWell: opened?.lastWell,
    change: opened?.change,
    provisionedBy: 'pinwatch.yaml',
  });
});

test('a notice says where the domain is defined', () => {
  const bad = seen({ presented: [newLeaf, intermediate] });
  expect(watch().probe(bad)[0]).toMatchObject({ provisionedBy: null });
  expect(watch({ ...api, provisionedBy: 'pinwatch.yaml' }).probe(bad)[0]).toMatchObject({
    provisionedBy: 'pinwatch.yaml',
  });
});
