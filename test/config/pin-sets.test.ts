import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import { loadPinTexts } from '../../src/compose/pin-texts.ts';
import { loadConfig } from '../../src/config/load.ts';

const pin = `sha256/${'B'.repeat(42)}A=`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinwatch-config-'));
  await writeFile(
    join(folder, 'Pins.kt'),
    `CertificatePinner.Builder().add("api.example.com", "${pin}").build()\n`,
  );
  await writeFile(
    join(folder, 'Bad.kt'),
    `CertificatePinner.Builder()\n  .add("api.example.com", "sha1/AA")\n`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(...pinSets: unknown[]) {
  const file = join(folder, 'pinwatch.yaml');
  const acme = { contacts: ['a@example.com'], domains: [], pinSets };
  await writeFile(file, JSON.stringify({ accounts: { acme } }));
  return loadConfig({ path: file, readAnchors, environment: {}, pinTexts: loadPinTexts });
}

async function problems(...pinSets: unknown[]): Promise<string[]> {
  const loaded = await load(...pinSets);
  return loaded.ok ? [] : loaded.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('pin sets in the file', () => {
  test('are read from the files beside it', async () => {
    const loaded = await load({
      name: 'android-5.2',
      file: 'Pins.kt',
      appVersion: 'android 5.2',
      note: 'tag 5.2',
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.config.accounts[0]?.pinSets).toMatchObject([
      {
        of: 'android-5.2',
        text: expect.stringContaining('CertificatePinner'),
        sets: [
          {
            name: 'android-5.2',
            source: 'imported',
            format: 'okhttp',
            appVersion: 'android 5.2',
            note: 'tag 5.2',
            provisionedBy: join(folder, 'pinwatch.yaml'),
            rules: [{ pattern: { kind: 'exact', name: 'api.example.com' } }],
          },
        ],
      },
    ]);
  });

  test.each<[string, unknown[], string]>([
    ['a name', [{ file: 'Pins.kt' }], 'accounts.acme.pinSets[0].name: expected a name of 1 to 40'],
    [
      'another name than own',
      [{ name: 'own', file: 'Pins.kt' }],
      'accounts.acme.pinSets[0].name: "own" is the name',
    ],
    ['a file', [{ name: 'a' }], 'accounts.acme.pinSets[0].file: expected the path of a file, found nothing'],
    ['a file that is there', [{ name: 'a', file: 'no.kt' }], 'accounts.acme.pinSets[0].file: cannot read'],
    [
      'a known format',
      [{ name: 'a', file: 'Pins.kt', format: 'x' }],
      'accounts.acme.pinSets[0].format: expected one of',
    ],
    ['known keys', [{ name: 'a', file: 'Pins.kt', app: 1 }], 'accounts.acme.pinSets[0].app: unknown key'],
    [
      'what the app accepts',
      [{ name: 'a', file: 'Bad.kt' }],
      'accounts.acme.pinSets[0].file: "Bad.kt": line 2, column ',
    ],
    [
      'each name once',
      [
        { name: 'a', file: 'Pins.kt' },
        { name: 'a', file: 'Pins.kt' },
      ],
      'accounts.acme.pinSets[1].name: a pin set "a" is already listed',
    ],
  ])('need %s', async (_, entries, expected) => {
    expect(await problems(...entries)).toEqual([expect.stringContaining(expected)]);
  });
});
