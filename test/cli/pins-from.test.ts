import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CheckOptions } from '../../src/cli/check.ts';
import { UsageError } from '../../src/cli/usage.ts';
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
  parse,
  run,
  serve,
} from './check-rig.ts';

const [leaf, other] = [ecdsa.pin, leafFor().pin];

function file(named: string, text: string): string {
  const path = join(folder, named);
  writeFileSync(path, text);
  return path;
}

function nsc(...pins: readonly string[]): string {
  const inside = pins
    .map((pin) => `<pin digest="SHA-256">${pin.slice('sha256/'.length)}</pin>`)
    .join('\n    ');
  return `<network-security-config>
  <domain-config>
    <domain includeSubdomains="true">lab.example</domain>
    <pin-set>
    ${inside}
    </pin-set>
  </domain-config>
</network-security-config>`;
}

test('0 if the server has what the app pins, 1 if not; the set is named after the file', async () => {
  const server = await serve([chain(ecdsa)]);
  const good = await look(server, { pinsFrom: file('good.xml', nsc(leaf, backup)), json: true });
  expect(good).toMatchObject({ status: 0, stderr: '' });
  expect(parse(good)).toMatchObject({
    verdict: 'match',
    pins: [],
    pinSets: [
      {
        ...{ name: 'good.xml', appVersion: null, verdict: 'match', until: null },
        pins: [
          { pin: leaf, seen: true },
          { pin: backup, seen: false },
        ],
      },
    ],
  });
  const bad = await look(server, { pinsFrom: file('bad.xml', nsc(other, backup)), json: true });
  expect(bad.status).toBe(1);
  expect(codes(bad)).toEqual(['pin_mismatch']);
  expect(parse(bad).findings[0]).toMatchObject({ pinSets: ['bad.xml'] });
});

test('with --pin, both have to match', async () => {
  const server = await serve([chain(ecdsa)]);
  const pinsFrom = file('app.xml', nsc(leaf, backup));
  const both = await look(server, { pin: [issuing.issued.pin, backup], pinsFrom, json: true });
  expect(both.status).toBe(0);
  expect(parse(both).pinSets?.map((set) => [set.name, set.verdict])).toEqual([
    ['own', 'match'],
    ['app.xml', 'match'],
  ]);
  const one = await look(server, { pin: [other, backup], pinsFrom, json: true });
  expect(one.status).toBe(1);
  expect(parse(one).pinSets?.map(({ verdict }) => verdict)).toEqual(['mismatch', 'match']);
});

test('the table names the set, with its pins', async () => {
  const server = await serve([chain(ecdsa)]);
  const { status, stdout } = await look(server, { pinsFrom: file('app.xml', nsc(leaf, backup)) });
  expect(status).toBe(0);
  expect(stdout).toContain(
    `pin set   app.xml: match\n          ${leaf}  seen\n          ${backup}  not seen: a backup\n`,
  );
});

test('a file that does not pin the host says so, and trust decides', async () => {
  const pinsFrom = file('elsewhere.kt', `CertificatePinner.Builder().add("elsewhere.example", "${leaf}")`);
  const result = await look(await serve([chain(ecdsa)]), { pinsFrom, json: true });
  expect(result).toMatchObject({
    status: 0,
    stderr: `--pins-from: "${pinsFrom}" (okhttp) does not pin ${name}: its app accepts any trusted key there\n`,
  });
  expect(parse(result).verdict).toBe('unpinned');
  const untrusted = await look(await serve([[ecdsa]]), { pinsFrom });
  expect(untrusted.status).toBe(1);
});

test('a file that the app would refuse is bad usage, with each place and what the app says', async () => {
  const pinsFrom = file('wrong.xml', nsc('sha256/AAAA', 'sha256/%').replace('lab.example', '*.lab.example'));
  await expect(run(name, { pinsFrom })).rejects.toThrow(
    new UsageError(
      `--pins-from: ${pinsFrom}:5:27: Android refuses the file: "digest length 3 does not match expected length for SHA-256 of 32"\n` +
        `${pinsFrom}:6:27: Android refuses the file: "digest length 0 does not match expected length for SHA-256 of 32"`,
    ),
  );
});

test('a warning goes to standard error, with its place', async () => {
  const text = nsc(leaf, backup).replace('  <domain-config>', '  <pin-set/>\n  <domain-config>');
  const pinsFrom = file('odd.xml', text);
  const result = await look(await serve([chain(ecdsa)]), { pinsFrom });
  expect(result).toMatchObject({
    status: 0,
    stderr: `${pinsFrom}:2:3: warning: Android skips <pin-set> here: it has no effect\n`,
  });
});

test('--format reads it as that format, by any of its names', async () => {
  const server = await serve([chain(ecdsa)]);
  const pinsFrom = file('app.xml', nsc(leaf, backup));
  expect((await look(server, { pinsFrom, format: 'Network-Security-Config' })).status).toBe(0);
  await expect(look(server, { pinsFrom, format: 'okhttp' })).rejects.toThrow('expected a call such as .add(');
});

test.each<[string, Partial<CheckOptions>, string]>([
  [
    'an unknown format',
    { pinsFrom: 'x', format: 'pem' },
    '--format: expected one of nsc, trustkit-android, ',
  ],
  [
    'a version that is none',
    { pinsFrom: 'x', okhttp: 'latest' },
    '--okhttp: expected a version such as 4.12.0, found "latest"',
  ],
  ['a format alone', { format: 'nsc' }, '--format: expected --pins-from with it, found none'],
  ['a version alone', { okhttp: '4.12' }, '--okhttp: expected --pins-from with it, found none'],
  [
    'a missing file',
    { pinsFrom: '/no/such' },
    '--pins-from: "/no/such" cannot be read: no such file (ENOENT)',
  ],
])('%s is bad usage', async (_, options, message) => {
  await expect(run(name, options)).rejects.toThrow(message);
});

test('a file that is no text, or too large, is bad usage', async () => {
  const read = (bytes: Buffer) => {
    const path = join(folder, 'bytes');
    writeFileSync(path, bytes);
    return run(name, { pinsFrom: path });
  };
  await expect(read(Buffer.from([0xff, 0x80]))).rejects.toThrow('expected text in UTF-8, found other bytes');
  await expect(read(Buffer.from('\ufeff<a/>', 'utf16le'))).rejects.toThrow('found UTF-16');
  await expect(read(Buffer.from('bplist00\xd1', 'latin1'))).rejects.toThrow('plutil -convert xml1');
  await expect(read(Buffer.alloc(1_048_577, 'a'))).rejects.toThrow('it has more than 1 MB');
});
