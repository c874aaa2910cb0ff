import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleOf, trust } from './bundles.ts';

const source = join(import.meta.dirname, '../../verify/typescript');
const { exports, dependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
let folder: string;

/** The package as an app gets it: built, in node_modules, without anything of this repository. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinwatch-package-'));
  const installed = join(folder, 'node_modules/pinwatch-verify');
  const compiler = join(source, '../../node_modules/typescript/bin/tsc');
  const args = ['-p', source, '--noEmit', 'false', '--outDir', join(installed, 'dist')];
  execFileSync(process.execPath, [compiler, ...args]);
  writeFileSync(join(installed, 'package.json'), readFileSync(join(source, 'package.json')));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('it has no dependency, and all that it exports is built, with types', () => {
  expect(dependencies).toBeUndefined();
  for (const target of Object.values<string>(exports)) {
    const file = join(folder, 'node_modules/pinwatch-verify', target);
    expect(existsSync(file), file).toBe(true);
    expect(existsSync(file.replace(/\.js$/, '.d.ts')), file).toBe(true);
  }
});

test('an app verifies a bundle with it', () => {
  writeFileSync(join(folder, 'bundle'), bundleOf());
  const roots = JSON.stringify(trust.roots.map((point) => Buffer.from(point).toString('base64')));
  const app = `
    import { readFileSync } from 'node:fs';
    import { fromBase64 } from 'pinwatch-verify/base64url';
    import { verifyBundle } from 'pinwatch-verify/bundle';
    const trust = { roots: ${roots}.map(fromBase64), audience: '${trust.audience}' };
    const { outcome } = await verifyBundle(readFileSync('bundle'), trust, null, crypto.subtle);
    console.log(outcome);`;
  writeFileSync(join(folder, 'app.mjs'), app);
  expect(execFileSync(process.execPath, ['app.mjs'], { cwd: folder, encoding: 'utf8' })).toBe('accepted\n');
});

test('it names no global of Node.js or of a browser', () => {
  // The compiler knows neither here (types: [], lib: es2020), so that the build has shown it; this keeps it so.
  const { compilerOptions } = JSON.parse(readFileSync(join(source, 'tsconfig.json'), 'utf8'));
  expect(compilerOptions).toMatchObject({ types: [], lib: ['es2020'] });
});
