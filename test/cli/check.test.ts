import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { selfSigned } from '../../lab/authority.ts';
import { freePort } from '../../lab/child.ts';
import { silent } from '../../lab/hostile.ts';
import type { Chain } from '../../lab/tls-server.ts';
import type { CheckOptions } from '../../src/cli/check.ts';
import { UsageError } from '../../src/cli/usage.ts';
import { rootForms } from '../adapters/x509/root-forms.ts';
import { within } from '../support/within.ts';
import {
  backup,
  chain,
  codes,
  ecdsa,
  folder,
  issuing,
  leafFor,
  look,
  name,
  open,
  parse,
  root,
  rsa,
  run,
  serve,
  stray,
} from './check-rig.ts';

test('0 if a key on the path is pinned: leaf, intermediate or root', async () => {
  const server = await serve([chain(ecdsa)]);
  for (const [pin, position] of [
    [ecdsa.pin, 'leaf'],
    [issuing.issued.pin, 'intermediate'],
    [root.issued.pin, 'root'],
  ] as const) {
    const result = await look(server, { pin: [pin, backup], json: true });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(parse(result).verdict).toBe('match');
    expect(parse(result).endpoints[0]?.matched).toEqual({ pin, position });
  }
});

test('0 without pins, and the verdict says that there are none', async () => {
  const server = await serve([chain(ecdsa)]);
  const result = await look(server, { json: true });
  expect(result.status).toBe(0);
  expect(parse(result)).toMatchObject({ verdict: 'unpinned', pins: [], findings: [] });
});

test('1 on a mismatch, and on a pinned key that is only on a stray certificate', async () => {
  const server = await serve([chain(ecdsa, stray)]);
  expect(await look(server, { pin: [backup] })).toMatchObject({ status: 1 });
  const outside = await look(server, { pin: [stray.pin], json: true });
  expect(outside.status).toBe(1);
  expect(codes(outside)).toEqual(['pin_mismatch', 'pin_outside_path']);
});

test('1 if one of two key types mismatches', async () => {
  const server = await serve([chain(ecdsa), chain(rsa)]);
  const result = await look(server, { pin: [ecdsa.pin, backup], json: true });
  expect(result.status).toBe(1);
  expect(codes(result)).toEqual(['pin_mismatch_partial']);
});

test('1 on a broken trust, also without pins', async () => {
  const expired = leafFor({
    notBefore: new Date(Date.now() - 86_400_000 * 9),
    notAfter: new Date(Date.now() - 86_400_000),
  });
  const cases: [Chain, string][] = [
    [chain(expired), 'certificate_expired'],
    [[ecdsa], 'chain_incomplete'],
    [chain(leafFor({ names: ['other.lab.example'] })), 'host_name_mismatch'],
  ];
  for (const [sent, code] of cases) {
    const result = await look(await serve([sent]), { json: true });
    expect(result.status, code).toBe(1);
    expect(codes(result)).toEqual([code]);
  }
});

test('2 if nothing could be judged, whatever the pins', async () => {
  const port = await freePort();
  for (const pin of [[], [ecdsa.pin]]) {
    const result = await run(`${name}:${port}`, { connect: ['127.0.0.1'], pin, json: true });
    expect(result.status).toBe(2);
    expect(codes(result)).toEqual(['unreachable']);
  }
});

