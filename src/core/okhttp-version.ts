import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

export const okhttpExpected = 'a version such as 4.12.0';

/** A version of OkHttp, which decides what its patterns mean. */
export function parseOkHttpVersion(text: string): Parsed<string> {
  const version = text.trim();
  return /^\d{1,3}(?:\.\d{1,4}){0,3}(?:-[A-Za-z0-9.-]{1,40})?$/.test(version)
    ? parsed(version)
    : refused(`expected ${okhttpExpected}, found ${quote(text)}`);
}
