import {
  bundle,
  configurationClaims,
  expiresAt,
  foreignRoot,
  issuedAt,
  nextSigner,
  signer,
  statementClaims,
} from './bundle.ts';
import { type Case, held, refused } from './case.ts';
import { type Claims, configuration, otherChannel, statement } from './refused-claims.ts';

/** What is held against what is new, and which of two faults decides. */

const older = (name: string, code: string, title: string, over: Claims, stored = held()) =>
  refused(name, code, title, bundle({ configuration: { payload: configurationClaims(over) } }), stored);
const nextGeneration = held(
  statementClaims({ gen: 2, keys: [nextSigner.jwk] }),
  configurationClaims({ ver: 1 }),
);

const tuples: readonly Case[] = [
  older('rollback-version', 'rollback', 'a lower version with a later date', {
    ver: 40,
    iat: issuedAt + 86_400,
  }),
  older('rollback-date', 'rollback', 'the same version with an earlier date', { iat: issuedAt - 1 }),
  older(
    'rollback-generation',
    'rollback',
    'a lower generation with a higher version: the stolen key',
    { ver: Number.MAX_SAFE_INTEGER - 1 },
    nextGeneration,
  ),
  older('rollback-same-payload', 'rollback', 'the old generation as it was', {}, nextGeneration),
  older('conflict-configuration', 'conflict', 'another configuration with the same tuple', {
    exp: expiresAt + 1,
  }),
  older('conflict-spelling', 'conflict', 'the same claims in another spelling', { refresh: 180 }),
  refused(
    'conflict-keys',
    'conflict',
    'another key statement with the same tuple',
    bundle({ statement: { payload: statementClaims({ keys: [signer.jwk, nextSigner.jwk] }) } }),
    held(),
  ),
  refused(
    'conflict-keys-date',
    'conflict',
    'the key statement with another date',
    bundle({ statement: { payload: statementClaims({ iat: 1 }) } }),
    held(),
  ),
  refused('unchanged', 'unchanged', 'what the client holds', bundle(), held()),
  refused(
    'unchanged-other-header',
    'unchanged',
    'the same payloads under another header and signature',
    bundle({ configuration: { header: { typ: 'pin-config+jwt', kid: signer.kid, alg: 'ES256' } } }),
    held(),
  ),
  refused(
    'unchanged-largest',
    'unchanged',
    'tuples at the limit of integers',
    bundle({ configuration: { payload: configurationClaims({ ver: Number.MAX_SAFE_INTEGER }) } }),
    held(statementClaims(), configurationClaims({ ver: Number.MAX_SAFE_INTEGER })),
  ),
  older(
    'rollback-by-one',
    'rollback',
    'one version lower at the limit of integers',
    { ver: Number.MAX_SAFE_INTEGER - 1 },
    held(statementClaims(), configurationClaims({ ver: Number.MAX_SAFE_INTEGER })),
  ),
];

/** Two faults each: the earlier step decides. */
const orderOfSteps: readonly Case[] = [
  refused(
    'order-lines-before-header',
    'malformed',
    'line 2 is not base64url, and the root is foreign',
    bundle({ statement: { key: foreignRoot } }).replace(/\n$/, '=\n'),
  ),
  refused(
    'order-root-before-signature',
    'unknown_root',
    'a foreign root and a zero signature',
    bundle({ statement: { key: foreignRoot, signature: () => Buffer.alloc(64) } }),
  ),
  refused(
    'order-header-before-root',
    'malformed',
    'alg none and a foreign root',
    bundle({
      statement: { key: foreignRoot, header: { alg: 'none', typ: 'pin-keys+jwt', kid: foreignRoot.kid } },
    }),
  ),
  refused(
    'order-signature-before-claims',
    'bad_signature',
    'a zero signature of a payload that is no JSON',
    bundle({ statement: { payload: 'x', signature: () => Buffer.alloc(64) } }),
  ),
  statement(
    'order-form-before-audience',
    'another channel and no keys',
    statementClaims({ aud: otherChannel, keys: [] }),
  ),
  statement(
    'order-version-before-audience',
    'v 2 and another channel',
    statementClaims({ v: 2, aud: otherChannel }),
    'unsupported',
  ),
  refused(
    'order-first-line-first',
    'wrong_audience',
    'line 1 of another channel, line 2 with alg none',
    bundle({
      statement: { payload: statementClaims({ aud: otherChannel }) },
      configuration: { header: { alg: 'none', typ: 'pin-config+jwt', kid: signer.kid } },
    }),
  ),
  refused(
    'order-key-before-signature',
    'unknown_key',
    'an uncertified key and a zero signature',
    bundle({ configuration: { key: nextSigner, signature: () => Buffer.alloc(64) } }),
  ),
  configuration(
    'order-audience-before-entries',
    'another channel and a bad entry',
    configurationClaims({ aud: otherChannel, domains: [] }),
    'wrong_audience',
  ),
  configuration(
    'order-head-before-audience',
    'another channel and a bad refresh',
    configurationClaims({ aud: otherChannel, refresh: 1 }),
  ),
  older('order-entries-before-tuple', 'malformed', 'a lower version and a bad entry', {
    ver: 1,
    domains: [],
  }),
];

export const order: readonly Case[] = [...tuples, ...orderOfSteps];
