/** Right payloads of many kinds, from which the wrong ones are made. */
import {
  channel,
  deviceOf,
  expiresAt,
  issuedAt,
  nextSigner,
  pin,
  signer,
} from '../vectors/generator/bundle.ts';
import type { Random } from './random.ts';

/** What is asked about, once a bundle is accepted. */
export const questions = {
  hosts: [
    'api.example.com',
    'a.b.example.com',
    'example.com',
    'CDN.example.net.',
    'other.example',
    '1.2.3.4',
  ],
  device: 'AAAAAAAAAAAAAAAAAAAAAA',
  at: issuedAt + 3_600,
  path: [pin('leaf'), pin('intermediate'), pin('root')],
};

/** What a client holds, in the comparisons in which it holds something. */
export const heldTuple = { generation: 2, version: 41, issuedAt };

export function statement(random: Random): Record<string, unknown> {
  return {
    v: 1,
    aud: channel,
    gen: random.pick([1, 2, 2, 2, 3]),
    iat: 1_795_200_000,
    keys: random.pick([[signer.jwk], [signer.jwk, nextSigner.jwk], [nextSigner.jwk, signer.jwk]]),
  };
}

const names = [
  'api.example.com',
  'example.com',
  'b.example.com',
  'cdn.example.net',
  'example',
  'x.y.z',
  'a-b.c_d.e9',
];
const pins = ['leaf', 'intermediate', 'root', 'backup', 'other'].map(pin);

export function configuration(random: Random): Record<string, unknown> {
  const hosts = names.filter((name) => name.includes('.') && random.chance(0.5));
  const claims: Record<string, unknown> = {
    v: 1,
    aud: channel,
    ver: random.pick([40, 41, 41, 41, 42]),
    iat: issuedAt + random.pick([-1, 0, 0, 0, 1]),
    exp: random.chance(0.1) ? issuedAt + 3_600 : expiresAt,
    domains: Object.fromEntries(hosts.map((host) => [host, entry(random)])),
  };
  if (random.chance(0.3)) claims.refresh = random.pick([60, 180, 86_400]);
  if (random.chance(0.2)) claims.afterExpiry = random.pick(['enforce', 'off']);
  if (random.chance(0.2)) claims.default = random.pick(['off', 'roots']);
  if (random.chance(0.8)) claims.roots = [pin('root'), ...(random.chance(0.5) ? [pin('spare')] : [])];
  if (random.chance(0.2)) claims.devices = [device(random)];
  if (random.chance(0.1)) claims.note = [null, 1.5e-3, { any: 'thing' }];
  return claims;
}

function entry(random: Random): unknown {
  const mode = random.pick(['pins', 'pins', 'observe', 'roots', 'off']);
  const hasPins = mode === 'pins' || mode === 'observe' || random.chance(0.1);
  return {
    mode,
    ...(hasPins ? { pins: [random.pick(pins), random.pick(pins)] } : {}),
    ...(random.chance(0.4) ? { sub: random.chance(0.7) } : {}),
  };
}

function device(random: Random): unknown {
  return {
    h: deviceOf(random.pick([questions.device, 'another'])),
    until: questions.at + random.pick([-1, 0, 1]),
    ...(random.chance(0.5) ? { domains: [random.pick(['api.example.com', 'example.com'])] } : {}),
  };
}
