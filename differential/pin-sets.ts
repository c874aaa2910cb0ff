/** Pin sets as an app with OkHttp 3.13 has them in its source, by chance. */
import { generator } from '../lab/generator.ts';
import type { Pin } from '../src/core/pin.ts';

/** The version of Debian's libokhttp-java. */
export const okhttpVersion = '3.13';

/** The calls of `CertificatePinner.Builder.add`. */
export type PinnerCalls = readonly { readonly pattern: string; readonly pins: readonly string[] }[];

/** `count` of them for a host, with keys of its chains and others. The first three are plain. */
export function pinnerCallsFor(
  host: string,
  keys: readonly Pin[],
  seed: number,
  count: number,
): PinnerCalls[] {
  const random = generator(seed);
  const below = (most: number) => Math.floor(random() * most);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const patterns = patternsFor(host);
  const pin = () => pick(spellings)(random() < 0.6 ? pick(keys) : pick(foreign));
  const plain: PinnerCalls[] = [
    [{ pattern: host, pins: [keys[0] ?? pick(foreign), pick(foreign)] }],
    [{ pattern: patterns[1] ?? host, pins: [pick(foreign)] }],
    [{ pattern: `other.${host}`, pins: [pick(foreign)] }],
  ];
  const made = Array.from({ length: Math.max(0, count - plain.length) }, () =>
    Array.from({ length: 1 + below(3) }, () => ({
      pattern: pick(patterns),
      pins: Array.from({ length: 1 + below(2) }, () => (random() < 0.04 ? pick(wrong) : pin())),
    })),
  );
  return [...plain, ...made].slice(0, count);
}

/** The source in which an app has these calls. */
export function sourceOf(calls: PinnerCalls, language: 'kotlin' | 'java'): string {
  const lines = calls.map(({ pattern, pins }) => {
    const given = [pattern, ...pins].map((text) => JSON.stringify(text).replaceAll('$', '\\u0024'));
    return `    .add(${given.join(', ')})`;
  });
  const made = `${language === 'java' ? 'new ' : ''}CertificatePinner.Builder()`;
  return `// .add("${calls[0]?.pattern}", PIN)\nclient.certificatePinner(${made}\n${lines.join('\n')}\n    .build())\n`;
}

function patternsFor(host: string): string[] {
  const parent = host.slice(host.indexOf('.') + 1);
  const grandparent = parent.slice(parent.indexOf('.') + 1);
  return [
    ...[host, `*.${parent}`, host, `*.${parent}`],
    ...[
      host.toUpperCase(),
      `*.${host}`,
      `*.${grandparent}`,
      parent,
      `other.${parent}`,
      `${host}.`,
      `x${host}`,
    ],
    ...[`**.${parent}`, `**.${host}`, `*${host}`, `${host.slice(0, 2)}*.${parent}`, `*.*.${grandparent}`],
    ...['', `.${host}`, `a..${host}`, ` ${host}`],
  ];
}

/** Ways to write a pin that Okio decodes to the same bytes. */
const spellings: readonly ((pin: Pin) => string)[] = [
  (pin) => pin,
  (pin) => pin,
  (pin) => pin.slice(0, -1),
  (pin) => `sha256/${pin.slice('sha256/'.length).replaceAll('+', '-').replaceAll('/', '_')}`,
  (pin) => `${pin.slice(0, 20)} ${pin.slice(20)}\n`,
];

const foreign: readonly Pin[] = [1, 2, 3].map(
  (byte): Pin => `sha256/${Buffer.alloc(32, byte).toString('base64')}`,
);

/** OkHttp refuses each. */
const wrong: readonly string[] = ['sha256/!', 'sha256/A', 'md5/AAAA', `SHA256/${'A'.repeat(43)}=`, ''];