test('--json is the contract, key for key and in its order', async () => {
  const server = await serve([chain(ecdsa)]);
  const result = await look(server, { pin: [ecdsa.pin, backup], json: true });
  const keysOf = (value: object | undefined) => Object.keys(value ?? {}).join(' ');
  const found = parse(result);
  const [seen, failed] = found.endpoints;
  expect(keysOf(found)).toBe('host port verdict pins findings endpoints');
  expect(found.pins).toEqual([
    { pin: ecdsa.pin, seen: true },
    { pin: backup, seen: false },
  ]);
  const endpointKeys =
    'address keyType verdict protocol durationMs presented path trusted trustError matched failure';
  expect(keysOf(seen)).toBe(endpointKeys);
  expect(keysOf(failed)).toBe(endpointKeys);
  expect(keysOf(seen?.presented[0])).toBe('pin subject issuer notBefore notAfter certificateSha256 key');
  expect(keysOf(seen?.path[0])).toBe('pin subject from');
  expect(seen).toMatchObject({
    ...{ address: '127.0.0.1', keyType: 'ecdsa', verdict: 'match', protocol: 'TLSv1.3' },
    ...{ trusted: true, trustError: null, failure: null },
    path: [
      { pin: ecdsa.pin, subject: `CN=${name}`, from: 'presented' },
      { pin: issuing.issued.pin, subject: 'CN=Lab Intermediate', from: 'presented' },
      { pin: root.issued.pin, subject: 'CN=Lab Root', from: 'trust-store' },
    ],
  });
  expect(seen?.presented[0]).toMatchObject({
    subject: `CN=${name}`,
    issuer: 'CN=Lab Intermediate',
    key: 'EC P-256',
  });
  expect(seen?.presented[0]?.notAfter).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(seen?.presented[0]?.certificateSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(failed).toMatchObject({
    ...{ keyType: 'rsa', verdict: 'inconclusive', protocol: null, presented: [], path: [] },
    ...{ trusted: false, trustError: null, matched: null, failure: { code: 'key_type_not_served' } },
  });
  expect(keysOf(failed?.failure ?? {})).toBe('code message');
  const bad = parse(await look(server, { pin: [backup], json: true }));
  expect(keysOf(bad.findings[0])).toBe('code severity message');
});

test('pins are read in every spelling, without duplicates, and printed as sha256/…', async () => {
  const server = await serve([chain(ecdsa)]);
  const base64 = ecdsa.pin.slice('sha256/'.length);
  const hex = Buffer.from(base64, 'base64').toString('hex');
  const spellings = [base64, hex, `pin-sha256="${base64}"`, ecdsa.pin];
  const result = await look(server, { pin: spellings, json: true });
  expect(parse(result).pins).toEqual([{ pin: ecdsa.pin, seen: true }]);
});

test('--connect replaces resolution and is repeatable; --key-type limits what is offered', async () => {
  const first = await serve([chain(ecdsa), chain(rsa)]);
  await serve([chain(leafFor())], '127.0.0.2', first.port);
  const options = { connect: ['127.0.0.1', '127.0.0.2', '127.0.0.1'], keyType: ['ecdsa'], json: true };
  const result = await look(first, { ...options, pin: [ecdsa.pin, backup] });
  expect(parse(result).endpoints.map(({ address, keyType, verdict }) => [address, keyType, verdict])).toEqual(
    [
      ['127.0.0.1', 'ecdsa', 'match'],
      ['127.0.0.2', 'ecdsa', 'mismatch'],
    ],
  );
  expect(first.serverNames.at(-1)).toBe(name); // SNI is the host's, also at a chosen address
  const both = await look(first, { keyType: ['rsa', 'ecdsa', 'rsa'], json: true });
  expect(parse(both).endpoints.map(({ keyType }) => keyType)).toEqual(['rsa', 'ecdsa']);
});

test('--ca-file replaces the trust store, and warns about certificates that are not roots', async () => {
  const server = await serve([chain(ecdsa)]);
  const target = `${name}:${server.port}`;
  const without = await run(target, { connect: ['127.0.0.1'], json: true });
  expect(codes(without)).toEqual(['chain_untrusted']);
  const mixed = join(folder, 'mixed.pem');
  writeFileSync(mixed, root.pem + issuing.pem);
  const result = await look(server, { caFile: mixed, json: true });
  expect(result.status).toBe(0);
  expect(result.stderr).toBe('--ca-file: 1 certificate is not self-signed and not used as a trust anchor\n');
});

test('--ca-file counts however its PEM is written', async () => {
  const server = await serve([chain(ecdsa)]);
  for (const [form, text] of Object.entries(rootForms(root.pem, root.issued.keyPem))) {
    const caFile = join(folder, 'form.pem');
    writeFileSync(caFile, text);
    expect({ form, ...(await look(server, { caFile, json: true })) }).toMatchObject({
      status: 0,
      stderr: '',
    });
  }
});

test('--ca-file may be the self-signed certificate of the server', async () => {
  const own = selfSigned({ names: [name] });
  const server = await serve([[own]]);
  const caFile = join(folder, 'own.pem');
  writeFileSync(caFile, own.pem);
  const result = await look(server, { caFile, pin: [own.pin, backup], json: true });
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(codes(result)).toEqual([]);
  expect(parse(result).endpoints[0]).toMatchObject({
    trusted: true,
    matched: { pin: own.pin, position: 'leaf' },
  });
});

test('--timeout is the deadline of each endpoint; all are probed at once', async () => {
  const server = await serve([chain(ecdsa)]);
  const quiet = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
  open.push(...(await Promise.all(quiet.map((host) => silent({ host, port: server.port })))));
  const startedAt = performance.now();
  const looking = look(server, {
    connect: ['127.0.0.1', ...quiet],
    timeout: '1s',
    keyType: ['ecdsa'],
    json: true,
  });
  expect(await within(1_200, looking)).toBe(true);
  const result = await looking;
  const elapsedMs = performance.now() - startedAt;
  const [first, ...rest] = parse(result).endpoints;
  // One after another would take the sum of all deadlines, however slow the machine is.
  const oneByOne = rest.reduce((sum, { durationMs }) => sum + durationMs, 0);
  expect(elapsedMs).toBeLessThan(oneByOne * 0.9);
  expect(first?.failure).toBe(null);
  for (const { failure, durationMs } of rest) {
    expect(failure?.code).toBe('handshake_timeout');
    expect(durationMs).toBeGreaterThan(800);
  }
});

test.each<[string, string, Partial<CheckOptions>]>([
  ['HOST: "api.example.com/v1" is not a host: did you mean api.example.com?', 'api.example.com/v1', {}],
  ['HOST: "a.example:0": expected a port from 1 to 65535, found "0"', 'a.example:0', {}],
  ['--pin: expected sha256/ and 44 base64 characters, found "sha1/x"', 'a.example', { pin: ['sha1/x'] }],
  [
    '--connect: expected an IP address such as 192.0.2.10 or 2001:db8::10, found "localhost"',
    'a.example',
    { connect: ['localhost'] },
  ],
  ['--key-type: expected ecdsa, rsa or eddsa, found "dsa"', 'a.example', { keyType: ['dsa'] }],
  [
    '--key-type: expected ecdsa, rsa or eddsa, found "ecdsa,rsa": repeat the option for each value',
    'a.example',
    { keyType: ['ecdsa,rsa'] },
  ],
  ['--platform: expected android, ios or none, found "windows"', 'a.example', { platform: ['windows'] }],
  [
    '--platform: expected none alone, found it together with "ios"',
    'a.example',
    { platform: ['none', 'ios'] },
  ],
  [
    '--alpn: expected an ALPN protocol such as h2 or http/1.1 (1 to 255 ASCII characters, no spaces), found "h 2"',
    'a.example',
    { alpn: ['h 2'] },
  ],
  ['--timeout: expected 1ms to 5m, found "6m"', 'a.example', { timeout: '6m' }],
  [
    '--timeout: expected a duration such as 500ms, 10s, 15m or 1h30m, found "10": the unit is missing (ms, s, m, h or d)',
    'a.example',
    { timeout: '10' },
  ],
  [
    '--ca-file: "/nowhere.pem" cannot be read: no such file (ENOENT)',
    'a.example',
    { caFile: '/nowhere.pem' },
  ],
  [
    '--ca-file: "package.json": expected PEM with at least one self-signed root certificate, found none',
    'a.example',
    { caFile: 'package.json' },
  ],
])('bad usage names the value: %s', async (message, target, options) => {
  const failed = run(target, { json: true, ...options });
  await expect(failed).rejects.toThrow(new UsageError(message));
});

test('what a platform refuses is critical, unless its rules don’t count', async () => {
  const notAfter = new Date(Date.now() + 86_400_000 * 900);
  const server = await serve([chain(leafFor({ notAfter }))]);
  const result = await look(server, { json: true });
  expect(result.status).toBe(1);
  expect(parse(result)).toMatchObject({
    verdict: 'unpinned',
    findings: [
      { code: 'platform_refused', severity: 'critical', message: expect.stringMatching(/^refused by iOS: /) },
    ],
  });
  expect((await look(server)).stdout.replace(/\s+/g, ' ')).toMatch(
    /^FAIL \S+ some apps cannot connect: their platform refuses the server \(verdict: unpinned\) critical /,
  );
  for (const platform of [['android'], ['none']]) {
    expect(codes(await look(server, { platform, json: true }))).toEqual([]);
  }
  expect(await look(server, { platform: ['android', 'ios', 'ios'] })).toMatchObject({ status: 1 });
});
