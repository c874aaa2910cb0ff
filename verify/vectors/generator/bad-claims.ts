import { bundle, channel, configurationClaims, issuedAt, signer, statementClaims } from './bundle.ts';
import { type Case, refused } from './case.ts';
import { type Claims, configuration, otherChannel, statement } from './refused-claims.ts';

/** Numbers, versions, audiences and keys that are not in form, or not for this client. */

/** Values that are no integer of the claim's range, as JSON has them. `null`: the member is missing. */
const noIntegers: readonly [name: string, text: string | null][] = [
  ['missing', null],
  ['null', 'null'],
  ['text', '"7"'],
  ['list', '[7]'],
  ['true', 'true'],
  ['negative', '-7'],
  ['minus-zero', '-0'],
  ['fraction', '7.5'],
  ['zero-fraction', '7.0'],
  ['exponent', '7e0'],
  ['exponent-upper-case', '7E2'],
  ['too-large', '9007199254740992'],
  ['far-too-large', '99999999999999999999999999999999'],
  ['64-bits-wrapped', '18446744073709551617'],
];

/** The value of one claim replaced in the text of all. */
function withText(claims: Claims, claim: string, text: string | null): string {
  const { [claim]: _, ...others } = claims;
  const rest = JSON.stringify(others).slice(1);
  return text === null ? `{${rest}` : `{"${claim}":${text},${rest}`;
}

const integers: readonly Case[] = [
  ...['v', 'gen', 'iat'].flatMap((claim) =>
    noIntegers.map(([name, text]) =>
      statement(
        `malformed-statement-${claim}-${name}`,
        `key statement: ${claim} ${text ?? 'missing'}`,
        withText(statementClaims(), claim, text),
      ),
    ),
  ),
  ...['v', 'ver', 'iat', 'exp'].flatMap((claim) =>
    noIntegers.map(([name, text]) =>
      configuration(
        `malformed-${claim}-${name}`,
        `${claim} ${text ?? 'missing'}`,
        withText(configurationClaims(), claim, text),
      ),
    ),
  ),
  ...noIntegers.flatMap(([name, text]) =>
    text === null
      ? []
      : [
          configuration(
            `malformed-refresh-${name}`,
            `refresh ${text}`,
            withText(configurationClaims(), 'refresh', text),
          ),
        ],
  ),
  statement('malformed-gen-zero', 'generation 0', statementClaims({ gen: 0 })),
  configuration('malformed-ver-zero', 'version 0', configurationClaims({ ver: 0 })),
  configuration('malformed-exp-is-iat', 'exp is iat', configurationClaims({ exp: issuedAt })),
  configuration('malformed-exp-before-iat', 'exp before iat', configurationClaims({ exp: issuedAt - 1 })),
  configuration('malformed-refresh-59', 'refresh 59', configurationClaims({ refresh: 59 })),
  configuration('malformed-refresh-86401', 'refresh 86,401', configurationClaims({ refresh: 86_401 })),
];

const versions: readonly Case[] = [
  statement('unsupported-statement', 'key statement: v 2', statementClaims({ v: 2 }), 'unsupported'),
  statement('unsupported-statement-0', 'key statement: v 0', statementClaims({ v: 0 }), 'unsupported'),
  statement('unsupported-statement-alone', 'key statement: v 2 and nothing else', { v: 2 }, 'unsupported'),
  configuration('unsupported', 'v 2', configurationClaims({ v: 2 }), 'unsupported'),
  configuration('unsupported-0', 'v 0', configurationClaims({ v: 0 }), 'unsupported'),
  configuration(
    'unsupported-other-form',
    'v 2 with claims of another form',
    { v: 2, aud: 7, domains: [] },
    'unsupported',
  ),
];

const noChannels: readonly [name: string, aud: unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['list', [channel]],
  ['25', channel.slice(1)],
  ['27', `${channel}a`],
  ['upper-case', channel.toUpperCase()],
  ['not-base32', channel.replace('m', '1')],
  ['line-end', `${channel}\n`],
  ['empty', ''],
];

const audiences: readonly Case[] = [
  ...noChannels.flatMap(([name, aud]) => [
    statement(`malformed-statement-aud-${name}`, `key statement: aud ${name}`, statementClaims({ aud })),
    configuration(`malformed-aud-${name}`, `aud ${name}`, configurationClaims({ aud })),
  ]),
  statement(
    'wrong-audience-statement',
    'the key statement of another channel',
    statementClaims({ aud: otherChannel }),
    'wrong_audience',
  ),
  configuration(
    'wrong-audience',
    'the configuration of another channel',
    configurationClaims({ aud: otherChannel }),
    'wrong_audience',
  ),
  refused(
    'wrong-audience-both',
    'wrong_audience',
    'a whole bundle of another channel',
    bundle({
      statement: { payload: statementClaims({ aud: otherChannel }) },
      configuration: { payload: configurationClaims({ aud: otherChannel }) },
    }),
  ),
];

const { x, y } = signer.jwk;
const badKeys: readonly [name: string, keys: unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['object', signer.jwk],
  ['empty', []],
  ['nine', Array(9).fill(signer.jwk)],
  ['with-null', [signer.jwk, null]],
  ['with-text', [signer.jwk, signer.kid]],
  ['private', [{ ...signer.jwk, d: 'A'.repeat(43) }]],
  ['with-kid', [{ ...signer.jwk, kid: signer.kid }]],
  ['with-use', [{ ...signer.jwk, use: 'sig' }]],
  ['without-kty', [{ crv: 'P-256', x, y }]],
  ['without-y', [{ kty: 'EC', crv: 'P-256', x }]],
  ['kty-okp', [{ kty: 'OKP', crv: 'Ed25519', x }]],
  ['kty-lower-case', [{ ...signer.jwk, kty: 'ec' }]],
  ['crv-p384', [{ ...signer.jwk, crv: 'P-384' }]],
  ['x-short', [{ ...signer.jwk, x: x.slice(0, 40) }]],
  ['x-long', [{ ...signer.jwk, x: `AA${x}` }]],
  ['x-padded', [{ ...signer.jwk, x: `${x}=` }]],
  ['x-number', [{ ...signer.jwk, x: 1 }]],
  ['off-curve', [signer.jwk, { ...signer.jwk, y: x }]],
  ['zero', [{ ...signer.jwk, x: 'A'.repeat(43), y: 'A'.repeat(43) }]],
  // p itself, which is 0 modulo p: some libraries reduce it.
  [
    'coordinate-is-p',
    [
      {
        ...signer.jwk,
        x: Buffer.from('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff', 'hex').toString(
          'base64url',
        ),
        y: Buffer.from('66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4', 'hex').toString(
          'base64url',
        ),
      },
    ],
  ],
];

const keys: readonly Case[] = badKeys.map(([name, value]) =>
  statement(`malformed-keys-${name}`, `keys: ${name}`, statementClaims({ keys: value })),
);

export const badClaims: readonly Case[] = [...integers, ...versions, ...audiences, ...keys];
