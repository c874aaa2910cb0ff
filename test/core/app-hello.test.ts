import { expect, test } from 'vitest';
import { appSuites, isBeyondPhones, noAppOffers } from '../../src/core/app-hello.ts';

const modern = { suite: 'TLS_AES_128_GCM_SHA256', group: 'X25519', sha1: false };

test.each(Object.values(appSuites).flat())('some app offers %s', (suite) => {
  expect(noAppOffers(suite)).toBe(false);
});

test.each([
  'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_256_CBC_SHA256',
])('no app offers %s', (suite) => {
  expect(noAppOffers(suite)).toBe(true);
});

test('an unknown suite means nothing', () => {
  expect(noAppOffers(null)).toBe(false);
});

test.each(['RSA 2048', 'RSA 1024', 'RSA', 'EC P-256', 'EC P-384'])('phones take a %s key', (key) => {
  expect(isBeyondPhones(key, modern)).toBe(false);
  expect(isBeyondPhones(key, { ...modern, group: null })).toBe(false);
  expect(isBeyondPhones(key, { ...modern, group: 'P-521' })).toBe(true);
  expect(isBeyondPhones(key, { ...modern, sha1: true })).toBe(true);
});

test.each(['EC P-521', 'RSA-PSS 2048', 'Ed25519', 'Ed448', 'EC brainpoolP256r1', '1.2.3.4'])(
  'phones take no %s key',
  (key) => {
    expect(isBeyondPhones(key, modern)).toBe(true);
  },
);
