import { expect, test } from 'vitest';
import { defaultKeyTypes, type Observation } from '../../src/core/observation.ts';
import { judge } from '../../src/core/verdict.ts';
import { failed, leaf, now, seen } from '../support/observations.ts';

const domain = { host: 'api.example.com', port: 443, pins: [leaf.pin] };
const message = (...observations: Observation[]) =>
  judge(domain, observations, now, 0).check.findings.find(
    ({ code }) => code === 'unreachable' || code === 'endpoint_failed',
  )?.message;
const both = (code: Parameters<typeof failed>[0], address: string | null) =>
  defaultKeyTypes.map((keyType) => failed(code, address, keyType));

test('a name without an address fails once, whatever the key types', () => {
  expect(message(...both('dns_not_found', null))).toBe(
    'no endpoint could be judged: dns_not_found: made to fail: dns_not_found',
  );
});

test('addresses that fail alike are named together, without their key types', () => {
  expect(
    message(...both('connection_refused', '192.0.2.1'), ...both('connection_refused', '192.0.2.2')),
  ).toBe(
    'no endpoint could be judged: connection_refused: made to fail: connection_refused (192.0.2.1, 192.0.2.2)',
  );
});

test('different failures are each named, the most common first, with key types if they matter', () => {
  expect(
    message(
      failed('connection_reset', '192.0.2.1', 'ecdsa'),
      failed('tls_alert', '192.0.2.1', 'rsa'),
      ...both('tls_alert', '192.0.2.2'),
    ),
  ).toBe(
    'no endpoint could be judged: tls_alert: made to fail: tls_alert (192.0.2.1 rsa, 192.0.2.2); connection_reset: made to fail: connection_reset (192.0.2.1 ecdsa)',
  );
});

test('a key type that is not served comes last, however common it is', () => {
  expect(
    message(
      failed('key_type_not_served', '192.0.2.1', 'rsa'),
      failed('key_type_not_served', '192.0.2.2', 'rsa'),
      failed('connection_reset', '192.0.2.1', 'ecdsa'),
    ),
  ).toMatch(/^no endpoint could be judged: connection_reset: .*; key_type_not_served: /);
});

test('beside endpoints that were judged the failed ones are named and counted', () => {
  expect(message(seen(), failed('tls_alert', '192.0.2.1', 'rsa'))).toBe(
    '1 endpoint could not be judged: tls_alert: made to fail: tls_alert (192.0.2.1 rsa)',
  );
  expect(message(seen(), ...both('connection_timeout', '192.0.2.9'))).toBe(
    '2 endpoints could not be judged: connection_timeout: made to fail: connection_timeout (192.0.2.9)',
  );
  // Not a fault, so not named.
  expect(message(seen(), failed('key_type_not_served', '192.0.2.1', 'rsa'))).toBeUndefined();
});

test('it is bounded, however many addresses and failures there are', () => {
  const addresses = Array.from({ length: 64 }, (_, index) => `192.0.2.${index}`);
  const alike = addresses.flatMap((address) => both('connection_timeout', address));
  expect(message(...alike)).toMatch(/connection_timeout \(192\.0\.2\.0 and 63 more\)$/);
  const different = addresses.map((address) => {
    const one = failed('tls_alert', address);
    return { ...one, failure: { ...one.failure, message: address } };
  });
  expect(message(...different)).toMatch(/tls_alert: 192\.0\.2\.3 \(192\.0\.2\.3\); and 60 more$/);
});
