import { badClaims } from './bad-claims.ts';
import { badEntries } from './bad-entries.ts';
import { badForm } from './bad-form.ts';
import { badJson } from './bad-json.ts';
import { badSignature } from './bad-signature.ts';
import type { Case } from './case.ts';
import { good } from './good.ts';
import { goodDecisions } from './good-decisions.ts';
import { order } from './order.ts';

/** All cases, each with a name of its own. Throws if two have the same. */
export function allCases(): readonly Case[] {
  const cases = [
    ...[...goodDecisions, ...good],
    ...[...badForm, ...badSignature, ...badClaims, ...badEntries, ...badJson],
    ...order,
  ];
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
