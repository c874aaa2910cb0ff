/**
 * The A-labels of an internationalized name (UTS #46), '' if it is invalid. A WHATWG URL converts its host in the same
 * way as Node's `domainToASCII`, and every JavaScript runtime has it.
 */
export function toAscii(name: string): string {
  const url = new URL(`ws://${unset}`);
  // An invalid name leaves the URL unchanged.
  url.hostname = name;
  return url.hostname === unset ? '' : url.hostname;
}

const unset = 'unset.invalid';
