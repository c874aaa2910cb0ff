import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

export const pathPrefixExpected = 'a path such as /pinwatch';

/** Unreserved characters (RFC 3986, section 2.3) in each segment, so that it is safe in a page without escaping. */
const segments = /^(?:\/[A-Za-z0-9._~-]+)+$/;
const longest = 200;

/** The path under which a proxy serves pinwatch, without a trailing slash; '' for the root. */
export function parsePathPrefix(text: string): Parsed<string> {
  const prefix = text.replace(/\/$/, '');
  const isPath = prefix === '' || (prefix.length <= longest && segments.test(prefix));
  // A browser resolves . and .. before it sends the request.
  if (isPath && !/\/\.{1,2}(?:\/|$)/.test(prefix)) return parsed(prefix);
  return refused(`expected ${pathPrefixExpected}, found ${quote(text)}`);
}
