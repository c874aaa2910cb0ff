import { describe, expect, test } from 'vitest';
import { readPins } from '../../../src/adapters/pin-formats/read-pins.ts';
import { made } from './made-pins.ts';

const [a, b] = [made('a'), made('b')];
const read = (text: string, okhttp?: string) => readPins(text, okhttp === undefined ? {} : { okhttp });

/** `HOST: pins`, in the notation of OkHttp. */
function rulesOf(text: string, okhttp?: string): string[] {
  const result = read(text, okhttp);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const stars = { exact: '', 'one-label': '*.', 'any-depth': '**.', 'leaf-cn': 'CN=' };
  return result.sets.flatMap(({ rules }) =>
    rules.map(
      ({ pattern, allOf }) =>
        `${stars[pattern.kind]}${pattern.name}: ${allOf.flatMap(({ anyOf }) => anyOf).join(' ')}`,
    ),
  );
}

function problemsOf(text: string, okhttp?: string): string[] {
  const result = read(text, okhttp);
  return result.ok ? [] : result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe('source', () => {
  test.each([
    ['Kotlin', `CertificatePinner.Builder()\n  .add("api.example.com", "${a}")\n  .build()`],
    ['Java', `new CertificatePinner.Builder().add("api.example.com", "${a}").build();`],
    ['a variable', `val b = CertificatePinner.Builder()\nb.add("api.example.com", "${a}")`],
    ['apply', `CertificatePinner.Builder().apply { add("api.example.com", "${a}") }.build()`],
    ['also', `CertificatePinner.Builder().also { it.add("api.example.com", "${a}") }.build()`],
    ['a raw string', `x.add("""api.example.com""", """${a}""")`],
    ['a text block', `new CertificatePinner.Builder().add("api.example.com", """\n    ${a}""")`],
    ['an escape', `x.add("api\\u002eexample.com", "${a}")`],
    ['upper case', `x.add("API.Example.COM", "${a}")`],
    ['no padding', `x.add("api.example.com", "${a.replace('=', '')}")`],
    ['a comment inside', `x.add(/* "no", */ "api.example.com", // "sha1/no"\n "${a}")`],
    ['comments outside', `/* .add("x", "sha1/x") */ x.add("api.example.com", "${a}") // .add(A, "sha256/x")`],
    ['a nested comment', `/* /* */ .add(A, "sha256/x") */ x.add("api.example.com", "${a}")`],
    ['a quote as a character', `val q = '"'; x.add("api.example.com", "${a}")`],
    ['other calls', `list.add("x", Y); val s = "\${f("sha")}"; x.add("api.example.com", "${a}")`],
  ])('%s', (_, text) => {
    expect(rulesOf(text)).toEqual([`api.example.com: ${a}`]);
  });

  test('several pins in one call, and several calls for one host, are united', () => {
    expect(rulesOf(`x.add("api.example.com", "${a}", "${b}")`)).toEqual([`api.example.com: ${a} ${b}`]);
    expect(rulesOf(`x.add("a.test", "${a}").add("a.test", "${b}").add("a.test", "${a}")`)).toEqual([
      `a.test: ${a} ${b}`,
    ]);
  });

  test('one asterisk is one label; two are any depth from 4.3 on, and nothing before', () => {
    expect(rulesOf(`x.add("*.example.com", "${a}")`)).toEqual([`*.example.com: ${a}`]);
    expect(rulesOf(`x.add("**.example.com", "${a}")`, '4.3')).toEqual([`**.example.com: ${a}`]);
    expect(rulesOf(`x.add("**.example.com", "${a}")`, '5.0.0-alpha.2')).toEqual([`**.example.com: ${a}`]);
    expect(rulesOf(`x.add("**.example.com", "${a}")`, '4.2.2')).toEqual([]);
    expect(problemsOf(`x.add("**.example.com", "${a}")`)).toEqual([
      '1:7 "**.example.com" pins every host below example.com from OkHttp 4.3 on, and no host before: say which version the app has, with --okhttp VERSION',
    ]);
  });

  test.each([
    ['a constant', `x.add(HOST, "${a}")`, '1:7 not a literal'],
    ['a constant pin', `CertificatePinner.Builder()\n  .add("a.test", PIN)`, '2:18 not a literal'],
    ['both, on a variable', `val p = CertificatePinner.Builder()\np.add(HOST, PIN)`, '2:7 not a literal'],
    ['concatenation', `x.add("a.test", "sha256/" + HASH)`, '1:17 not a literal'],
    ['a template', `x.add("a.test", "sha256/$HASH")`, '1:17 not a literal'],
    ['an array', `x.add("a.test", *arrayOf("${a}"))`, '1:17 not a literal'],
    ['SHA-1', `x.add("a.test", "sha1/AAAA")`, '1:17 "sha1/AAAA" is a SHA-1 hash'],
    [
      'no prefix',
      `CertificatePinner.Builder().add("a.test", "md5/AAAA")`,
      `1:43 OkHttp refuses it: "pins must start`,
    ],
    ['no base64', `x.add("a.test", "sha256/&")`, '1:17 OkHttp refuses it: "Invalid pin hash: sha256/&"'],
    [
      'a short hash',
      `x.add("a.test", "sha256/AAAA")`,
      '1:17 "sha256/AAAA" is no SHA-256 hash: expected 32 bytes, found 3',
    ],
    [
      'an asterisk elsewhere',
      `x.add("a*.test", "${a}")`,
      '1:7 OkHttp 4.3 and later refuses it: "Unexpected pattern',
    ],
    ['a URL', `x.add("https://a.test", "${a}")`, '1:7 OkHttp refuses it: "Invalid pattern: https://a.test"'],
    ['a pin in a constant alone', `CertificatePinner\nval P = "${a}"`, '2:9 expected a call such as'],
  ])('refuses %s', (_, text, problem) => {
    const [first = ''] = problemsOf(text);
    expect(first).toContain(problem);
  });
});

describe('the text of a failure', () => {
  const failure = (...pins: string[]) =>
    `javax.net.ssl.SSLPeerUnverifiedException: Certificate pinning failure!
  Peer certificate chain:
    ${made('c')}: CN=api.example.com
  Pinned certificates for api.example.com:
${pins.map((pin) => `    ${pin}\n`).join('')}	at okhttp3.CertificatePinner.check(CertificatePinner.java:204)`;

  test('gives the host and its pins', () => {
    expect(rulesOf(failure(a, b))).toEqual([`api.example.com: ${a} ${b}`]);
  });

  test('may have what a log puts before each line', () => {
    const logged = failure(a, b).replaceAll(/^/gm, '11-27 03:00:01.123  1234  1250 E AndroidRuntime: ');
    expect(rulesOf(logged)).toEqual([`api.example.com: ${a} ${b}`]);
  });

  test('twice is the same as once, unless the pins differ', () => {
    expect(rulesOf(`${failure(a)}\n${failure(a)}`)).toEqual([`api.example.com: ${a}`]);
    expect(problemsOf(`${failure(a)}\n${failure(b)}`)).toEqual([
      '10:3 this failure lists other pins for api.example.com than the one above: keep one',
    ]);
  });
});
