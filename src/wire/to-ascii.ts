/**
 * The A-labels of an international name (UTS #46); '' if it has none. By the host of a WHATWG URL, which every JavaScript
 * runtime has: Node's `domainToASCII` does the same.
 */
export function toAscii(name: string): string {
  const url = new URL(`ws://${unset}`);
  // A name that is no host leaves the URL as it was.
  url.hostname = name;
  return url.hostname === unset ? '' : url.hostname;
}

const unset = 'unset.invalid';
