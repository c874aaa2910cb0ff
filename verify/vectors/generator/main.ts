/** `npm run vectors`: writes verify/vectors/cases anew. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { allCases, caseText } from './vectors.ts';

const folder = resolve('verify/vectors/cases');
rmSync(folder, { recursive: true, force: true });
const cases = allCases();
for (const one of cases) {
  mkdirSync(join(folder, one.name), { recursive: true });
  writeFileSync(join(folder, one.name, 'bundle'), one.bundle);
  writeFileSync(join(folder, one.name, 'case.json'), caseText(one));
}
console.log(`${cases.length} cases in ${folder}`);
