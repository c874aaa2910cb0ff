import { expect, test } from 'vitest';
import { alikeEndpoints, storyKey } from '../../src/core/alike-endpoints.ts';
import type { Observation } from '../../src/core/observation.ts';
import { judge, judgeLooks } from '../../src/core/verdict.ts';
import { failed, intermediate, leaf, newLeaf, now, seen } from '../support/observations.ts';

const domain = { host: 'api.example.com', port: 443, pins: [leaf.pin] };
const groupsOf = (...observations: readonly Observation[]) =>
  alikeEndpoints(judge(domain, observations, now, 0).check.endpoints).map((group) =>
    group.map(({ address, keyType }) => `${address} ${keyType}`),
  );

test('endpoints with the same answer are one group, the worst first', () => {
  const other = [newLeaf, intermediate];
  expect(
    groupsOf(
      failed('key_type_not_served', '192.0.2.1', 'rsa'),
      seen({ address: '192.0.2.1' }),
      seen({ address: '192.0.2.2', keyType: 'rsa' }),
      failed('connection_refused', '192.0.2.3'),
      seen({ address: '192.0.2.4', problem: 'CERT_HAS_EXPIRED' }),
      seen({ address: '192.0.2.5', presented: other }),
      failed('connection_refused', '192.0.2.6'),
    ),
  ).toEqual([
    ['192.0.2.5 ecdsa'],
    ['192.0.2.4 ecdsa'],
    ['192.0.2.3 ecdsa', '192.0.2.6 ecdsa'],
    ['192.0.2.1 ecdsa', '192.0.2.2 rsa'],
    ['192.0.2.1 rsa'],
  ]);
});

test('an endpoint whose connections disagreed has its own story; an address in a failure message does not matter', () => {
  const bad = seen({ presented: [newLeaf, intermediate] });
  const looks = [[bad, seen({ ...bad, presented: [newLeaf, intermediate], address: '192.0.2.2' })], [seen()]];
  const { endpoints } = judgeLooks(domain, looks, now, 0).check;
  expect(alikeEndpoints(endpoints)).toHaveLength(2);

  const refusals = ['192.0.2.1', '192.0.2.2'].map((address) => {
    const refusal = failed('target_forbidden', address);
    return { ...refusal, failure: { ...refusal.failure, message: `${address} is a documentation address` } };
  });
  const { endpoints: forbidden } = judge(domain, refusals, now, 0).check;
  expect(alikeEndpoints(forbidden)).toHaveLength(2);
  expect(new Set(forbidden.map(storyKey)).size).toBe(1);
});
