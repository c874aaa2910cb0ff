/**
 * The A-labels of an international name (UTS #46), '' if it has none. A WHATWG URL converts its host the same way as
 * Node's `domainToASCII`, and every JavaScript runtime has it.
 */
export function toAscii(name: string): string {
  const url = new URL(`ws://${unset}`);
  // An invalid name leaves the URL unchanged.
  url.hostname = name;
  return url.hostname === unset ? '' : url.hostname;
}

const unset = 'unset.invalid';
