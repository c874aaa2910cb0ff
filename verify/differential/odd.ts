/** Values that readers of JSON and verifiers disagree about. */
import { channel, foreignRoot, nextSigner, pin, signer } from '../vectors/generator/bundle.ts';
import { copyOf, Members, Raw, type Tree, treeOf } from './json-tree.ts';
import type { Random } from './random.ts';

const nested = (depth: number) => new Raw('['.repeat(depth) + ']'.repeat(depth));

const numbers = [
  ...['0', '-0', '1', '-1', '2', '1.0', '1e0', '1E0', '10e-1', '41.0', '4.1e1', '60', '59', '86400', '86401'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '18446744073709551617', '1e400', '-1e400'],
  ...[
    '1795300000',
    '1795300000.0',
    '1.7953e9',
    '17953000000000000',
    '0.1',
    '1e-400',
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '-',
  ],
  ...['NaN', 'Infinity', '0x10', '1_000', '١', '１'],
].map((text) => new Raw(text));

const words = [
  ...['true', 'false', 'null', 'True', 'nul', 'undefined', "'a'", '', ','],
  '"\t"',
  '"\u007f"',
].map((text) => new Raw(text));

const strings = [
  ...[
    '""',
    '"\\ud800"',
    '"\\ude00\\ud83d"',
    '"\\ud83d\\ude00"',
    '"\\u0000"',
    '"\\x41"',
    '"\\u00g0"',
    '"\\U0041"',
    '"a',
  ],
  ...['"\\/"', '"\ud800"', '"\ufeff"', '"\\ud83dx"', '"\\ud83d\\u0041"'],
].map((text) => new Raw(text));

const texts = [
  ...[
    'pins',
    'PINS',
    'observe',
    'roots',
    'off',
    'enforce',
    'ES256',
    'none',
    'HS256',
    'EC',
    'P-256',
    'P-384',
    '1',
    '41',
  ],
  ...[
    channel,
    channel.toUpperCase(),
    channel.slice(1),
    `${channel}a`,
    `a${channel.slice(1)}`,
    channel.replace(/^./, '1'),
  ],
  ...[
    pin('leaf'),
    pin('leaf').slice(0, -1),
    pin('leaf').replace(/.=$/, '/='),
    `sha256/${pin('leaf')}`,
    `${pin('leaf')}=`,
  ],
  ...[
    'api.example.com',
    'API.example.com',
    'example.com.',
    '*.example.com',
    'example',
    '1.2.3.4',
    'a.0x1f',
    'a.0x',
    'a.b:1',
  ],
  ...[
    'xn--bcher-kva.example',
    'bücher.example',
    'a..b',
    '-a.b',
    'a-.b',
    '_a.b',
    'a.1',
    'a.1b',
    `${'a'.repeat(63)}.b`,
  ],
  ...[
    `${'a'.repeat(64)}.b`,
    `${'a.'.repeat(126)}b`,
    `${'a.'.repeat(127)}b`,
    'K.b',
    'ı.b',
    'a\u0000.b',
    'a。b',
  ],
  ...[
    signer.kid,
    foreignRoot.kid,
    signer.jwk.x,
    signer.jwk.y,
    'A'.repeat(43),
    `${'A'.repeat(42)}B`,
    'A'.repeat(44),
  ],
  ...['/////wAAAAEAAAAAAAAAAAAAAAD///////////////8', 'pin-keys+jwt', 'pin-config+jwt', 'PIN-KEYS+JWT', 'JWT'],
];

const { jwk } = nextSigner;
const trees: readonly Tree[] = [
  ...[[], [[]], [null], ['api.example.com'], new Members([])],
  ...[nested(12), nested(13), nested(14), nested(15), nested(16), nested(17), nested(1_000)],
  ...[
    treeOf(jwk),
    treeOf({ ...jwk, d: jwk.x }),
    treeOf({ ...jwk, y: jwk.x }),
    treeOf({ ...jwk, kid: nextSigner.kid }),
  ],
  ...[
    treeOf({ mode: 'off' }),
    treeOf({ mode: 'roots', sub: true }),
    treeOf({ mode: 'pins', pins: [pin('leaf')] }),
  ],
];

/** Names with a meaning in some language, and ones of the format at other places. */
const memberNames = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    '',
    ' ',
    'V',
    'v',
    'aud',
    'gen',
    'ver',
    'iat',
  ],
  ...[
    'exp',
    'nbf',
    'crit',
    'jwk',
    'jku',
    'x5c',
    'b64',
    'alg',
    'typ',
    'kid',
    'mode',
    'pins',
    'sub',
    'roots',
    'default',
  ],
  ...[
    'devices',
    'domains',
    'keys',
    'h',
    'until',
    'refresh',
    'afterExpiry',
    'd',
    'x',
    'example.com',
    'API.example.com',
  ],
];

export const oddName = (random: Random) =>
  random.chance(0.1) ? random.pick(texts) : random.pick(memberNames);

export function oddValue(random: Random): Tree {
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return random.pick(numbers);
    case 3:
      return random.pick(words);
    case 4:
      return random.pick(strings);
    case 5:
    case 6:
    case 7:
      return random.pick(texts);
    case 8:
      return random.pick([true, false, null]);
    default:
      return copyOf(random.pick(trees));
  }
}
