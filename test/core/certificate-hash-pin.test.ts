import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parsePin } from '../../src/core/pin.ts';
import { judge } from '../../src/core/verdict.ts';
import { day, intermediate, leaf, now, pinOf, root, seen } from '../support/observations.ts';

const hash = (text: string) => createHash('sha256').update(text);

function messages(texts: readonly string[]) {
  const pins = texts.map((text) => {
    const pin = parsePin(text);
    if (!pin.ok) throw new Error(pin.problem);
    return pin.value;
  });
  const { check } = judge({ host: 'api.example.com', port: 443, pins }, [seen()], now, 14 * day);
  return check.findings.map(({ message }) => message);
}

test.each(['hex', 'base64'] as const)(
  'the hash of a certificate in %s is reported, with the pin of its key',
  (form) => {
    const text = hash('leaf by intermediate').digest(form);
    const pin = `sha256/${Buffer.from(leaf.certificateSha256, 'hex').toString('base64')}`;
    expect(messages([text])).toEqual([
      `no pinned key is on the validated path of any endpoint (1 endpoint judged); ${pin} is the hash of the certificate "CN=leaf", not of its key; the pin of its key is ${leaf.pin}`,
    ]);
  },
);

test('each such pin is reported, including the root in the store, and no other', () => {
  const [message] = messages([intermediate.certificateSha256, pinOf('backup'), root.certificateSha256]);
  expect(message?.match(/is the hash of the certificate "CN=\w+"/g)).toEqual([
    'is the hash of the certificate "CN=intermediate"',
    'is the hash of the certificate "CN=root"',
  ]);
});

test('such a pin is not a backup for one that matches', () => {
  const [message, ...more] = messages([leaf.pin, root.certificateSha256]);
  expect(message).toMatch(/^every pin of a key is in use now: .* is the hash of the certificate "CN=root"/);
  expect(more).toEqual([]);
  expect(messages([leaf.pin, root.certificateSha256, pinOf('backup')])).toEqual([]);
});
