import { describe, expect, test } from 'vitest';
import type { GeneralName } from '../../src/core/general-name.ts';
import { namesHost } from '../../src/core/host-name.ts';

const dns = (value: string): GeneralName => ({ kind: 'dns', value });
const ip = (...octets: number[]): GeneralName => ({ kind: 'ip', value: Uint8Array.from(octets) });

describe('a host name', () => {
  test.each<[string[], string, boolean]>([
    [['api.example.com'], 'api.example.com', true],
    [['www.example.com'], 'api.example.com', false],
    [['www.example.com', 'api.example.com'], 'api.example.com', true],
    [['example.com'], 'api.example.com', false],
    [['api.example.com'], 'API.Example.COM', true],
    // Absolute names
    [['api.example.com.'], 'api.example.com', true],
    [['api.example.com'], 'api.example.com.', true],
    [['api.example.com..'], 'api.example.com', false],
    [['*.example.com.'], 'api.example.com', true],
    // Wildcards
    [['*.example.com'], 'api.example.com', true],
    [['*.example.com'], 'a.b.example.com', false],
    [['*.example.com'], 'example.com', false],
    [['*.example.com'], '.example.com', false],
    [['*.com'], 'example.com', false],
    [['*'], 'intranet', false],
    [['*.'], 'intranet', false],
    [['a*.example.com'], 'api.example.com', false],
    [['*pi.example.com'], 'api.example.com', false],
    [['a.*.example.com'], 'a.api.example.com', false],
    [['*.*.example.com'], 'a.api.example.com', false],
    [['xn--*.example.com'], 'xn--bcher-kva.example.com', false],
    // Underscores and A-labels are compared like other characters
    [['pay_eu.api.example'], 'pay_eu.api.example', true],
    [['*.api.example'], 'pay_eu.api.example', true],
    [['*.api.example'], '_pay.api.example', true],
    [['xn--bcher-kva.example'], 'xn--bcher-kva.example', true],
    [['*.example.com'], 'xn--bcher-kva.example.com', true],
    [['bücher.example'], 'xn--bcher-kva.example', false],
    // Hostile or odd
    [['api.example.com\0.evil.example'], 'api.example.com', false],
    [['api.example.com '], 'api.example.com', false],
    [['.example.com'], 'api.example.com', false],
    [[''], '', false],
    [[], 'api.example.com', false],
    [['192.0.2.1'], '192.0.2.1', false],
    [['*.0.2.1'], '192.0.2.1', false],
  ])('%o name %s: %s', (names, host, expected) => {
    expect(namesHost(names.map(dns), host)).toBe(expected);
  });

  test('is not named by an address, a mail address or a URI', () => {
    expect(namesHost([{ kind: 'uri', value: 'https://api.example.com/' }], 'api.example.com')).toBe(false);
    expect(namesHost([{ kind: 'mail', value: 'api.example.com' }], 'api.example.com')).toBe(false);
    expect(namesHost([ip(192, 0, 2, 1)], 'api.example.com')).toBe(false);
  });
});

describe('an address', () => {
  const mapped = [...new Array(10).fill(0), 255, 255, 192, 0, 2, 1];
  const documentation = [0x20, 0x01, 0x0d, 0xb8, ...new Array(11).fill(0), 1];

  test.each<[number[], string, boolean]>([
    [[192, 0, 2, 1], '192.0.2.1', true],
    [[192, 0, 2, 2], '192.0.2.1', false],
    [documentation, '2001:db8::1', true],
    [documentation, '2001:DB8:0:0::1', true],
    [mapped, '::ffff:192.0.2.1', true],
    [mapped, '192.0.2.1', false],
    [[192, 0, 2], '192.0.2.1', false],
  ])('%o is %s: %s', (octets, host, expected) => {
    expect(namesHost([dns('api.example.com'), ip(...octets)], host)).toBe(expected);
  });
});
