import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

export const pathPrefixExpected = 'a path such as /pinwatch';

/** Unreserved characters (RFC 3986, section 2.3) in each segment, so that it can stand in a page as it is. */
const segments = /^(?:\/[A-Za-z0-9._~-]+)+$/;
const longest = 200;

/** The path under which a proxy shows a service, without a slash at its end; '' for the root. */
export function parsePathPrefix(text: string): Parsed<string> {
  const prefix = text.replace(/\/$/, '');
  const isPath = prefix === '' || (prefix.length <= longest && segments.test(prefix));
  // A browser resolves these before it asks.
  if (isPath && !/\/\.{1,2}(?:\/|$)/.test(prefix)) return parsed(prefix);
  return refused(`expected ${pathPrefixExpected}, found ${quote(text)}`);
}
