import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
}

/** Permissive, each of them: nothing that pinwatch's users must publish or agree to. */
const permissive = [
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
];

test('the bill of materials has every package that runs, with a permissive licence', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], { cwd: root });
  const bill = JSON.parse(stdout) as { bomFormat: string; specVersion: string; components: Component[] };
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' });
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
  for (const name of Object.keys(dependencies)) {
    expect(listed).toContain(`${name}@${packages[`node_modules/${name}`].version}`);
  }
  for (const { name, purl, licenses } of bill.components) {
    expect(purl).toMatch(/^pkg:npm\//);
    // "A or B" leaves the choice.
    const names = licenses.flatMap(({ license, expression = '' }) =>
      license ? [license.id] : expression.replace(/[()]/g, '').split(' OR '),
    );
    expect(
      names.some((one) => permissive.includes(one)),
      `${name}: ${names.join(', ')}`,
    ).toBe(true);
  }
  expect(stdout).not.toContain('https://registry');
});
