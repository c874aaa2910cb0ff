/** A bundle with a few faults by chance: in the text of a header or payload, which is then signed rightly; or in its bytes. */
import { generator } from '../../lab/generator.ts';
import {
  bundle,
  configHeader,
  configurationClaims,
  deviceOf,
  keysHeader,
  nextSigner,
  type Parts,
  pin,
  signer,
  statementClaims,
} from '../../verify/vectors/generator/bundle.ts';

type Random = () => number;

const below = (random: Random, count: number) => Math.floor(random() * count);
function one<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[below(random, choices.length)];
  if (choice === undefined) throw new RangeError('no choice');
  return choice;
}

const statement = JSON.stringify(statementClaims({ keys: [signer.jwk, nextSigner.jwk] }));
const configuration = JSON.stringify(
  configurationClaims({
    refresh: 100,
    afterExpiry: 'off',
    default: 'roots',
    domains: {
      'api.example.com': { mode: 'pins', pins: [pin('leaf'), pin('backup')] },
      'example.net': { mode: 'observe', pins: [pin('leaf')], sub: true },
      'xn--bcher-kva.example': { mode: 'roots', sub: false },
      'off_1.example.org': { mode: 'off' },
    },
    roots: [pin('root')],
    devices: [{ h: deviceOf('x'), until: 1_795_400_000, domains: ['example.net'] }],
  }),
);

/** The same bundle for the same seed. */
export function mutatedBundle(seed: number): Buffer {
  const random = generator(seed);
  const texts = {
    statement: { header: JSON.stringify(keysHeader()), payload: statement },
    configuration: { header: JSON.stringify(configHeader()), payload: configuration },
  };
  const inBytes = random() < 0.2;
  for (let count = inBytes ? 0 : 1 + below(random, 3); count > 0; count -= 1) {
    const line = texts[random() < 0.3 ? 'statement' : 'configuration'];
    const part = random() < 0.15 ? 'header' : 'payload';
    line[part] = faultyText(line[part], random);
  }
  const bytes = Buffer.from(bundle(texts as Parts));
  return inBytes ? faultyBytes(bytes, random) : bytes;
}

const token = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|\s+|\w+|[\s\S]/g;

const oddTokens: readonly string[] = [
  ...[
    'null',
    'true',
    'false',
    '{}',
    '[]',
    '""',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\',
    ' ',
    '\t',
    '\n',
    '\f',
    '\u00a0',
  ],
  ...['0', '-0', '1', '2', '-1', '1.0', '1e0', '0.1', '00', '60', '59', '86400', '86401', '9007199254740991'],
  ...[
    '9007199254740992',
    '9007199254740993',
    '1e400',
    '18446744073709551616',
    'NaN',
    '0x1',
    '+1',
    '.5',
    '1.',
  ],
  ...[
    '"v"',
    '"aud"',
    '"ver"',
    '"mode"',
    '"pins"',
    '"sub"',
    '"ES256"',
    '"none"',
    '"roots"',
    '"off"',
    '"observe"',
  ],
  ...[
    '"\\u0061ud"',
    '"\\ud83d"',
    '"\\ude00"',
    '"\\ud83d\\ude00"',
    '"\ufeff"',
    '"\u{1f600}"',
    '"\\x"',
    '"\\u12"',
    "'v'",
  ],
  ...[
    '"localhost"',
    '"a.b"',
    '"A.b"',
    '"a.1"',
    '"a.0x"',
    '"a.0xg"',
    '"a..b"',
    '"a.b."',
    '"*.a.b"',
    '"-a.b"',
    '"a-.b"',
    '"_.b"',
  ],
  ...[
    '"192.0.2.1"',
    '"__proto__"',
    '"constructor"',
    `"${'a'.repeat(64)}.b"`,
    `"${pin('leaf')}"`,
    `"${'A'.repeat(43)}="`,
  ],
  `"${'A'.repeat(42)}B="`,
];

function faultyText(text: string, random: Random): string {
  const tokens = text.match(token) ?? [];
  const at = below(random, tokens.length);
  const other = tokens[below(random, tokens.length)] ?? '';
  const end = Math.min(tokens.length, at + 1 + below(random, 12));
  switch (below(random, 9)) {
    case 0:
      return tokens.toSpliced(at, 1, one(random, oddTokens)).join('');
    case 1:
      return tokens.toSpliced(at, 0, one(random, oddTokens)).join('');
    case 2:
      return tokens.toSpliced(at, end - at).join('');
    case 3:
      return tokens.toSpliced(at, 0, ...tokens.slice(at, end)).join('');
    case 4:
      return tokens.toSpliced(at, 1, other).join('');
    case 5:
      return tokens.toSpliced(at, 0, one(random, [' ', '\n', '\t', '\r'])).join('');
    case 6:
      return tokens.toSpliced(at, 1, faultyToken(tokens[at] ?? '', random)).join('');
    case 7:
      // A member more, known or not.
      return text.replace('{', `{${one(random, oddTokens)}:${one(random, oddTokens)},`);
    default: {
      const depth = one(random, [1, 2, 14, 15, 16, 17, 40]);
      return tokens.toSpliced(at, 1, `${'['.repeat(depth)}${tokens[at]}${']'.repeat(depth)}`).join('');
    }
  }
}

/** One character another, gone, doubled, escaped, or in the other case. */
function faultyToken(text: string, random: Random): string {
  const at = below(random, text.length);
  const character = text[at] ?? '';
  const code = character.charCodeAt(0);
  const replacement = one(random, [
    String.fromCharCode(code ^ (1 << below(random, 7))),
    String.fromCharCode(below(random, 0x180)),
    '',
    character + character,
    `\\u${code.toString(16).padStart(4, '0')}`,
    character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase(),
  ]);
  return text.slice(0, at) + replacement + text.slice(at + 1);
}

function faultyBytes(bytes: Buffer, random: Random): Buffer {
  const at = below(random, bytes.length);
  const end = Math.min(bytes.length, at + 1 + below(random, 2 ** below(random, 9)));
  const lineEnd = bytes.indexOf(10) + 1;
  switch (below(random, 6)) {
    case 0:
      return altered(bytes, at, (bytes[at] ?? 0) ^ (1 << below(random, 8)));
    case 1:
      return altered(bytes, at, one(random, [0x2e, 0x0a, 0x0d, 0x3d, 0x2b, 0x2f, 0x2d, 0x5f, 0x20, 0x41]));
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 4:
      return bytes.subarray(0, at);
    default:
      return Buffer.concat([bytes.subarray(lineEnd), bytes.subarray(0, lineEnd)]);
  }
}

function altered(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}
