import { webcrypto } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromBase64 } from '../../verify/typescript/src/base64url.ts';
import { verifyBundle } from '../../verify/typescript/src/bundle.ts';
import { decide, deviceHash } from '../../verify/typescript/src/decision.ts';
import type { Case } from '../../verify/vectors/generator/case.ts';
import { allCases, caseText } from '../../verify/vectors/generator/vectors.ts';

const folder = join(import.meta.dirname, '../../verify/vectors/cases');
const names = readdirSync(folder);
const subtle = webcrypto.subtle;

function read(name: string): { readonly bundle: Uint8Array; readonly file: Case['file'] } {
  const file = JSON.parse(readFileSync(join(folder, name, 'case.json'), 'utf8'));
  return { bundle: readFileSync(join(folder, name, 'bundle')), file };
}

test.each(names)('%s', async (name) => {
  const { bundle, file } = read(name);
  const roots = file.roots.map((root) => fromBase64(root) ?? new Uint8Array());
  const found = await verifyBundle(bundle, { roots, audience: file.audience }, file.stored, subtle);
  expect(found.outcome, found.bundle === null ? found.detail : '').toBe(file.expected);
  if (found.outcome !== 'accepted') return;
  const { held, configuration } = found.bundle;
  const { generation, version, issuedAt } = held;
  const { expiresAt, refresh } = configuration;
  const state = file.now >= expiresAt ? 'stale' : 'fresh';
  expect({ generation, version, issuedAt, expiresAt, refresh, state }).toEqual(file.accepted);
  for (const { host, device, at, path, decision, report } of file.decisions) {
    const hash = device === null ? null : await deviceHash(subtle, file.audience, device);
    expect(
      decide(configuration, { host, path, device: hash, at }),
      JSON.stringify([host, device, at, path]),
    ).toEqual({
      decision,
      report,
    });
  }
});

test('the files are what the generator makes, byte by byte', () => {
  const cases = allCases();
  expect(names.sort()).toEqual(cases.map(({ name }) => name).sort());
  for (const one of cases) {
    expect(readFileSync(join(folder, one.name, 'bundle')).equals(Buffer.from(one.bundle)), one.name).toBe(
      true,
    );
    expect(readFileSync(join(folder, one.name, 'case.json'), 'utf8')).toBe(caseText(one));
  }
});
