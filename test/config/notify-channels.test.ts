import { expect, test } from 'vitest';
import { parseDocumentText } from '../../src/config/document.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { outside } from './parsing.ts';

const pin = `sha256/${'A'.repeat(43)}=`;
const key = 'a-key-of-the-webhook';
const url = 'https://hooks.example.com/token-4711?sig=5';
function of(channels: string, domain = '') {
  const domains = domain === '' ? '' : `, domains: [{ host: api.example.com, pins: [${pin}], ${domain} }]`;
  const account = `{ contacts: [a@example.com], channels: ${channels}${domains} }`;
  const read = parseDocumentText(`accounts: { acme: ${account} }`);
  if (!read.ok) throw new Error('expected YAML');
  return parseConfig(read.document, outside());
}

test('a channel is read, with quiet hours', () => {
  const read = of(
    `[{ name: ops, type: webhook, url: "${url}", key: ${key}, minSeverity: warning, quietHours: { from: "22:00", to: "07:30", timeZone: Europe/Berlin } }]`,
  );
  expect(read).toMatchObject({ ok: true });
  expect(JSON.stringify(read)).toContain(
    JSON.stringify([
      {
        ...{ name: 'ops', type: 'webhook', url, key, minSeverity: 'warning' },
        quietHours: { from: 1_320, to: 450, timeZone: 'Europe/Berlin' },
      },
    ]),
  );
});

test("a domain's channels are those of its account, or mail", () => {
  const channels = `[{ name: ops, type: webhook, url: "${url}", key: ${key} }]`;
  const chosen = (names: string) => of(channels, `channels: ${names}`);
  const read = chosen('[mail, ops]');
  expect(read).toMatchObject({ ok: true });
  expect(JSON.stringify(read)).toContain('"channels":["mail","ops"]');
  for (const names of ['[]', '[other]', '[Ops]', 'ops']) {
    const refused = chosen(names);
    if (refused.ok) throw new Error('expected problems');
    expect(refused.problems.map(({ path }) => path)[0]).toMatch(/^accounts\.acme\.domains\[0\]\.channels/);
  }
});

test.each([
  ['[{ name: Ops, type: webhook, url: "https://a.example", key: 1234567890123456 }]', ['name', 'key']],
  ['[{ type: pigeon, url: "ftp://token-4711.example", key: short-4711 }]', ['name', 'type', 'url', 'key']],
  [`[{ name: a, url: "https://u:token-4711@a.example" }]`, ['type', 'url', 'key']],
  [
    `[{ name: a, type: webhook, url: "${url}", key: ${key}, quietHours: { from: "24:00", to: 7, timeZone: Mars } }]`,
    ['quietHours.from', 'quietHours.to', 'quietHours.timeZone'],
  ],
  [
    `[{ name: a, type: alertmanager, url: "${url}", quietHours: { from: "22:00", to: "07:00", timeZone: UTC } }]`,
    ['quietHours'],
  ],
])('problems name the place, never the secret: %s', (channels, places) => {
  const read = of(channels);
  if (read.ok) throw new Error('expected problems');
  expect(read.problems.map(({ path }) => path)).toEqual(
    places.map((place) => `accounts.acme.channels[0].${place}`),
  );
  expect(JSON.stringify(read)).not.toContain('4711');
});
