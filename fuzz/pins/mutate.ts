/** A text with a few faults by chance: in characters, in what means something to a parser, and in its size. */
import { generator } from '../../lab/generator.ts';
import { mostImportedBytes } from '../../src/core/pin-set.ts';

type Random = () => number;
type Fault = (text: string, random: Random, others: readonly string[]) => string;

export function mutate(text: string, others: readonly string[], seed: number): string {
  const random = generator(seed);
  let changed = text;
  for (let count = 1 + below(random, 1 + below(random, 4)); count > 0; count -= 1) {
    const fault = faults[below(random, faults.length)];
    if (fault !== undefined) changed = fault(changed, random, others);
  }
  // One in a few hundred is as large as it may be: what is slow shows only then.
  return below(random, 300) === 0 ? grown(changed, random) : changed.slice(0, mostImportedBytes);
}

export const below = (random: Random, count: number) => Math.floor(random() * count);

/** What opens, closes, escapes or nests something in one of the formats. */
const pieces: readonly string[] = [
  ...[
    '<',
    '>',
    '</',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '<!DOCTYPE x [',
    '&',
    '&lt;',
    '&#x41;',
    '&#0;',
  ],
  ...[
    '"',
    '"""',
    "'",
    '\\',
    '\\u',
    '$',
    '${',
    '/*',
    '*/',
    '//',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    ';',
    '=',
    '@',
  ],
  ...[
    '<dict>',
    '<key>',
    '<string>',
    '<array/>',
    '<true/>',
    '<domain-config>',
    '<domain>',
    '<pin-set>',
    '<pin digest="SHA-256">',
  ],
  ...[
    'add(',
    '.add("a.example.com", "',
    'CertificatePinner.Builder()',
    'Pinned certificates for ',
    'sha256/',
    'sha1/',
  ],
  ...[
    'TSKPinnedDomains',
    'kTSKPublicKeyHashes',
    '__proto__',
    'constructor',
    'max-age=',
    'pin-sha256="',
    '*.',
    '**.',
  ],
  ...[
    '\n',
    '\r\n',
    '\t',
    '\u0000',
    '\ufeff',
    '\u2028',
    '\ud800',
    '\u{1f600}',
    '2026-12-31',
    '0',
    '1e999',
    '-1',
    'null',
  ],
];

const faults: readonly Fault[] = [
  (text, random) => splice(text, below(random, text.length + 1), 1, String.fromCharCode(below(random, 128))),
  (text, random) =>
    splice(
      text,
      below(random, text.length + 1),
      below(random, 3),
      pieces[below(random, pieces.length)] ?? '',
    ),
  (text, random) => splice(text, ...range(text, random), ''),
  (text, random) => {
    const [at, length] = range(text, random);
    return splice(text, at, 0, text.slice(at, at + length));
  },
  (text, random) => {
    const [at, length] = range(text, random);
    return splice(text, below(random, text.length + 1), 0, text.slice(at, at + length));
  },
  (text, random, others) => {
    const other = others[below(random, others.length)] ?? '';
    const [at, length] = range(other, random);
    return splice(text, below(random, text.length + 1), 0, other.slice(at, at + length));
  },
  (text, random) => text.slice(0, below(random, text.length + 1)),
  (text, random) => text.slice(below(random, text.length + 1)),
  (text, random) => {
    const lines = text.split('\n');
    const [one, other] = [below(random, lines.length), below(random, lines.length)];
    return lines
      .map((line, index) => (index === one ? lines[other] : index === other ? lines[one] : line))
      .join('\n');
  },
];

/** Where, and how much; short ranges are more frequent. */
function range(text: string, random: Random): [at: number, length: number] {
  return [below(random, text.length + 1), below(random, 2 ** below(random, 12))];
}

function splice(text: string, at: number, length: number, more: string): string {
  return text.slice(0, at) + more + text.slice(at + length);
}

/** A part of it, or a piece, repeated until the text is as large as it may be. */
function grown(text: string, random: Random): string {
  const [at, length] = range(text, random);
  const part = (random() < 0.5 ? text.slice(at, at + length) : pieces[below(random, pieces.length)]) || 'x';
  const times = Math.floor((mostImportedBytes - Buffer.byteLength(text)) / Buffer.byteLength(part));
  return splice(text, at, 0, part.repeat(Math.max(0, times)));
}
