import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { domainName } from '../../src/core/domain.ts';
import { parseTarget } from '../../src/core/target.ts';

const parse = (text: string, port?: number) => parseTarget(text, domainToASCII, port);
const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;

describe('parseTarget', () => {
  test.each([
    ['api.example.com', 'api.example.com', 443],
    [' API.Example.COM.:8443 ', 'api.example.com', 8443],
    ['localhost:1', 'localhost', 1],
    ['a_b._c.example.com:65535', 'a_b._c.example.com', 65535],
    ['bücher.example:8443', 'xn--bcher-kva.example', 8443],
    ['bücher。example', 'xn--bcher-kva.example', 443],
    ['192.0.2.10', '192.0.2.10', 443],
    ['192.0.2.10:8443', '192.0.2.10', 8443],
    ['2001:DB8:0:0::0010', '2001:db8::10', 443],
    ['[2001:db8::10]:8443', '2001:db8::10', 8443],
    ['[::1]', '::1', 443],
    ['::1:443', '::1:443', 443],
    [longest, longest, 443],
  ])('reads %s', (text, host, port) => {
    expect(parse(text)).toEqual({ ok: true, value: { host, port } });
  });

  test('takes the default port of its caller', () => {
    expect(parse('api.example.com', 8443)).toEqual({
      ok: true,
      value: { host: 'api.example.com', port: 8443 },
    });
    expect(parse('api.example.com:443', 8443)).toMatchObject({ value: { port: 443 } });
  });

  const shape = 'expected name:port, an IPv6 address, or an IPv6 address and port as in [2001:db8::1]:443';
  const number = 'its last label is a number, but it is not an IPv4 address of four decimal numbers';
  test.each([
    ['', 'expected a host such as api.example.com, found ""'],
    [
      'https://api.example.com/v1',
      '"https://api.example.com/v1" is not a host: did you mean api.example.com?',
    ],
    [
      'https://API.example.com:8443',
      '"https://API.example.com:8443" is not a host: did you mean api.example.com:8443?',
    ],
    [
      'https://u:p@api.example.com?x=/',
      '"https://u:p@api.example.com?x=/" is not a host: did you mean api.example.com?',
    ],
    ['//[::1]:8443/a', '"//[::1]:8443/a" is not a host: did you mean [::1]:8443?'],
    ['api.example.com/', '"api.example.com/" is not a host: did you mean api.example.com?'],
    ['/etc/passwd', '"/etc/passwd" is not a host'],
    ['api.example.com:', '"api.example.com:": expected a port from 1 to 65535, found ""'],
    ['api.example.com:0', '"api.example.com:0": expected a port from 1 to 65535, found "0"'],
    ['api.example.com:65536', '"api.example.com:65536": expected a port from 1 to 65535, found "65536"'],
    ['api.example.com:https', '"api.example.com:https": expected a port from 1 to 65535, found "https"'],
    [':443', '":443" is not a host: the name is missing'],
    ['.', '"." is not a host: a label is empty'],
    ['a..b', '"a..b" is not a host: a label is empty'],
    ['a b', '"a b" is not a host: expected letters, digits, hyphens and dots'],
    ['*.example.com', '"*.example.com" is not a host: a wildcard has no address to probe: name each host'],
    ['-a.example', '"-a.example" is not a host: a label cannot start or end with a hyphen, as "-a" does'],
    ['1.2.3', `"1.2.3" is not a host: ${number}`],
    ['256.1.1.1', `"256.1.1.1" is not a host: ${number}`],
    ['010.1.1.1', `"010.1.1.1" is not a host: ${number}`],
    ['0x7f.1', `"0x7f.1" is not a host: ${number}`],
    ['example.0x7f', `"example.0x7f" is not a host: ${number}`],
    ['\uff11\uff12\uff17.0.0.1', `"\uff11\uff12\uff17.0.0.1" is not a host: ${number}`],
    ['ü%2f.example', '"ü%2f.example" is not a host: expected letters, digits, hyphens and dots'],
    ['xn--ü.example', '"xn--ü.example" is not a host: not a valid internationalized domain name'],
    ['1:2:3', `"1:2:3" is not a host: ${shape}`],
    ['[::1', `"[::1" is not a host: ${shape}`],
    [
      '[192.0.2.1]:1',
      '"[192.0.2.1]:1" is not a host: expected an IPv6 address without a zone in the brackets',
    ],
    ['fe80::1%eth0', `"fe80::1%eth0" is not a host: ${shape}`],
    [`${'a'.repeat(64)}.example`, /a label has at most 63 characters, and "a{64}" has 64$/],
    [`d${longest}`, /a label has at most|a name has at most 253 characters, and this one has 254$/],
    ['a.'.repeat(600), /is not a host: it is too long$/],
  ])('refuses %.60s', (text, problem) => {
    const result = parse(text);
    expect(result.ok ? result.value : result.problem).toEqual(
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    );
  });

  test('what is accepted reads back as itself from its name, and nothing throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.domain(),
      fc.ipV4(),
      fc.ipV6(),
      fc.webUrl(),
      fc.tuple(fc.ipV6(), fc.nat(70_000)).map(([host, port]) => `[${host}]:${port}`),
      fc
        .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.nat(70_000))
        .map((parts) => parts.join(':')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const first = parse(input);
        if (!first.ok) return void expect(first.problem).not.toMatch(/\p{Cc}/u);
        expect(first.value.host).toMatch(/^[a-z0-9._:-]{1,253}$/);
        expect(parse(domainName(first.value))).toEqual(first);
      }),
      { numRuns: 1_000 },
    );
  });
});
