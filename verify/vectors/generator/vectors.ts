import { badClaims } from './bad-claims.ts';
import { badForm } from './bad-form.ts';
import { badSignature } from './bad-signature.ts';
import type { Case } from './case.ts';
import { good } from './good.ts';

/** All cases, each with a name of its own. Throws if two have the same. */
export function allCases(): readonly Case[] {
  const cases = [...good, ...badForm, ...badSignature, ...badClaims];
  const names = new Set<string>();
  for (const { name } of cases) {
    if (names.has(name)) throw new Error(`two cases are named ${name}`);
    names.add(name);
  }
  return cases;
}

/** What `case.json` holds. */
export function caseText({ file }: Case): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}
