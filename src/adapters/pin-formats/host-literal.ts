import { domainToASCII } from 'node:url';
import { parseHost } from '../../core/target.ts';

/**
 * The host as pinwatch names it: in lower case, as A-labels, without a trailing dot; an IP address in its canonical
 * spelling. null if no host has this name.
 */
export function hostOf(text: string): string | null {
  const host = parseHost(text, domainToASCII);
  return host.ok ? host.value : null;
}

/**
 * Whether code that compares names as texts would ever find the host of a connection equal to this one: it is spelt as
 * a host is on the wire. `*.example.com` and `example.com.` are not.
 */
export function isHostLiteral(name: string): boolean {
  return hostOf(name) === name;
}
