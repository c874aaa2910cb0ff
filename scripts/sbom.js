/**
 * `npm run --silent sbom`: the software bill of materials of what runs in production, as CycloneDX JSON on standard output,
 * by npm's own command.
 *
 * `npm sbom --omit dev` leaves out a package that something in devDependencies needs as well, such as nodemailer. So it
 * is asked about a copy of the package that never had devDependencies.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));

const { devDependencies: _, ...manifest } = read('package.json');
const lock = read('package-lock.json');
const packages = Object.fromEntries(
  Object.entries(lock.packages)
    .filter(([, one]) => one.dev !== true)
    .map(([path, one]) => {
      const { devDependencies: _, ...rest } = one;
      return [path, path === '' ? rest : one];
    }),
);

const parent = mkdtempSync(join(tmpdir(), 'pinwatch-sbom-'));
try {
  // npm names the whole after its folder.
  const folder = join(parent, manifest.name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  process.stdout.write(execFileSync('npm', args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }));
} finally {
  rmSync(parent, { recursive: true });
}
