import { expect, test } from 'vitest';
import { sha256 } from '../../../src/adapters/files/backup-file.ts';
import { backupKinds } from '../../../src/adapters/redis/key-kinds.ts';
import type { BackupEntry } from '../../../src/core/backup-format.ts';
import { storeSchema } from '../../../src/core/store-schema.ts';
import { backUp } from '../../../src/flow/backup/back-up.ts';
import { DamagedBackup, readBackup } from '../../../src/flow/backup/read-backup.ts';

const entries: readonly BackupEntry[] = [
  { kind: 'accounts', members: ['acme'] },
  { kind: 'tokens', fields: [['aa', '{}']] },
  { account: 'acme', kind: 'account', text: '{}' },
  { account: 'acme', kind: 'domains', fields: [['api.example.com', '{}']] },
  { account: 'acme', kind: 'records', fields: [['api.example.com', { base64: '//8=' }]] },
  { account: 'acme', kind: 'history', of: 'api.example.com', items: ['{}', '{}'] },
  { account: 'acme', kind: 'adoption', of: '2026-11-27', fields: [['7', '1']], expiresAt: 1_795_000_000_000 },
];

async function written(): Promise<string[]> {
  const lines: string[] = [];
  const source = {
    store: async () => ({ identity: null, schema: storeSchema }),
    async *entries() {
      yield* entries;
    },
  };
  const write = async (line: string) => void lines.push(line.slice(0, -1));
  await backUp({ source, write, checksum: sha256(), clock: () => 1_795_000_000_000, version: '0.1.0' });
  return lines;
}

async function read(lines: readonly string[], taken: BackupEntry[] = []) {
  async function* all() {
    yield* lines;
  }
  return readBackup(all(), backupKinds(), sha256(), async (entry) => void taken.push(entry));
}

test('what was written is read', async () => {
  const taken: BackupEntry[] = [];
  const whole = await read(await written(), taken);
  expect(taken).toEqual(entries);
  expect(whole).toMatchObject({
    header: { pinwatch: '0.1.0', schema: storeSchema, time: '2026-11-18T11:06:40Z', store: null },
    counts: { entries: 7, accounts: 1, domains: 1, tokens: 1 },
  });
});

type Change = (lines: string[]) => string[];
const line =
  (number: number, from: string, to: string): Change =>
  (lines) =>
    lines.map((text, index) => (index === number - 1 ? text.replace(from, to) : text));

test.each<[string, Change, string]>([
  ['an empty file', () => [], 'line 1: expected a backup, found an empty file'],
  [
    'another file',
    () => ['{"a":1}'],
    'line 1: expected the header {"format":"pinwatch-backup",…}, found "{\\"a\\":1}"',
  ],
  [
    'binary',
    () => ['\u0000\u0001'],
    'line 1: expected the header {"format":"pinwatch-backup",…}, found "\\u0000\\u0001"',
  ],
  [
    'a newer format',
    line(1, '"version":1', '"version":2'),
    'line 1: version: expected at most 1, found 2: it was written by a newer pinwatch ("0.1.0"); restore it with that version',
  ],
  [
    'a newer schema',
    line(1, `"schema":${storeSchema}`, '"schema":99'),
    `line 1: schema: expected at most ${storeSchema}, found 99: it was written by a newer pinwatch ("0.1.0")`,
  ],
  [
    'a bad time',
    line(1, '2026-11-18', 'yesterday '),
    'line 1: time: expected a time as in RFC 3339, found "yesterday T11:06:40Z"',
  ],
  [
    'a time with a comment, which could move the cursor',
    line(1, '2026-11-18T11:06:40Z', '2026-11-18 (\\u001b[2J)'),
    'line 1: time: expected a time as in RFC 3339, found "2026-11-18 (\\u001b[2J)"',
  ],
  [
    'a bad store',
    line(1, '"store":null', '"store":{"id":"a b"}'),
    'line 1: store: expected null, or id, generation and follows, found {',
  ],
  [
    'cut off after an entry',
    (lines) => lines.slice(0, 4),
    'line 4: expected the end of a backup after it, found none: the file was cut off',
  ],
  [
    'cut off within an entry',
    (lines) => [...lines.slice(0, 3), lines[3]?.slice(0, 20) ?? ''],
    'line 4: expected a JSON object, found "{\\"account\\":\\"acme\\",',
  ],
  ['a changed value', line(4, '{}', '{ }'), 'line 9: end: expected a file of SHA-256 '],
  ['a changed header', line(1, '0.1.0', '0.1.1'), 'line 9: end: expected a file of SHA-256 '],
  [
    'a missing entry',
    (lines) => lines.filter((_, index) => index !== 3),
    'line 8: end: expected 7 entries before it, found 6: the file was changed',
  ],
  [
    'lines after the end',
    (lines) => [...lines, '{}'],
    'line 10: expected nothing after the end, found another line',
  ],
  [
    'line ends of Windows',
    (lines) => lines.map((text) => `${text}\r`),
    'line 9: end: expected a file of SHA-256 ',
  ],
  ['no kind', line(5, '"kind":"domains"', '"kind":7'), 'line 5: kind: expected a name, found 7'],
  ['an unknown kind', line(5, 'domains', 'names'), 'line 5: kind: expected one of account, domains, roots, '],
  [
    'a kind of an account without one',
    line(4, '"account":"acme",', ''),
    'line 4: kind: expected one of accounts, tokens, ',
  ],
  [
    'a bad account',
    line(4, 'acme', '../x'),
    'line 4: account: expected an account name of 1 to 63 lower-case letters',
  ],
  [
    'no domain',
    line(7, '"of":"api.example.com",', ''),
    'line 7: of: expected a domain or a day, found nothing',
  ],
  ['a domain too many', line(4, '"kind"', '"of":"x","kind"'), 'line 4: of: expected none, found "x"'],
  [
    'a second form, which would be written, too',
    line(4, '"text"', '"members":["x"],"text"'),
    'line 4: expected only text of account, found "members" as well',
  ],
  [
    'a value of any depth',
    line(4, '"{}"', '['.repeat(100_000) + ']'.repeat(100_000)),
    'line 4: text: expected the text of account, found a value that is nested too deeply',
  ],
  ['another form', line(4, '"text"', '"items"'), 'line 4: text: expected the text of account, found nothing'],
  [
    'half a field',
    line(5, ',"{}"]', ']'),
    'line 5: fields: expected a list of fields with their values of domains, found [[',
  ],
  [
    'bad base64',
    line(6, '//8=', '***'),
    'line 6: fields: expected a list of fields with their values of records, found [[',
  ],
  [
    'a bad time of expiry',
    line(8, '1795000000000', '-1'),
    'line 8: expiresAt: expected milliseconds since 1970, found -1',
  ],
  [
    'a bad checksum',
    line(9, '"sha256":"', '"sha256":"x'),
    'line 9: end: sha256: expected 64 hex digits, found "x',
  ],
])('%s is refused, with line, place, value and what is expected', async (_, change, message) => {
  const reading = read(change(await written()));
  await expect(reading).rejects.toThrow(DamagedBackup);
  await expect(reading).rejects.toThrow(message);
});
