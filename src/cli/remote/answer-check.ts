import type { z } from 'zod';
import { onOneLine } from '../../core/quote.ts';

/**
 * How an answer differs from its schema, in words; null if it does not. A value that is not in a closed set passes: a
 * newer server may know more findings or kinds of incident, and the commands print them as they are.
 */
export function unexpectedIn(schema: z.ZodType, answer: unknown): string | null {
  const { error } = schema.safeParse(answer, { reportInput: true });
  const issue = error?.issues.find((one) => !isNewWord(one));
  if (issue === undefined) return null;
  const place = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return onOneLine(`${place.replace(/^\./, '') || 'the answer'}: ${issue.message}`);
}

function isNewWord(issue: z.core.$ZodIssue): boolean {
  // One of several forms fits but for its words.
  if (issue.code === 'invalid_union') return issue.errors.some((form) => form.every(isNewWord));
  return issue.code === 'invalid_key' || (issue.code === 'invalid_value' && typeof issue.input === 'string');
}
